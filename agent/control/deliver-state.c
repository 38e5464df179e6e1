/* SPDX-License-Identifier: Apache-2.0 */
#include "control/backoff.h"
#include "control/deliver-internal.h"
#include "control/events.h"

#include <string.h>

/* What a run begins with. */

enum { PARKED_SHOWN_S = 7 * 24 * 60 * 60 };

bool deliver_must_wait(const struct sink_state *state, int64_t now)
{
        return state->not_before > now && state->not_before <= now + BACKOFF_MAX_S + 1;
}

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
        state->wished = 0;
        state->stopped = false;
        state->paused = false;
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

/* A permission that was missing may be there after a day; so may it with another boot. */
static int end_pauses(struct state *state, const char *boot_id)
{
        bool booted = !state->boot_id || !string_equal(state->boot_id, boot_id);
        char *copy;

        for (size_t i = 0; i < state->n_sinks; i++) {
                struct sink_state *sink = &state->sinks[i];

                if (!sink->paused || (!booted && deliver_must_wait(sink, deliver_now())))
                        continue;
                sink->paused = false;
                sink->not_before = 0;
        }
        if (!booted)
                return 0;
        copy = strdup(boot_id);
        if (!copy)
                return -ENOMEM;

        free(state->boot_id);
        state->boot_id = copy;
        return 0;
}

int deliver_prepare_state(struct run *run)
{
        const struct sinks *sinks = run->options->sinks;
        int r;

        r = state_read(run->options->directory, &run->state);
        if (r == -EBADMSG) {
                event_say(EVENT_TROUBLE, NULL,
                          "the state is none; what lies in the outbox is sent again, with the same ids");
                r = 0;
        }
        if (r < 0) {
                event_say(EVENT_TROUBLE, NULL, "the state cannot be read: %s", strerror(-r));
                return r;
        }

        state_keep_only(&run->state, is_configured, sinks);
        r = take_disabled(&run->state, sinks);
        if (r >= 0)
                r = end_pauses(&run->state, run->options->metadata->boot_id);
        for (size_t i = 0; i < sinks->n && r >= 0; i++) {
                struct sink_state *state = state_get(&run->state, sinks->items[i].name);

                r = state ? take_settings(state, sinks->digests[i]) : -ENOMEM;
                if (r >= 0)
                        state_forget_parked(state, deliver_now() - PARKED_SHOWN_S);
        }

        return r;
}
