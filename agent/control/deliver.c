/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/random.h"
#include "control/deliver-internal.h"
#include "control/events.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

int64_t deliver_now(void)
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

/* Decided before the first try, and on disk before it: what is known of the instance may be more, or less, at
 * the next one. */
static int take_source(struct run *run, const struct target *target, struct event *event)
{
        struct sink_state *state = target->state;
        char *source;
        int r = 0;

        if (target->sink->kind->local)
                return 0;
        if (state->trying != event->sequence || !state->source) {
                source = event_source(event);
                if (!source)
                        return -ENOMEM;
                state_set_trying(state, event->sequence, source);
                r = save(run);
        }

        event->source = state->source;
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
        r = take_source(run, target, &event);
        if (r >= 0)
                r = target->sink->kind->deliver(target->sink, &event, &result);
        if (r >= 0)
                r = deliver_take_result(run, target, read, &result);
        sink_result_done(&result);

        /* What was sent is remembered before anything else is. */
        return r < 0 ? r : save(run);
}

/* Or is not to get. */
static bool has(const struct target *target, const struct outbox_entry *entry)
{
        return target->state->stopped || target->state->paused || target->state->sequence >= entry->sequence;
}

/* Nobody would see it. */
static bool is_superseded(const struct target *target, const struct outbox_entry *entry,
                          const struct outbox_entry *newest)
{
        return target->sink->kind->newest_only && entry != newest;
}

/* Soon after a boot the network may not be there yet, and nobody knows whose report it is. */
static bool awaits_instance(const struct run *run)
{
        return run->metadata.pending && !run->metadata.instance_id && run->waited_s < run->options->wait_s &&
               run->waited_s + run->metadata.pending_s <= run->options->wait_s;
}

static bool wants_now(const struct run *run, const struct target *target, const struct outbox_entry *entry)
{
        return !target->held && (target->sink->kind->local || !awaits_instance(run)) && !has(target, entry) &&
               !deliver_must_wait(target->state, deliver_now());
}

static int deliver_entry(struct run *run, const struct outbox_entry *entry, const struct outbox_entry *newest)
{
        _cleanup_outbox_event_ struct outbox_event event = { 0 };
        bool read = false;
        const char *cause;
        int r = 0;

        for (size_t i = 0; i < run->options->sinks->n && r >= 0; i++) {
                struct target *target = &run->targets[i];

                if (is_superseded(target, entry, newest))
                        continue;
                if (!wants_now(run, target, entry)) {
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
                        run->progress = outbox_remove(run->options->outbox, entry) || run->progress;
                        return 0;
                }
                read = r >= 0;
                r = read ? try(run, target, &event) : trouble(r, "the outbox cannot be read");
        }

        return r;
}

/* An entry goes when there is nobody who waits for it; who is left alone for a while waits for the newest.
 * When nobody takes reports at all, they are left for the time when somebody does: agentd sees to it that
 * they do not become too many. */
static void remove_delivered(struct run *run, const struct outbox_entry *entry, bool newest)
{
        size_t n_active = 0;

        for (size_t i = 0; i < run->options->sinks->n; i++) {
                const struct sink_state *state = run->targets[i].state;
                bool lacks = state->sequence < entry->sequence;

                if (lacks && (state->paused ? newest : !state->stopped))
                        return;
                n_active += !state->stopped && !state->paused;
        }
        if (n_active > 0)
                outbox_remove(run->options->outbox, entry);
}

static bool is_left_alone(const struct target *target)
{
        return target->state->paused || deliver_must_wait(target->state, deliver_now());
}

/* Somebody has asked for the newest report to be sent: whoever was left alone is tried again, once for it,
 * but not before the time that the other side has named. */
static int wake_for(struct run *run, const struct outbox_entry *newest)
{
        _cleanup_outbox_event_ struct outbox_event event = { 0 };
        const char *cause;
        int r = outbox_read(run->options->outbox, newest, &event, &cause);

        if (r < 0 || !event.asked)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < run->options->sinks->n; i++) {
                struct sink_state *state = run->targets[i].state;

                if (!is_left_alone(&run->targets[i]) || state->woken >= newest->sequence)
                        continue;
                state->woken = newest->sequence;
                state->paused = false;
                state->not_before = state->wished;
        }

        return save(run);
}

static int wake(struct run *run, const struct outbox_list *list)
{
        const struct outbox_entry *newest = list->n > 0 ? &list->items[list->n - 1] : NULL;

        for (size_t i = 0; newest && i < run->options->sinks->n; i++)
                if (is_left_alone(&run->targets[i]) && run->targets[i].state->woken < newest->sequence)
                        return wake_for(run, newest);

        return 0;
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
        r = wake(run, list);
        for (size_t i = 0; i < list->n && r >= 0; i++)
                r = deliver_entry(run, &list->items[i], &list->items[list->n - 1]);
        for (size_t i = 0; i < list->n && r >= 0; i++)
                remove_delivered(run, &list->items[i], i == list->n - 1);

        return r;
}

/* Seconds until somebody may be tried again who waits for an entry of the list; -1 for nobody. */
static int64_t next_wait(const struct run *run, const struct outbox_list *list)
{
        int64_t now = deliver_now(), next = -1;

        if (list->n == 0)
                return -1;
        for (size_t i = 0; i < run->options->sinks->n; i++) {
                const struct target *target = &run->targets[i];
                int64_t wait = deliver_must_wait(target->state, now) ? target->state->not_before - now : 0;

                if (!has(target, &list->items[list->n - 1]) && (next < 0 || wait < next))
                        next = wait;
        }

        return next;
}

/* Also when there is nothing to deliver: agentd reads the cache. */
static int ask_metadata(struct run *run)
{
        enum metadata_source source;

        if (run->asked && !awaits_instance(run))
                return 0;
        run->asked = true;
        metadata_done(&run->metadata);
        return metadata_get(run->options->metadata, &run->metadata, &source);
}

static int64_t earlier(int64_t a, int64_t b)
{
        return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Until there is nothing left, or what is left has to wait for longer. */
static int go_on(struct run *run)
{
        for (;;) {
                _cleanup_outbox_list_ struct outbox_list list = { 0 };
                int64_t wait;
                int r = ask_metadata(run);

                if (r >= 0)
                        r = pass(run, &list);
                if (r < 0)
                        return r;
                if (run->progress)
                        continue;
                wait = next_wait(run, &list);
                if (awaits_instance(run))
                        wait = earlier(wait, run->metadata.pending_s);
                if (wait < 0 || run->waited_s + (wait > 0 ? wait : 1) > run->options->wait_s)
                        return 0;
                sleep_s(run, wait > 0 ? (unsigned) wait : 1);
        }
}

int deliver_all(const struct delivery_options *options)
{
        struct run run = { .options = options };
        int r;

        r = deliver_prepare_state(&run);
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
