/* SPDX-License-Identifier: Apache-2.0 */
#include "roots.h"

#include <string.h>

/* The life of a fix, on a copy of a case's root: planned (twice, touching nothing), applied (the tree is the
 * original with the files of "after" in it), judged again, planned again (nothing to do), undone (the tree is
 * the original). Refused: nothing at all has changed. */

struct fix {
        struct run *run;
        struct json_object *expected; /* one of "fixes" */
        char *after;                  /* directory of the files afterwards; need not be there */
        struct tree original, mended;
        bool refused, idle; /* what is expected: refused, nothing to do */
};

static int command(struct fix *fix, const char *format, const char *name, const char *option,
                   struct command_result *ret)
{
        _cleanup_line_ struct command_line line = { 0 };
        int r;

        add_agentctl(&line, fix->run, format);
        add_argument(&line, name);
        if (option)
                add_argument(&line, option);
        if (string_equal(name, "fix")) {
                add_list(&line, json_get_array(fix->expected, "options"));
                add_list(&line, json_get_array(fix->expected, "names"));
        } else if (string_equal(name, "check"))
                add_list(&line, json_get_array(fix->expected, "check")
                                        ? json_get_array(fix->expected, "check")
                                        : json_get_array(fix->expected, "names"));
        r = run_command(line.argv, json_get_true(fix->run->expected, "notRoot"), ret);
        if (r < 0)
                complain(fix->run, "cannot run agentctl %s: %s", name, strerror(-r));

        return r;
}

static void check_tree(struct fix *fix, const char *what, const struct tree *before, unsigned pass,
                       struct json_object *but)
{
        _cleanup_tree_ struct tree now = { 0 };
        int r = tree_read(fix->run->tree, &now);

        if (r < 0)
                complain(fix->run, "cannot read the tree: %s", strerror(-r));
        else
                tree_compare(fix->run, what, before, &now, pass, but);
}

static void check_status(struct fix *fix, const char *what, const struct command_result *result,
                         int64_t wanted)
{
        if (result->status != wanted)
                complain(fix->run, "%s ends with %d, expected %lld%s%s", what, result->status,
                         (long long) wanted, result->err_len > 0 ? "; " : "", result->err ? result->err : "");
}

static void check_state(struct fix *fix, const char *what, struct json_object *plan, struct text wanted)
{
        struct text state = string_of(plan, "state"), reason = string_of(plan, "reason");

        if (plan && !text_same(state, wanted))
                complain(fix->run, "%s: state '%.*s', expected '%.*s'; reason: %.*s", what, TEXT_ARGS(state),
                         TEXT_ARGS(wanted), TEXT_ARGS(reason));
}

static struct json_object *plan_of(struct fix *fix, const char *what, const struct command_result *result)
{
        struct json_object *plan = parse_result(fix->run, what, result);

        if (plan)
                check_plan(fix->run, plan);

        return plan;
}

/* Exactly the refusals that the case lists. */
static void check_refusals(struct fix *fix, struct json_object *plan)
{
        struct json_object *wanted = json_get_array(fix->expected, "refusals");
        struct json_object *refusals = json_get_array(plan, "refusals");

        for (size_t i = 0; i < json_array_size(wanted); i++) {
                struct json_object *item = json_array_item(wanted, i);
                struct json_object *refusal = find_key(refusals, string_of(item, "key"));

                if (!refusal)
                        complain(fix->run, "'%.*s' is not refused", TEXT_ARGS(string_of(item, "key")));
                else if (!text_holds(string_of(refusal, "reason"), string_of(item, "reason")))
                        complain(fix->run, "'%.*s' is refused since %.*s; expected: %.*s",
                                 TEXT_ARGS(string_of(item, "key")), TEXT_ARGS(string_of(refusal, "reason")),
                                 TEXT_ARGS(string_of(item, "reason")));
        }
        for (size_t i = 0; i < json_array_size(refusals); i++) {
                struct json_object *item = json_array_item(refusals, i);

                if (!find_key(wanted, string_of(item, "key")))
                        complain(fix->run, "'%.*s' is refused: %.*s", TEXT_ARGS(string_of(item, "key")),
                                 TEXT_ARGS(string_of(item, "reason")));
        }
}

static struct text expected_state(struct fix *fix)
{
        return string_of(fix->expected, "state");
}

/* Twice the same, and nothing is touched: no lock, no directory. Returns the plan. */
static struct json_object *dry_run(struct fix *fix)
{
        _cleanup_result_ struct command_result first = { 0 }, second = { 0 }, text = { 0 };
        struct json_object *plan;

        if (command(fix, "--json", "fix", "--dry-run", &first) < 0 ||
            command(fix, "--json", "fix", "--dry-run", &second) < 0 ||
            command(fix, "--no-color", "fix", "--dry-run", &text) < 0)
                return NULL;
        check_tree(fix, "the dry run", &fix->original, 0, NULL);
        cut_time(&first);
        cut_time(&second);
        if (!string_equal(first.out, second.out))
                complain(fix->run, "two dry runs gave different plans");
        check_status(fix, "the dry run in text", &text, first.status);
        check_plain(fix->run, &text, true);

