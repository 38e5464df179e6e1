/* SPDX-License-Identifier: Apache-2.0 */

/* What a crash leaves. Each fix of the golden roots named, and its undo, is run again and again: killed after
 * each call that writes, syncs, renames or locks; told to end there; and with that call failing. Then the
 * next start must find, or make, all of the old or all of the new.
 * use: crash AGENTCTL ROOTS-DIRECTORY [--every=N] CASE... */

#include "crash/crash.h"

#include <stdio.h>
#include <string.h>

/* As tests/run-roots.c: 2026-01-31. */
#define FIXED_TIME "1769817600"

static unsigned every = 1;

/* The command alone: how it ends, what it makes, and the order of its calls. */
static int unsubject_disturb(struct subject *subject, size_t *ret_points)
{
        _cleanup_record_ struct trace_record record = { 0 };
        struct trace_plan plan = { .action = TRACE_COUNT, .record = &record };
        _cleanup_trace_ struct trace_result result = { 0 };
        int r;

        r = subject_fresh_tree(subject);
        if (r >= 0)
                r = tree_read(subject->run->tree, &subject->old);
        if (r >= 0)
                r = subject_disturb(subject, &plan, &result);
        if (r >= 0)
                r = tree_read(subject->run->tree, &subject->new);
        if (r < 0)
                return r;
        subject->status = result.status;
        *ret_points = result.n_points;
        if (result.status != 0 && result.status != 1)
                complain(subject->run, "ends with %d: %s%s", result.status, result.out, result.err);
        if (subject_same(&subject->old, &subject->new, true))
                complain(subject->run, "changes nothing");
        check_order(subject->run, &record, subject->run->tree);

        return 0;
}

static int prepare(struct subject *subject)
{
        _cleanup_result_ struct command_result result = { 0 };
        int r = case_make(subject->run);

        if (r >= 0 && subject->undo)
                r = subject_run(subject, "fix", &result);
        subject->pristine = take_ptr(subject->run->tree);

        return r;
}

static void try_command(struct run *run, struct json_object *fix, const char *part, bool undo)
{
        struct subject subject = { .run = run, .fix = fix, .undo = undo, .command = undo ? "undo" : "fix" };
        _cleanup_free_ char *title = string_format("%s%s, %s", run->name, part, undo ? "undo" : "fix");
        struct tally tally = { 0 };
        int r = prepare(&subject);

        if (r >= 0)
                r = unsubject_disturb(&subject, &tally.points);
        if (r < 0)
                complain(run, "cannot be tried: %s", strerror(-r));
        r = run->complaints.len > 0 ? -EIO : 0;
        printf("# %s: %zu points\n", title ? title : run->name, tally.points);
        print_test(run, title ? title : run->name, NULL);
        if (r >= 0)
                try_modes(&subject, title ? title : run->name, tally.points, every);
        subject_drop_tree(&subject);
        if (subject.pristine)
                remove_tree(subject.pristine);
        free(subject.pristine);
        tree_done(&subject.old);
        tree_done(&subject.new);
}

static void try_case(const char *agentctl, const char *roots, const char *name)
{
        struct run run = { .agentctl = agentctl, .roots = roots, .name = name };
        struct json_object *one, *several;
        struct tally none = { 0 };

        if (case_load(&run) < 0)
                print_test(&run, name, &none);
        one = json_get_object(run.expected, "fix");
        several = json_get_array(run.expected, "fixes");
        for (size_t i = 0; i < json_array_size(several) || (one && i == 0); i++) {
                struct json_object *fix = one ? one : json_array_item(several, i);
                char part[32] = "";

                if (!one)
                        (void) snprintf(part, sizeof(part), " (%zu)", i + 1);
                if (text_equal(string_of(fix, "state"), "refused") ||
                    text_equal(string_of(fix, "state"), "nothing_to_do"))
                        continue;
                try_command(&run, fix, part, false);
                try_command(&run, fix, part, true);
        }
        buffer_done(&run.complaints);
        json_free(run.expected);
}

int main(int argc, char *argv[])
{
        int first = 3;

        if (argc > 3 && sscanf(argv[3], "--every=%u", &every) == 1)
                first++;
        if (argc <= first || every == 0) {
                fprintf(stderr, "use: crash AGENTCTL ROOTS-DIRECTORY [--every=N] CASE...\n");
                return 2;
        }
        if (setenv("SOURCE_DATE_EPOCH", FIXED_TIME, 1) < 0)
                return 1;
        for (int i = first; i < argc; i++)
                try_case(argv[1], argv[2], argv[i]);

        return print_end();
}
