/* SPDX-License-Identifier: Apache-2.0 */
#include "control/deliver.h"
#include "base/json.h"
#include "base/random.h"
#include "control/backoff.h"
#include "control/events.h"
#include "control/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PARKED_SHOWN_S = 7 * 24 * 60 * 60 };

/* A sink in this run. */
struct target {
        const struct sink *sink;
        struct sink_state *state;
        bool held; /* in this pass: what it could not take is before all that follows */
};

struct run {
        const struct delivery_options *options;
        struct state state;
        struct target *targets; /* one for each sink */
        struct metadata metadata;
        bool asked;    /* the metadata are there */
        bool spread;   /* the first wait is over */
        bool progress; /* something was delivered, or taken away, in this pass */
        unsigned waited_s;
};

static int64_t now_s(void)
{
        return (int64_t) time(NULL);
}

static int trouble(int error, const char *what)
{
        event_say(EVENT_TROUBLE, NULL, "%s: %s", what, strerror(-error));
        return error;
}

static int save(const struct run *run)
{
        int r = state_write(run->options->directory, &run->state);

        return r < 0 ? trouble(r, "the state cannot be written, and nothing is sent without it") : 0;
}

static void sleep_s(struct run *run, unsigned seconds)
{
        struct timespec rest = { .tv_sec = seconds };

        while (nanosleep(&rest, &rest) < 0 && errno == EINTR)
                ;
        run->waited_s += seconds;
}

/* The state. */
static bool is_configured(const char *name, const void *userdata)
{
        const struct sinks *sinks = userdata;

        for (size_t i = 0; i < sinks->n; i++)
                if (string_equal(sinks->items[i].name, name))
                        return true;

        return false;
}

/* Another section is another try: what held the sink up may be mended. */
static int take_settings(struct sink_state *state, const char *digest)
{
        char *copy;

        if (state->settings && string_equal(state->settings, digest))
                return 0;
        copy = strdup(digest);
        if (!copy)
                return -ENOMEM;

        free(state->settings);
        state->settings = copy;
        state->failures = 0;
        state->not_before = 0;
        state->stopped = false;
        state_forget_parked(state, INT64_MAX);
        return state_set_reason(state, NULL);
}

static int take_disabled(struct state *state, const struct sinks *sinks)
{
        int r = 0;

        for (size_t i = 0; i < state->n_disabled; i++)
                free(state->disabled[i].reason);
        state->n_disabled = 0;
        for (size_t i = 0; i < sinks->n_faults && r >= 0; i++)
                r = state_add_disabled(state, sinks->faults[i]);

        return r;
}

static int prepare_state(struct run *run)
{
        const struct sinks *sinks = run->options->sinks;
        int r;

        r = state_read(run->options->directory, &run->state);
        if (r == -EBADMSG) {
                event_say(EVENT_TROUBLE, NULL,
                          "the state is none; what lies in the outbox is sent again, with the same ids");
                r = 0;
        }
        if (r < 0)
                return trouble(r, "the state cannot be read");

        state_keep_only(&run->state, is_configured, sinks);
        r = take_disabled(&run->state, sinks);
        for (size_t i = 0; i < sinks->n && r >= 0; i++) {
                struct sink_state *state = state_get(&run->state, sinks->items[i].name);

                r = state ? take_settings(state, sinks->digests[i]) : -ENOMEM;
                if (r >= 0)
                        state_forget_parked(state, now_s() - PARKED_SHOWN_S);
        }

        return r;
}

/* After the last state_get(), which moves them. */
static int make_targets(struct run *run)
{
        const struct sinks *sinks = run->options->sinks;

        run->targets = calloc(sinks->n > 0 ? sinks->n : 1, sizeof(*run->targets));
        if (!run->targets)
                return -ENOMEM;
        for (size_t i = 0; i < sinks->n; i++)
                run->targets[i] = (struct target){ .sink = &sinks->items[i],
                                                   .state = state_find(&run->state, sinks->items[i].name) };

        return 0;
}

/* What becomes of a try. */
static void say(enum event_name kind, const struct target *target, const struct outbox_event *event,
                const char *format, ...) _printf_(4, 5);
