/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the commands that write have in common. */

#include "commands/command.h"
#include "engine/diag.h"
#include "engine/session.h"
#include "report/plan.h"

struct change_session {
        struct root *root; /* for writing and reading records; never planned in */
        struct store store;
        struct diag diag;
        struct host host;
        struct transaction_options options;
        bool live; /* the root is the running system itself, not a dump of one */
};

/* 0, or an exit code after the sentence was printed. */
_must_check_ int session_begin(const struct arguments *arguments, struct change_session *session);
void session_end(struct change_session *session);
#define _cleanup_session_ _cleanup_(session_end)

/* Takes the lock, finishes what was interrupted, and says so; *ret_recovered is how many that were. Decides
 * what waited for a reboot that has happened. */
_must_check_ int session_lock(const struct arguments *arguments, struct change_session *session,
                              size_t *ret_recovered);
/* Whether session_lock() would find something to finish or to decide. */
_must_check_ int session_waits(struct change_session *session, bool *ret_interrupted, bool *ret_pending);
/* "agentctl: …" from the diag, as EXIT_REFUSED. */
int session_fail(const struct change_session *session, int error);

/* What somebody did since, so that it need not be looked for; on stderr. */
void print_difference(const struct arguments *arguments, struct text difference);
/* A transaction that there is not. */
int fail_no_transaction(const char *id);
/* 0, or an exit code after the sentence: the running system is root's to change. */
_must_check_ int check_root(const struct arguments *arguments);

int print_json_document(struct json_builder *builder, struct json_object *object, int code);
/* io.ecsguest.plan/1. */
int print_plan_document(const struct plan_report *report, int code);
