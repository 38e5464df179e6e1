/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "control/backoff.h"
#include "control/deliver-internal.h"
#include "control/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What becomes of a try. */

enum { PAUSE_S = 24 * 60 * 60 };

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
        state->delivered = deliver_now();
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
        state->not_before = deliver_now() + backoff_delay(state->failures, result->retry_after, random);
        state->wished =
                result->retry_after > 0 ? deliver_now() + backoff_delay(0, result->retry_after, 0) : 0;
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

        r = state_park(state, event->sequence, event->id, deliver_now(), reason);
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

static int take_pause(struct target *target, const struct outbox_event *event,
                      const struct sink_result *result)
{
        target->state->paused = true;
        target->state->failures = 0;
        target->state->wished = 0;
        target->state->not_before = deliver_now() + PAUSE_S;
        say(EVENT_SINK_STOPPED, target, event, "and later ones are not sent for a day: %s",
            result->reason ? result->reason : "");
        return state_set_reason(target->state, result->reason ? result->reason : "no reason was given");
}

int deliver_take_result(struct run *run, struct target *target, const struct outbox_event *event,
                        const struct sink_result *result)
{
        switch (result->delivery) {
        case DELIVERY_DONE:
                return take_done(run, target, event);
        case DELIVERY_PARK:
                return take_park(run, target, event, result);
        case DELIVERY_STOP:
                return take_stop(target, event, result);
        case DELIVERY_PAUSE:
                return take_pause(target, event, result);
        case DELIVERY_RETRY:
        default:
                return take_retry(target, event, result);
        }
}