static void say(enum event_name kind, const struct target *target, const struct outbox_event *event,
                const char *format, ...)
{
        char sequence[24];
        const struct event_field fields[] = {
                { "ECS_GUEST_AGENT_SINK", target->sink->name },
                { "ECS_GUEST_AGENT_EVENT", event->id },
                { "ECS_GUEST_AGENT_SEQUENCE", sequence },
                { NULL },
        };
        _cleanup_free_ char *message = NULL;
        va_list arguments;

        (void) snprintf(sequence, sizeof(sequence), "%" PRIu64, event->sequence);
        va_start(arguments, format);
        message = string_formatv(format, arguments);
        va_end(arguments);
        event_say(kind, fields, "%s: report %s %s", target->sink->name, sequence, message ? message : "");
}

static int take_done(struct run *run, struct target *target, const struct outbox_event *event)
{
        struct sink_state *state = target->state;

        state->sequence = event->sequence;
        state->failures = 0;
        state->not_before = 0;
        state->delivered = now_s();
        run->progress = true;
        say(EVENT_DELIVERED, target, event, "was delivered");
        return state_set_reason(state, NULL);
}

static int take_retry(struct target *target, const struct outbox_event *event,
                      const struct sink_result *result)
{
        struct sink_state *state = target->state;
        uint32_t random = UINT32_MAX;
        int r = random_bytes(&random, sizeof(random));

        if (r < 0)
                return r;
        state->failures += state->failures < INT32_MAX;
        state->not_before = now_s() + backoff_delay(state->failures, result->retry_after, random);
        target->held = true;
        if (state->failures == 1)
                say(EVENT_DELAYED, target, event, "could not be delivered yet: %s",
                    result->reason ? result->reason : "");
        return state_set_reason(state, result->reason ? result->reason : "no reason was given");
}

static int take_park(struct run *run, struct target *target, const struct outbox_event *event,
                     const struct sink_result *result)
{
        struct sink_state *state = target->state;
        const char *reason = result->reason ? result->reason : "no reason was given";
        int r;

        r = state_park(state, event->sequence, event->id, now_s(), reason);
        if (r < 0)
                return r;
        state->sequence = event->sequence;
        state->failures = 0;
        state->not_before = 0;
        run->progress = true;
        say(EVENT_PARKED, target, event, "will not be delivered: %s", reason);
        return state_set_reason(state, NULL);
}

static int take_stop(struct target *target, const struct outbox_event *event,
                     const struct sink_result *result)
{
        target->state->stopped = true;
        say(EVENT_SINK_STOPPED, target, event, "and all later ones are not sent: %s",
            result->reason ? result->reason : "");
        return state_set_reason(target->state, result->reason ? result->reason : "no reason was given");
}

static int take_result(struct run *run, struct target *target, const struct outbox_event *event,
                       const struct sink_result *result)
{
        switch (result->delivery) {
        case DELIVERY_DONE:
                return take_done(run, target, event);
        case DELIVERY_PARK:
                return take_park(run, target, event, result);
        case DELIVERY_STOP:
                return take_stop(target, event, result);
        case DELIVERY_RETRY:
        default:
                return take_retry(target, event, result);
        }
}

/* Everybody who booted at once would be there at once. */
static void spread(struct run *run, const struct sink *sink)
{
        uint32_t random;

        if (run->spread || sink->kind->local)
                return;
        run->spread = true;
        if (run->options->spread_s > 0 && random_bytes(&random, sizeof(random)) >= 0)
                sleep_s(run, (unsigned) (((uint64_t) random * (run->options->spread_s + 1)) >> 32));
        run->waited_s = 0;
}

static int ask_metadata(struct run *run)
{
        enum metadata_source source;
        int r;

        if (run->asked)
                return 0;
        r = metadata_get(run->options->metadata, &run->metadata, &source);
        run->asked = r >= 0;
        return r;
}

static int try(struct run *run, struct target *target, const struct outbox_event *read)
{
        struct event event = { .id = read->id,
                               .sequence = read->sequence,
                               .time = read->time,
                               .report = read->report,
                               .metadata = &run->metadata };
        struct sink_result result = { .delivery = DELIVERY_RETRY, .retry_after = -1 };
        int r;

        spread(run, target->sink);
        r = ask_metadata(run);
        if (r >= 0)
                r = target->sink->kind->deliver(target->sink, &event, &result);
        if (r >= 0)
                r = take_result(run, target, read, &result);
        sink_result_done(&result);

        /* What was sent is remembered before anything else is. */
        return r < 0 ? r : save(run);
}

