/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The daemon as the one who judges the running system and changes it. It sees what an ordinary user does not,
 * and its answers are printed as those of this process would be.
 *
 * What is asked of it ends in one of three ways:
 *      0           it has answered;
 *      > 0         an exit code, after the sentence was printed;
 *      -ECANCELED  it cannot be had, which was said where that is news: the caller does it by itself. Not
 *                  with --socket, where nobody else is meant to answer. */

#include "commands/command.h"
#include "report/plan.h"
#include "report/read.h"
#include "report/readings.h"

struct daemon;

enum daemon_flags {
        /* It is about the daemon itself: of any version, and nothing else will do. */
        DAEMON_ITSELF = 1 << 0,
        DAEMON_QUIET = 1 << 1, /* no word when it cannot be had */
};

/* 0 with *ret NULL when it is not there, or not to be asked: for another root, another configuration, or as
 * the user wishes. */

_must_check_ int daemon_open(const struct arguments *arguments, unsigned flags, struct daemon **ret);
/* Takes NULL, returns NULL. */
struct daemon *daemon_free(struct daemon *daemon);
static inline void daemon_free_pointer(struct daemon **daemon)
{
        (void) daemon_free(*daemon);
}
#define _cleanup_daemon_ _cleanup_(daemon_free_pointer)

/* Check. profile NULL: what the daemon is configured for. */
struct daemon_report {
        struct read_report *read;
        const struct report *report; /* borrowed from read */
        struct readings readings;
        struct json_object *last; /* holds the warnings */
};

_must_check_ int daemon_check(struct daemon *daemon, const char *const *names, const char *profile,
                              bool active, struct daemon_report *ret);
/* PrepareCapture, for root; never -ECANCELED after a refusal. */
_must_check_ int daemon_prepare_capture(struct daemon *daemon, struct daemon_report *ret);
/* Send, for root; never -ECANCELED after a refusal. */
_must_check_ int daemon_send(struct daemon *daemon, const char *profile, struct daemon_report *ret,
                             uint64_t *ret_sequence);
void daemon_report_done(struct daemon_report *report);
/* What is wrong with the agent's own files, on stderr; each once. */
void daemon_print_warnings(struct daemon *daemon, const struct daemon_report *report);

_must_check_ int daemon_plan(struct daemon *daemon, const char *const *names,
                             const struct fix_options *options, struct plan_report *ret);
/* -ESTALE: the plan is not the one of that digest any more, and nothing was changed. Never -ECANCELED. */
_must_check_ int daemon_apply(struct daemon *daemon, const char *digest, const char *const *names,
                              const struct fix_options *options, struct plan_report *ret);
/* NULL for the last transaction that can be undone. -ECANCELED only when nothing was asked yet. */
_must_check_ int daemon_undo(struct daemon *daemon, const char *transaction, struct plan_report *ret);
/* Calls back for each transaction, and gives it away. */
_must_check_ int daemon_history(struct daemon *daemon,
                                int (*take)(struct plan_report *report, void *userdata), void *userdata);
/* The reply of Status, borrowed: it was asked for when the connection was made. */
struct json_object *daemon_status(const struct daemon *daemon);
/* Calls back for each reply of Subscribe, until it returns something else than 0, which is the result;
 * -ECONNRESET when the daemon ends. */
_must_check_ int daemon_subscribe(struct daemon *daemon,
                                  int (*take)(struct json_object *reply, void *userdata), void *userdata);
