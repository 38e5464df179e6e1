/* SPDX-License-Identifier: Apache-2.0 */

/* Stops a program where something can happen behind its back.
 * use: at-point list -- PROGRAM ARGUMENT...           its points: number, call, objects
 *      at-point N COMMAND -- PROGRAM ARGUMENT...      runs COMMAND (a program, no arguments) before point N
 *      at-point N kill|term -- PROGRAM ARGUMENT...    ends it right after point N
 * What the program printed is printed; the exit code is the program's (128 and the signal that ended it). */

#include "crash/trace.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static void run_hook(void *userdata)
{
        const char *command = userdata;
        pid_t pid = fork();

        if (pid == 0) {
                (void) execl(command, command, (char *) NULL);
                _exit(127);
        }
        if (pid > 0)
                (void) waitpid(pid, NULL, 0);
}

static void print_points(const struct trace_record *record)
{
        for (size_t i = 0; i < record->n; i++) {
                const struct trace_point *point = &record->points[i];

                printf("%zu %s %s%s%s = %ld\n", i + 1, point->name,
                       point->object.path ? point->object.path : "-", point->other.path ? " " : "",
                       point->other.path ? point->other.path : "", point->result);
        }
}

static void choose(struct trace_plan *plan, const char *what)
{
        if (string_equal(what, "kill"))
                plan->action = TRACE_KILL;
        else if (string_equal(what, "term"))
                plan->action = TRACE_SIGNAL;
        else {
                plan->action = TRACE_CALL;
                plan->hook = run_hook;
                plan->userdata = (void *) (uintptr_t) what;
        }
}

int main(int argc, char *argv[])
{
        _cleanup_record_ struct trace_record record = { 0 };
        _cleanup_trace_ struct trace_result result = { 0 };
        struct trace_plan plan = { 0 };
        bool list = argc > 3 && string_equal(argv[1], "list") && string_equal(argv[2], "--");
        uint64_t at = 0;

        if (!list && (argc < 5 || !string_equal(argv[3], "--") ||
                      text_parse_u64(text_from_string(argv[1]), &at) < 0)) {
                fprintf(stderr, "use: at-point list | N COMMAND|kill|term -- PROGRAM ARGUMENT...\n");
                return 2;
        }
        plan.at = at;
        if (list)
                plan.record = &record;
        else
                choose(&plan, argv[2]);
        if (trace_run((const char *const *) argv + (list ? 3 : 4), &plan, &result) < 0)
                return 125;
        if (list)
                print_points(&record);
        else
                printf("%s", result.out);
        fprintf(stderr, "%s", result.err);
        if (!list && !result.reached)
                fprintf(stderr, "at-point: there is no point %s\n", argv[1]);

        return result.status < 0 ? 128 - result.status : result.status;
}