        plan = plan_of(fix, "the dry run", &first);
        check_state(fix, "the dry run", plan,
                    fix->refused || fix->idle ? expected_state(fix) : TEXT("planned"));
        check_refusals(fix, plan);
        return plan;
}

/* What "after" has for a path that was changed: an entry of that tree, or nothing. */
static void check_changed(struct fix *fix, const struct tree *after, struct text path)
{
        const struct tree_entry *before = tree_find(&fix->original, path);
        const struct tree_entry *now = tree_find(&fix->mended, path), *wanted = tree_find(after, path);

        if (!wanted) {
                if (before ? now != NULL : !now || !S_ISDIR(now->st.st_mode))
                        complain(fix->run, "'%.*s' is neither in '%s' nor %s", TEXT_ARGS(path), fix->after,
                                 before ? "removed" : "a new directory");
                return;
        }
        if (!now || (now->st.st_mode & S_IFMT) != (wanted->st.st_mode & S_IFMT))
                complain(fix->run, "'%.*s' is not there, or of another type", TEXT_ARGS(path));
        else if (wanted->content && !string_equal(now->content, wanted->content))
                complain(fix->run, "'%.*s' differs from the file in '%s': diff -u it with 'agentctl fix'",
                         TEXT_ARGS(path), fix->after);
        else if (before && string_equal(before->content, now->content))
                complain(fix->run, "'%.*s' is listed as changed and is not", TEXT_ARGS(path));
        if (!now || S_ISLNK(now->st.st_mode))
                return;
        if (before && (before->st.st_mode != now->st.st_mode || before->st.st_uid != now->st.st_uid ||
                       before->st.st_gid != now->st.st_gid || before->flags != now->flags ||
                       !string_equal(before->attributes, now->attributes)))
                complain(fix->run, "'%.*s' has another owner, mode or attribute", TEXT_ARGS(path));
        if (!before && (now->st.st_mode & 07022))
                complain(fix->run, "'%.*s' is new with mode %o", TEXT_ARGS(path), now->st.st_mode & 07777);
}

/* The tree is the original and what "after" holds, no more. */
static void check_after(struct fix *fix)
{
        struct json_object *changed = json_get_array(fix->expected, "changed");
        _cleanup_tree_ struct tree after = { 0 };

        if (access(fix->after, F_OK) == 0 && tree_read(fix->after, &after) < 0)
                complain(fix->run, "cannot read '%s'", fix->after);
        tree_compare(fix->run, "applying", &fix->original, &fix->mended,
                     TREE_PASS_DIRECTORY_TIMES | TREE_PASS_STATE, changed);
        for (size_t i = 0; i < json_array_size(changed); i++)
                check_changed(fix, &after, json_item_text(changed, i));
        for (size_t i = 0; i < after.n; i++)
                if (!S_ISDIR(after.entries[i].st.st_mode)) {
                        bool listed = false;

                        for (size_t k = 0; k < json_array_size(changed); k++)
                                listed = listed ||
                                         text_equal(json_item_text(changed, k), after.entries[i].path);
                        if (!listed)
                                complain(fix->run, "'%s' is in '%s' and not listed as changed",
                                         after.entries[i].path, fix->after);
                }
}

static void check_records(struct fix *fix)
{
        const struct tree_entry *records = tree_find(&fix->mended, TEXT("/var/lib/ecs-guest-agent/undo"));

        if (!records || (records->st.st_mode & 07777) != 0700)
                complain(fix->run, "no /var/lib/ecs-guest-agent/undo of mode 0700");
}

/* Every byte of what was applied is in the diff that was shown before. */
static void check_promise(struct fix *fix, struct json_object *planned)
{
        struct run original = { .agentctl = fix->run->agentctl,
                                .roots = fix->run->roots,
                                .name = fix->run->name,
                                .expected = fix->run->expected };

        if (case_make(&original) < 0)
                complain(fix->run, "cannot make the original again");
        else
                check_patch(fix->run, planned, original.tree, &fix->mended);
        case_remove(&original);
        buffer_done(&original.complaints);
}

static struct json_object *apply(struct fix *fix)
{
        _cleanup_result_ struct command_result result = { 0 };
        struct json_object *plan;
        int64_t wanted = 0;

        if (command(fix, "--json", "fix", NULL, &result) < 0)
                return NULL;
        if (json_get_int(fix->expected, "exit", &wanted) < 0)
                complain(fix->run, "the fix expects no exit code");
        check_status(fix, "the fix", &result, wanted);
        plan = plan_of(fix, "the fix", &result);
        check_state(fix, "the fix", plan, expected_state(fix));
        check_refusals(fix, plan);
        if (tree_read(fix->run->tree, &fix->mended) < 0)
                complain(fix->run, "cannot read the tree");

