/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/crash.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct mode {
        const char *title;
        enum trace_action action;
        int error;
        bool decides; /* what the command says at its end is how the system is */
} modes[] = {
        { "killed after", TRACE_KILL, 0, false },      { "SIGTERM after", TRACE_SIGNAL, 0, true },
        { "ENOSPC at", TRACE_FAIL, ENOSPC, true },     { "EIO at", TRACE_FAIL, EIO, true },
        { "EROFS at", TRACE_FAIL, EROFS, true },       { "ENOSPC from", TRACE_FAIL_ON, ENOSPC, false },
        { "EROFS from", TRACE_FAIL_ON, EROFS, false }, { "EIO from", TRACE_FAIL_ON, EIO, false },
};

static size_t test_number, n_failed;

/* The command once more brings it to its end, and a fix can be undone. */
static void complete(struct subject *subject)
{
        bool refusals = json_array_size(json_get_array(subject->fix, "refusals")) > 0;

        /* What the next start has finished leaves nothing to do. */
        if (subject->undo)
                must_run(subject, "undo", 0, 4);
        else
                must_run(subject, "fix", subject->status, refusals ? 4 : 0);
        must_be(subject, NEW, "after the same command again");
        if (subject->undo)
                return;
        must_run(subject, "undo", 0, 0);
        must_be(subject, OLD, "after an undo");
}

/* What the command itself said at its end. */
static void check_word(struct subject *subject, const struct mode *mode, const struct trace_result *result)
{
        if (!mode->decides || (mode->action == TRACE_SIGNAL && result->status == -SIGTERM))
                return;
        if (result->status == subject->status)
                must_be(subject, NEW, "after success");
        else if (result->status == 4)
                must_be(subject, OLD, "after exit code 4");
        else
                complain(subject->run, "ends with %d: %s%s", result->status, result->out, result->err);
}

/* One point, one mode, on a new tree. The next start is a look at the history, or the same command again:
 * with look the former, and what it left is counted. False past the last point. */
static bool try_point(struct subject *subject, const struct mode *mode, size_t at, bool look,
                      struct tally *tally)
{
        struct trace_plan plan = { .action = mode->action, .at = at, .error = mode->error };
        _cleanup_trace_ struct trace_result result = { 0 };
        enum outcome outcome;
        int r;

        r = subject_fresh_tree(subject);
        if (r >= 0)
                r = subject_disturb(subject, &plan, &result);
        if (r < 0) {
                complain(subject->run, "cannot be tried: %s", strerror(-r));
                return false;
        }
        if (result.n_points < at)
                return false;
        if (!result.reached)
                return true;

        tally->tries++;
        check_word(subject, mode, &result);
        if (look) {
                next_start(subject);
                outcome = subject_outcome(subject, "after the next start");
                tally->old += outcome == OLD;
                tally->new += outcome == NEW;
        }
        complete(subject);
        return true;
}

/* The start after a crash crashes as well, at each of its points. */
static bool try_recovery(struct subject *subject, size_t at, struct tally *tally)
{
        struct trace_plan plan = { .action = TRACE_KILL, .at = at };
        _cleanup_trace_ struct trace_result result = { 0 };
        struct subject crashed = *subject;
        bool more = true;
        int r;

        r = subject_fresh_tree(subject);
        if (r >= 0)
                r = subject_disturb(subject, &plan, &result);
        if (r < 0 || result.n_points < at)
                return false;

        crashed.pristine = take_ptr(subject->run->tree);
        crashed.command = "history";
        for (size_t i = 1; more; i++) {
                _cleanup_trace_ struct trace_result second = { 0 };
                enum outcome outcome;

                plan.at = i;
                if (subject_fresh_tree(&crashed) < 0 || subject_disturb(&crashed, &plan, &second) < 0) {
                        complain(subject->run, "the crash of the next start cannot be tried");
                        break;
                }
                more = second.n_points >= i;
                next_start(&crashed);
                outcome = subject_outcome(&crashed, "after the second start");
                tally->tries++;
                tally->old += outcome == OLD;
                tally->new += outcome == NEW;
        }
        remove_tree(crashed.pristine);
        free(crashed.pristine);
        return true;
}

static void try_recoveries(struct subject *subject, const char *title, size_t n_points, unsigned every)
{
        _cleanup_free_ char *name = string_format("%s: killed, and the next start killed,", title);
        struct tally tally = { .points = n_points };
        bool more = true;

        for (size_t at = 1 + test_number % every; more; at += every) {
                char part[64];

                (void) snprintf(part, sizeof(part), "point %zu", at);
                subject->run->part = part;
                more = try_recovery(subject, at, &tally);
                subject->run->part = NULL;
        }
        print_test(subject->run, name ? name : title, &tally);
}

void print_test(struct run *run, const char *title, const struct tally *tally)
{
        struct text rest = { run->complaints.data, run->complaints.len }, line;

        n_failed += run->complaints.len > 0;
        printf("%s %zu - %s", run->complaints.len > 0 ? "not ok" : "ok", ++test_number, title);
        if (tally)
                printf(" %zu tries at %zu points: the next look found %zu old, %zu new", tally->tries,
                       tally->points, tally->old, tally->new);
        printf("\n");
        for (size_t i = 0; i < 60 && text_next_line(&rest, &line); i++)
                printf("# %.*s\n", TEXT_ARGS(text_chomp(line)));
        (void) fflush(stdout);
        buffer_done(&run->complaints);
}

static void try_mode(struct subject *subject, const struct mode *mode, const char *title, size_t n_points,
                     unsigned every)
{
        _cleanup_free_ char *name = string_format("%s: %s", title, mode->title);
        struct tally tally = { .points = n_points };
        bool more = true;

        for (size_t at = 1 + test_number % every; more; at += every) {
                char part[64];

                (void) snprintf(part, sizeof(part), "point %zu", at);
                subject->run->part = part;
                more = try_point(subject, mode, at, every > 1 ? at / every % 2 == 0 : true, &tally);
                if (more && every == 1)
                        more = try_point(subject, mode, at, false, &tally);
                subject->run->part = NULL;
        }
        print_test(subject->run, name ? name : title, &tally);
}

void try_modes(struct subject *subject, const char *title, size_t n_points, unsigned every)
{
        for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
                try_mode(subject, &modes[i], title, n_points, every);
        try_recoveries(subject, title, n_points, every);
}

int print_end(void)
{
        printf("1..%zu\n", test_number);
        return n_failed > 0 || test_number == 0;
}
