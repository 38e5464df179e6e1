/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Who judges and plans for a command: the daemon where it is to be asked and answers, else this process. What
 * comes of it is the same. */

#include "commands/daemon.h"
#include "commands/planned.h"
#include "control/metadata-cache.h"

struct judge {
        struct arguments arguments; /* with what agent.conf says, once this process judges */
        bool configured;
        struct daemon *daemon; /* NULL: this process judges */
};

enum judge_flags {
        JUDGE_PLANS = 1 << 0, /* plans are wanted too */
};

/* 0, or an exit code after the sentence was printed; so do the functions below. The arguments outlive it. */
_must_check_ int judge_begin(const struct arguments *arguments, unsigned flags, struct judge *judge);
void judge_end(struct judge *judge);
#define _cleanup_judge_ _cleanup_(judge_end)
/* From now on this process does it, by its configuration. */
_must_check_ int judge_alone(struct judge *judge);

struct judged {
        const struct report *report;
        struct readings readings;
        uint64_t sequence; /* of what was sent */

        struct daemon_report told;
        struct root *root;
        struct context *context;
        struct metadata metadata;
        struct report own;
};

enum judge_what {
        JUDGE_AS_ASKED, /* the profile that the user or the configuration says */
        JUDGE_CAPTURE,
        /* The same, after what was interrupted or waited is settled, or it is refused; and with the disks
         * written to. Where this process does it, it needs to be the one who may change the root. */
        JUDGE_FRESH,
        JUDGE_SEND, /* as asked, and into the outbox */
};

/* Judges, and warns of what is wrong in the agent's own files. */
_must_check_ int judge_report(struct judge *judge, const char *const *names, enum judge_what what,
                              struct judged *ret);
void judged_done(struct judged *judged);
#define _cleanup_judged_ _cleanup_(judged_done)

struct judged_plan {
        struct plan_report report;
        struct planned planned; /* only when this process has planned */
};

_must_check_ int judge_plan(struct judge *judge, const char *const *names, struct judged_plan *ret);
void judged_plan_done(struct judged_plan *plan);
#define _cleanup_judged_plan_ _cleanup_(judged_plan_done)
