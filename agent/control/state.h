/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the reporter remembers: a document io.ecsguest.reporter/1 in its own directory, replaced after each
 * delivery. agentd reads it for "agentctl status", as untrusted input. */

#include "base/text.h"

#define STATE_NAME "state.json"
#define STATE_SCHEMA "io.ecsguest.reporter/1"
#define STATE_CAP ((size_t) 256 * 1024)

enum {
        STATE_SINKS_MAX = 64,
        STATE_PARKED_MAX = 16,
        STATE_TEXT_MAX = 512, /* bytes of a reason */
};

/* An event that a sink will never get. */
struct parked {
        uint64_t sequence;
        char *id;
        int64_t time; /* seconds of the epoch, here and below */
        char *reason;
};

struct sink_state {
        char *name;
        char *settings;    /* digest of its section: with another one it starts afresh */
        uint64_t sequence; /* of the last event that it has, or never gets */
        unsigned failures; /* in a row */
        int64_t not_before;
        int64_t wished;    /* what of that the other side has named; 0 for nothing */
        uint64_t trying;   /* the event that was tried last, */
        char *source;      /* and as whose: receivers know an event by its id and its source */
        uint64_t woken;    /* the event that somebody asked for, and that it was tried again for */
        int64_t delivered; /* when the last one was; 0 for never */
        char *reason;      /* of the last failure; NULL after a success */
        bool stopped;      /* nothing more, until its settings change */
        bool paused;       /* nothing more before not_before, unless another boot, or who asks, is earlier */
        struct parked parked[STATE_PARKED_MAX];
        size_t n_parked;
};

/* A section that is none of a sink. */
struct disabled_sink {
        char *reason; /* "/etc/…/agent.conf:7: why" */
};

struct state {
        char *boot_id; /* in which it was written; NULL when not known */
        struct sink_state *sinks;
        size_t n_sinks;
        struct disabled_sink *disabled;
        size_t n_disabled;
};

/* A missing file is an empty state. -EBADMSG for what is none (the state is empty then), -ENOMEM, and the
 * errors of reading. */
_must_check_ int state_read(int directory, struct state *ret);
_must_check_ int state_write(int directory, const struct state *state);
void state_done(struct state *state);
#define _cleanup_state_ _cleanup_(state_done)

/* NULL for none. */
struct sink_state *state_find(struct state *state, const char *name);
/* The same, made when there is none; NULL without memory, or beyond STATE_SINKS_MAX. */
struct sink_state *state_get(struct state *state, const char *name);
/* The oldest one goes when there are too many. -ENOMEM. */
_must_check_ int state_park(struct sink_state *sink, uint64_t sequence, const char *id, int64_t time,
                            const char *reason);
/* Those that were parked before a time are forgotten. */
void state_forget_parked(struct sink_state *sink, int64_t before);
/* NULL reason takes it away. -ENOMEM. */
_must_check_ int state_set_reason(struct sink_state *sink, const char *reason);
/* The event that is going to be tried, and its source, which is taken over. */
void state_set_trying(struct sink_state *sink, uint64_t sequence, char *source);
/* Forgets the sinks that are not kept. */
void state_keep_only(struct state *state, bool (*keep)(const char *name, const void *userdata),
                     const void *userdata);
_must_check_ int state_add_disabled(struct state *state, const char *reason);