/* A clock that was put back must not make us wait for years. */
static bool must_wait(const struct sink_state *state, int64_t now)
{
        return state->not_before > now && state->not_before <= now + BACKOFF_MAX_S + 1;
}

static bool has(const struct target *target, const struct outbox_entry *entry)
{
        return target->state->stopped || target->state->sequence >= entry->sequence;
}

static bool wants_now(const struct target *target, const struct outbox_entry *entry)
{
        return !target->held && !has(target, entry) && !must_wait(target->state, now_s());
}

static int deliver_entry(struct run *run, const struct outbox_entry *entry)
{
        _cleanup_outbox_event_ struct outbox_event event = { 0 };
        bool read = false;
        const char *cause;
        int r = 0;

        for (size_t i = 0; i < run->options->sinks->n && r >= 0; i++) {
                struct target *target = &run->targets[i];

                if (!wants_now(target, entry)) {
                        /* Nor what follows, should its time come while we are at it. */
                        target->held = target->held || !has(target, entry);
                        continue;
                }
                r = read ? 0 : outbox_read(run->options->outbox, entry, &event, &cause);
                if (r == -ENOENT)
                        return 0;
                if (r == -EBADMSG) {
                        event_say(EVENT_TROUBLE, NULL, "report %" PRIu64 " of the outbox is left out: %s",
                                  entry->sequence, cause);
                        outbox_remove(run->options->outbox, entry);
                        return 0;
                }
                read = r >= 0;
                r = read ? try(run, target, &event) : trouble(r, "the outbox cannot be read");
        }

        return r;
}

/* An entry goes when there is nobody who waits for it. When nobody takes reports at all, they are left for
 * the time when somebody does: agentd sees to it that they do not become too many. */
static void remove_delivered(struct run *run, const struct outbox_entry *entry)
{
        size_t n_active = 0;

        for (size_t i = 0; i < run->options->sinks->n; i++) {
                const struct sink_state *state = run->targets[i].state;

                if (!state->stopped && state->sequence < entry->sequence)
                        return;
                n_active += !state->stopped;
        }
        if (n_active > 0)
                outbox_remove(run->options->outbox, entry);
}

static int pass(struct run *run, struct outbox_list *list)
{
        int r;

        run->progress = false;
        r = outbox_list(run->options->outbox, list);
        if (r < 0)
                return r == -ENOMEM ? r : trouble(r, "the outbox cannot be listed");
        for (size_t i = 0; i < run->options->sinks->n; i++)
                run->targets[i].held = false;
        for (size_t i = 0; i < list->n && r >= 0; i++)
                r = deliver_entry(run, &list->items[i]);
        for (size_t i = 0; i < list->n && r >= 0; i++)
                remove_delivered(run, &list->items[i]);

        return r;
}

/* Seconds until somebody may be tried again who waits for an entry of the list; -1 for nobody. */
static int64_t next_wait(const struct run *run, const struct outbox_list *list)
{
        int64_t now = now_s(), next = -1;

        if (list->n == 0)
                return -1;
        for (size_t i = 0; i < run->options->sinks->n; i++) {
                const struct target *target = &run->targets[i];
                int64_t wait = must_wait(target->state, now) ? target->state->not_before - now : 0;

                if (!has(target, &list->items[list->n - 1]) && (next < 0 || wait < next))
                        next = wait;
        }

        return next;
}

/* Until there is nothing left, or what is left has to wait for longer. */
static int go_on(struct run *run)
{
        for (;;) {
                _cleanup_outbox_list_ struct outbox_list list = { 0 };
                int r = pass(run, &list);
                int64_t wait;

                if (r < 0)
                        return r;
                if (run->progress)
                        continue;
                wait = next_wait(run, &list);
                if (wait < 0 || run->waited_s + (wait > 0 ? wait : 1) > run->options->wait_s)
                        return 0;
                sleep_s(run, wait > 0 ? (unsigned) wait : 1);
        }
}

int deliver_all(const struct delivery_options *options)
{
        struct run run = { .options = options };
        int r;

        r = prepare_state(&run);
        if (r >= 0)
                r = make_targets(&run);
        if (r >= 0)
                r = save(&run);
        if (r >= 0)
                r = go_on(&run);
        free(run.targets);
        metadata_done(&run.metadata);
        state_done(&run.state);

        return r;
}
