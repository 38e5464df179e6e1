/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/crash.h"

#include <stdio.h>
#include <string.h>

static void command_line_of(struct subject *subject, const char *name, struct command_line *line)
{
        add_agentctl(line, subject->run, "--json");
        add_argument(line, name);
        if (!string_equal(name, "fix"))
                return;
        add_list(line, json_get_array(subject->fix, "options"));
        add_list(line, json_get_array(subject->fix, "names"));
}

int subject_run(struct subject *subject, const char *name, struct command_result *ret)
{
        _cleanup_line_ struct command_line line = { 0 };

        command_line_of(subject, name, &line);
        return run_command(line.argv, false, ret);
}

int subject_disturb(struct subject *subject, const struct trace_plan *plan, struct trace_result *ret)
{
        _cleanup_line_ struct command_line line = { 0 };

        command_line_of(subject, subject->command, &line);
        return trace_run(line.argv, plan, ret);
}

void subject_drop_tree(struct subject *subject)
{
        if (subject->run->tree)
                remove_tree(subject->run->tree);
        free(subject->run->tree);
        subject->run->tree = NULL;
}

/* A new copy of the tree before the command. */
int subject_fresh_tree(struct subject *subject)
{
        subject_drop_tree(subject);
        subject->run->tree = scratch_name("crash");
        if (!subject->run->tree)
                return -ENOMEM;
        if (!mkdtemp(subject->run->tree))
                return -errno;

        return copy_tree(subject->pristine, subject->run->tree);
}

bool subject_same(const struct tree *a, const struct tree *b, bool times)
{
        unsigned pass = TREE_PASS_DIRECTORY_TIMES | TREE_PASS_INODES | TREE_PASS_STATE;
        struct run judge = { 0 };
        bool result;

        tree_compare(&judge, "", a, b, times ? pass : pass | TREE_PASS_TIMES, NULL);
        result = judge.complaints.len == 0;
        buffer_done(&judge.complaints);

        return result;
}

/* What is there now: files that undo or a rollback brings back have their old times as well. */
enum outcome subject_outcome(struct subject *subject, const char *when)
{
        _cleanup_tree_ struct tree now = { 0 };

        if (tree_read(subject->run->tree, &now) < 0)
                return NEITHER;
        if (subject_same(&subject->old, &now, !subject->undo))
                return OLD;
        if (subject_same(&subject->new, &now, subject->undo))
                return NEW;
        complain(subject->run, "%s it is neither the old nor the new; from the old:", when);
        tree_compare(subject->run, "it", &subject->old, &now,
                     TREE_PASS_DIRECTORY_TIMES | TREE_PASS_INODES | TREE_PASS_STATE, NULL);
        complain(subject->run, "from the new:");
        tree_compare(subject->run, "it", &subject->new, &now,
                     TREE_PASS_DIRECTORY_TIMES | TREE_PASS_INODES | TREE_PASS_STATE | TREE_PASS_TIMES, NULL);
        return NEITHER;
}

/* Runs a command that nothing disturbs, which must end in a way that is allowed. */
void must_run(struct subject *subject, const char *name, int status, int or_status)
{
        _cleanup_result_ struct command_result result = { 0 };
        int r = subject_run(subject, name, &result);

        if (r < 0)
                complain(subject->run, "cannot run agentctl: %s", strerror(-r));
        else if (result.status != status && result.status != or_status)
                complain(subject->run, "then 'agentctl %s' ends with %d: %s%s", name, result.status,
                         result.out, result.err);
}

void must_be(struct subject *subject, enum outcome wanted, const char *when)
{
        enum outcome outcome = subject_outcome(subject, when);

        if (outcome != wanted && outcome != NEITHER)
                complain(subject->run, "%s it is all of the %s", when, outcome == OLD ? "old" : "new");
}

/* Records that are being made begin with a dot: none is left, and none is still on its way. */
static void check_records(struct subject *subject, const struct command_result *result)
{
        _cleanup_json_ struct json_object *history = parse_result(subject->run, "the history", result);
        struct json_object *list = json_get_array(history, "transactions");
        _cleanup_tree_ struct tree now = { 0 };

        for (size_t i = 0; i < json_array_size(list); i++) {
                struct text state = string_of(json_array_item(list, i), "state");

                if (text_equal(state, "applying") || text_equal(state, "undoing"))
                        complain(subject->run, "a transaction is still '%.*s'", TEXT_ARGS(state));
        }
        if (tree_read(subject->run->tree, &now) < 0)
                complain(subject->run, "cannot read the tree");
        for (size_t i = 0; i < now.n; i++)
                if (text_starts(text_from_string(now.entries[i].path), "/var/lib/ecs-guest-agent/") &&
                    strstr(now.entries[i].path, "/."))
                        complain(subject->run, "'%s' is left behind", now.entries[i].path);
}

void next_start(struct subject *subject)
{
        _cleanup_result_ struct command_result result = { 0 };
        int r = subject_run(subject, "history", &result);

        if (r < 0)
                complain(subject->run, "cannot run agentctl: %s", strerror(-r));
        else if (result.status != 0)
                complain(subject->run, "then 'agentctl history' ends with %d: %s%s", result.status,
                         result.out, result.err);
        else
                check_records(subject, &result);
}