        return plan;
}

/* The plan's own verdict is what another look says. */
static void judge_again(struct fix *fix, struct json_object *plan)
{
        struct json_object *wanted = json_get_array(fix->expected, "findings");
        struct json_object *promised = json_get_array(plan, "findings"), *findings;
        _cleanup_result_ struct command_result result = { 0 };
        _cleanup_json_ struct json_object *report = NULL;

        if (command(fix, "--json", "check", NULL, &result) < 0)
                return;
        report = parse_result(fix->run, "the report afterwards", &result);
        findings = json_get_array(report, "findings");
        check_findings(wanted, findings, EXPECT_FAILURES, &fix->run->complaints);
        for (size_t i = 0; i < json_array_size(promised); i++) {
                struct json_object *said = json_array_item(promised, i);
                struct json_object *found = find_key(findings, string_of(said, "key"));

                if (found && !text_same(string_of(said, "outcome"), string_of(found, "outcome")))
                        complain(fix->run, "'%.*s' is %.*s, but %.*s in the plan's findings",
                                 TEXT_ARGS(string_of(said, "key")), TEXT_ARGS(string_of(found, "outcome")),
                                 TEXT_ARGS(string_of(said, "outcome")));
        }
}

/* A second fix finds nothing that it can do, and writes nothing. */
static void fix_again(struct fix *fix)
{
        _cleanup_result_ struct command_result result = { 0 };
        _cleanup_json_ struct json_object *plan = NULL;
        bool refusals = json_array_size(json_get_array(fix->expected, "refusals")) > 0;

        if (command(fix, "--json", "fix", NULL, &result) < 0)
                return;
        check_status(fix, "the second fix", &result, refusals ? 4 : 0);
        plan = plan_of(fix, "the second fix", &result);
        check_state(fix, "the second fix", plan, refusals ? TEXT("refused") : TEXT("nothing_to_do"));
        check_tree(fix, "the second fix", &fix->mended, 0, NULL);
}

static void undo(struct fix *fix, struct json_object *applied)
{
        _cleanup_result_ struct command_result result = { 0 }, history = { 0 };
        _cleanup_json_ struct json_object *plan = NULL, *list = NULL;

        if (command(fix, "--json", "undo", NULL, &result) < 0)
                return;
        check_status(fix, "undo", &result, 0);
        plan = plan_of(fix, "undo", &result);
        check_state(fix, "undo", plan, TEXT("undone"));
        check_tree(fix, "fix and undo", &fix->original,
                   TREE_PASS_DIRECTORY_TIMES | TREE_PASS_INODES | TREE_PASS_STATE, NULL);

        if (command(fix, "--json", "history", NULL, &history) < 0)
                return;
        check_status(fix, "history", &history, 0);
        list = parse_result(fix->run, "the history", &history);
        if (list && applied)
                check_history(fix->run, list, string_of(applied, "transaction"), "undone");
}

static void live(struct fix *fix)
{
        _cleanup_json_ struct json_object *planned = NULL, *applied = NULL;

        if (tree_read(fix->run->tree, &fix->original) < 0) {
                complain(fix->run, "cannot read the tree");
                return;
        }
        planned = dry_run(fix);
        applied = apply(fix);
        if (fix->refused || fix->idle) {
                tree_compare(fix->run, "the fix", &fix->original, &fix->mended, 0, NULL);
                return;
        }
        check_after(fix);
        check_records(fix);
        check_promise(fix, planned);
        judge_again(fix, applied);
        fix_again(fix);
        undo(fix, applied);
}

static const char *check_fix(struct run *run, struct json_object *expected)
{
        struct fix fix = { .run = run, .expected = expected };
        struct text after = string_of(expected, "after");
        int r;

        if (text_equal(after, "(none)"))
                after = TEXT("after");
        fix.refused = text_equal(expected_state(&fix), "refused");
        fix.idle = text_equal(expected_state(&fix), "nothing_to_do");
        fix.after = string_format("%s/%s/%.*s", run->roots, run->name, TEXT_ARGS(after));
        run->part = fix.after ? fix.after + strlen(run->roots) + 1 : NULL;
        r = fix.after ? case_make(run) : -ENOMEM;
        if (r >= 0)
                live(&fix);
        case_remove(run);
        run->part = NULL;
        tree_done(&fix.original);
        tree_done(&fix.mended);
        free(fix.after);

        return r == -EPERM ? "this file system, or this user, cannot make the set-up" : NULL;
}

const char *check_fixes(struct run *run)
{
        struct json_object *one = json_get_object(run->expected, "fix");
        struct json_object *several = json_get_array(run->expected, "fixes");
        const char *why_not = one ? check_fix(run, one) : NULL;

        for (size_t i = 0; i < json_array_size(several) && !why_not; i++)
                why_not = check_fix(run, json_array_item(several, i));

        return why_not;
}
