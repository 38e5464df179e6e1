/* SPDX-License-Identifier: Apache-2.0 */
#include "roots.h"

#include <fcntl.h>
#include <string.h>

/* What `fix --json`, `undo --json` and `history --json` print, against the interface. */

static const struct field plan_fields[] = {
        { "schema", "s" },   { "digest", "s" }, { "transaction", "sn" }, { "state", "s" },
        { "reason", "sn" },  { "risk", "s" },   { "changes", "a" },      { "findings", "a" },
        { "refusals", "a" }, { "hints", "a" },  { "cures", "a" },        { "pending", "a" },
        { "reboot", "b" },   { "time", "?s" },  { "fixers", "?a" },      { NULL },
};
/* What was read from a record does not say which fixer wanted it. */
static const struct field change_fields[] = {
        { "fixer", "sn" }, { "kind", "s" },    { "path", "sn" },   { "argv", "an" },
        { "diff", "sn" },  { "target", "sn" }, { "creates", "b" }, { NULL },
};
static const struct field refusal_fields[] = {
        { "fixer", "sn" }, { "key", "sn" }, { "reason", "s" }, { NULL }
};

static const char *const states[] = { "planned",  "nothing_to_do", "refused", "applied", "pending_reboot",
                                      "verified", "failed",        "undone",  NULL };
static const char *const kinds[] = { "write", "remove", "symlink", "mode", "run", "directory", NULL };
static const char *const risks[] = { "none", "service", "network", "boot", NULL };

static void check_word(struct run *run, struct json_object *object, const char *key, const char *const *words)
{
        struct text word = string_of(object, key);

        for (; *words; words++)
                if (text_equal(word, *words))
                        return;
        complain(run, "%s '%.*s' is not in the interface", key, TEXT_ARGS(word));
}

static void check_change(struct run *run, struct json_object *change)
{
        bool command = text_equal(string_of(change, "kind"), "run");
        struct text path, diff;

        check_fields(change, "a change", change_fields, &run->complaints);
        check_word(run, change, "kind", kinds);
        if (command != (json_get_array(change, "argv") != NULL))
                complain(run, "a change of kind '%.*s' and its argv", TEXT_ARGS(string_of(change, "kind")));
        if (command)
                return;
        if (json_get_text(change, "path", &path) < 0 || !text_starts(path, "/"))
                complain(run, "a change without an absolute path");
        if (text_equal(string_of(change, "kind"), "symlink") != (json_get_text(change, "target", &diff) >= 0))
                complain(run, "'%.*s' and the target of a link", TEXT_ARGS(path));
}

void check_plan(struct run *run, struct json_object *plan)
{
        struct json_object *changes = json_get_array(plan, "changes");
        struct json_object *findings = json_get_array(plan, "findings");
        struct json_object *refusals = json_get_array(plan, "refusals");

        check_fields(plan, "the plan", plan_fields, &run->complaints);
        if (!text_equal(string_of(plan, "schema"), "io.ecsguest.plan/1"))
                complain(run, "the schema of the plan is '%.*s'", TEXT_ARGS(string_of(plan, "schema")));
        if (!text_starts(string_of(plan, "digest"), "sha256:"))
                complain(run, "the digest of the plan is '%.*s'", TEXT_ARGS(string_of(plan, "digest")));
        check_word(run, plan, "state", states);
        check_word(run, plan, "risk", risks);
        for (size_t i = 0; i < json_array_size(changes); i++)
                check_change(run, json_array_item(changes, i));
        for (size_t i = 0; i < json_array_size(findings); i++)
                check_finding_fields(json_array_item(findings, i), &run->complaints);
        for (size_t i = 0; i < json_array_size(refusals); i++)
                check_fields(json_array_item(refusals, i), "a refusal", refusal_fields, &run->complaints);
}

static int write_differences(struct json_object *plan, const char *path, bool *ret_exact)
{
        static const char replacement[] = "\xef\xbf\xbd";
        struct json_object *changes = json_get_array(plan, "changes");
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

        *ret_exact = true;
        for (size_t i = 0; i < json_array_size(changes) && fd >= 0; i++) {
                struct text diff;

                if (json_get_text(json_array_item(changes, i), "diff", &diff) < 0)
                        continue;
                if (text_contains(diff, replacement))
                        *ret_exact = false;
                if (write(fd, diff.data, diff.len) != (ssize_t) diff.len)
                        return -EIO;
        }

        return fd < 0 ? -errno : 0;
}

