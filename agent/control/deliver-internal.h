/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A run of the reporter, for the files of it. */

#include "control/deliver.h"
#include "control/outbox.h"

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
        bool asked;    /* who we are */
        bool spread;   /* the first wait is over */
        bool progress; /* something was delivered, or taken away, in this pass */
        unsigned waited_s;
};

/* Seconds of the epoch. */
int64_t deliver_now(void);
/* Puts down what has become of a try. -ENOMEM, or what kept us from finding a random number. */
_must_check_ int deliver_take_result(struct run *run, struct target *target, const struct outbox_event *event,
                                     const struct sink_result *result);

/* Reads the state, and what the configuration and the boot make of it. */
_must_check_ int deliver_prepare_state(struct run *run);
/* A clock that was put back must not make us wait for years. */
bool deliver_must_wait(const struct sink_state *state, int64_t now);
