/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the workers do for clients, each in its own process: they have the engine, and answer with JSON. */

#include "daemon/request.h"
#include "daemon/worker.h"
#include "engine/context.h"
#include "report/instance.h"

struct daemon;
struct transaction_options;

struct task_input {
        const struct daemon *daemon;
        const struct request *request;
};

/* worker_task: the data is a struct task_input. */
int task_describe(int out, void *input);
int task_check(int out, void *input);
int task_ready(int out, void *input);
int task_prepare_capture(int out, void *input);
int task_send(int out, void *input);
int task_plan(int out, void *input);
int task_apply(int out, void *input);
int task_undo(int out, void *input);
int task_history(int out, void *input);

/* Answers with an error of our interface and one string, or none when key is NULL. Returns the exit code. */
int task_fail(int out, const char *error, const char *key, const char *format, ...) _printf_(4, 5);
int task_fail_errno(int out, int error);
/* Replies with more to come, each with one finding of the report. */
_must_check_ int task_say_findings(int out, const struct report *report);

/* One scan and its report, which borrows from the rest. */
struct judged_task {
        struct root *root;
        struct context *context;
        struct metadata metadata;
        struct report report;
};
/* What the request names; judged is all zero before. */
_must_check_ int task_judge(const struct task_input *input, const struct scan_options *options,
                            struct judged_task *ret);
void judged_task_done(struct judged_task *judged);
#define _cleanup_judged_task_ _cleanup_(judged_task_done)

/* Plans for the names, applies, judges and says so in the journal; for autofix, where nobody is answered.
 * worker_task: the data is the daemon. */
int task_repair(int out, void *daemon);