static int apply_patch(struct run *run, const char *directory, const char *file)
{
        const char *const argv[] = { "/usr/bin/patch",
                                     "--directory",
                                     directory,
                                     "--strip=1",
                                     "--binary",
                                     "--silent",
                                     "--fuzz=0",
                                     "--input",
                                     file,
                                     "--no-backup-if-mismatch",
                                     NULL };
        _cleanup_result_ struct command_result result = { 0 };
        int r = run_command(argv, false, &result);

        if (r >= 0 && result.status != 0)
                complain(run, "patch(1) does not take the diff: %s%s", result.out, result.err);

        return r < 0 ? r : result.status != 0 ? -EBADMSG : 0;
}

static int make_parents(int directory, char *path)
{
        for (char *at = path; (at = strchr(at, '/')); at++) {
                *at = '\0';
                if (mkdirat(directory, path, 0755) < 0 && errno != EEXIST)
                        return -errno;
                *at = '/';
        }

        return 0;
}

/* A link has no diff: its target is shown. */
static int change_link(int directory, struct json_object *change)
{
        _cleanup_free_ char *path = text_dup(string_of(change, "path"));
        _cleanup_free_ char *target = text_dup(string_of(change, "target"));
        struct text kind = string_of(change, "kind"), diff;
        int r;

        if (!path || !target)
                return -ENOMEM;
        if (json_get_text(change, "diff", &diff) >= 0 || path[0] != '/')
                return 0;
        if (text_equal(kind, "remove"))
                return unlinkat(directory, path + 1, 0) < 0 ? -errno : 0;
        if (!text_equal(kind, "symlink"))
                return 0;
        r = make_parents(directory, path + 1);
        if (r < 0)
                return r;

        return symlinkat(target, directory, path + 1) < 0 ? -errno : 0;
}

static int change_links(struct json_object *plan, const char *directory)
{
        _cleanup_close_ int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct json_object *changes = json_get_array(plan, "changes");
        int r = fd < 0 ? -errno : 0;

        for (size_t i = 0; i < json_array_size(changes) && r >= 0; i++)
                r = change_link(fd, json_array_item(changes, i));

        return r;
}

static int patch_and_read(struct run *run, struct json_object *plan, const char *original, const char *work,
                          struct tree *ret, bool *ret_exact)
{
        _cleanup_free_ char *file = string_format("%s/diff", work), *copy = string_format("%s/tree", work);
        int r;

        if (!file || !copy)
                return -ENOMEM;
        if (mkdir(copy, 0700) < 0)
                return -errno;
        r = copy_tree(original, copy);
        if (r >= 0)
                r = write_differences(plan, file, ret_exact);
        /* Bytes that JSON cannot carry are shown as U+FFFD: then the diff is for people only. */
        if (r < 0 || !*ret_exact)
                return r;
        r = apply_patch(run, copy, file);
        if (r >= 0)
                r = change_links(plan, copy);

        return r < 0 ? r : tree_read(copy, ret);
}

void check_patch(struct run *run, struct json_object *plan, const char *original, const struct tree *applied)
{
        char work[] = "/tmp/ecs-guest-agent-patch.XXXXXX";
        _cleanup_tree_ struct tree patched = { 0 };
        bool exact = true;
        int r;

        if (!mkdtemp(work)) {
                complain(run, "mkdtemp: %s", strerror(errno));
                return;
        }
        r = patch_and_read(run, plan, original, work, &patched, &exact);
        remove_tree(work);
        if (r < 0)
                complain(run, "the diff cannot be tried: %s", strerror(-r));
        else if (exact)
                tree_compare(run, "applying, other than its diff,", &patched, applied,
                             TREE_PASS_META | TREE_PASS_STATE | TREE_PASS_DIRECTORIES, NULL);
}

void check_history(struct run *run, struct json_object *history, struct text transaction, const char *state)
{
        struct json_object *list = json_get_array(history, "transactions");

        if (!text_equal(string_of(history, "schema"), "io.ecsguest.history/1"))
                complain(run, "the schema of the history is '%.*s'", TEXT_ARGS(string_of(history, "schema")));
        for (size_t i = 0; i < json_array_size(list); i++) {
                struct json_object *item = json_array_item(list, i);

                if (!text_same(string_of(item, "transaction"), transaction))
                        continue;
                if (!text_equal(string_of(item, "state"), state))
                        complain(run, "the history says '%.*s' of the transaction, expected '%s'",
                                 TEXT_ARGS(string_of(item, "state")), state);
                return;
        }
        complain(run, "the history has no transaction '%.*s'", TEXT_ARGS(transaction));
}
