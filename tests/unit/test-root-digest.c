/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "tree.h"

/* What the digest of a root follows, and what it does not. */

static void make_tree(struct tree *tree)
{
        tree_new(tree);
        tree_directory(tree, "etc");
        tree_directory(tree, "d");
        tree_file(tree, "etc/a", TEXT("content"));
        tree_file(tree, "etc/b", TEXT("other"));
        tree_link(tree, "link", "etc/a");
}

static void ask(struct root *root, bool backwards)
{
        static const char *const paths[] = { "/etc/a", "/etc/b", "/link", "/missing", "/d" };
        const struct root_file *file;
        const char *const *names;
        const char *string;
        struct root_stat st;
        unsigned flags;
        size_t n;

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                const char *path = paths[backwards ? ARRAY_SIZE(paths) - 1 - i : i];

                (void) !root_read(root, path, &file);
                (void) !root_stat(root, path, &st);
                (void) !root_lstat(root, path, &st);
                (void) !root_readlink(root, path, &string);
                (void) !root_resolve(root, path, &string, NULL);
                (void) !root_list(root, path, &names, &n);
                (void) !root_exists(root, path);
                (void) !root_flags(root, path, &flags);
        }
}

struct hex {
        char text[DIGEST_HEX_SIZE];
};

static struct hex digest_now(const struct tree *tree, const struct tree_way *way, bool backwards)
{
        _cleanup_root_ struct root *root = tree_open(tree, way);
        struct hex hex = { "" };

        ask(root, backwards);
        if (backwards)
                ask(root, false);
        CHECK_INT(root_digest(root, hex.text), 0);
        CHECK_INT(strlen(hex.text), DIGEST_HEX_SIZE - 1);
        return hex;
}

TEST(same_for_every_way_and_order)
{
        _cleanup_tree_ struct tree tree;
        struct hex first;

        make_tree(&tree);
        first = digest_now(&tree, &tree_ways[0], false);
        for (EACH_WAY(way)) {
                CHECK_STRING(digest_now(&tree, way, false).text, first.text);
                CHECK_STRING(digest_now(&tree, way, true).text, first.text);
        }
}

static void change_content(const struct tree *tree)
{
        tree_file(tree, "etc/b", TEXT("oTher"));
}

static void change_mode(const struct tree *tree)
{
        tree_need(fchmodat(tree->fd, "etc/a", 0600, 0) == 0, "chmod");
}

static void change_target(const struct tree *tree)
{
        tree_need(unlinkat(tree->fd, "link", 0) == 0, "unlink");
        tree_link(tree, "link", "./etc/a");
}

static void change_names(const struct tree *tree)
{
        tree_file(tree, "d/new", TEXT(""));
}

static void change_missing(const struct tree *tree)
{
        tree_file(tree, "missing", TEXT(""));
}

static void change_error(const struct tree *tree)
{
        tree_need(unlinkat(tree->fd, "etc/b", 0) == 0 && symlinkat("b", tree->fd, "etc/b") == 0, "link");
}

TEST(follows_what_was_seen)
{
        static void (*const changes[])(const struct tree *) = {
                change_content, change_mode, change_target, change_names, change_missing, change_error,
        };

        for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
                _cleanup_tree_ struct tree tree;
                struct hex before, after;

                make_tree(&tree);
                before = digest_now(&tree, &tree_ways[0], false);
                changes[i](&tree);
                after = digest_now(&tree, &tree_ways[0], false);
                if (strcmp(before.text, after.text) == 0)
                        test_failed(__FILE__, __LINE__, "change %zu is not seen", i);
        }
}

TEST(does_not_follow_times_and_inodes)
{
        struct timespec times[2] = { { 1, 0 }, { 2, 0 } };
        _cleanup_tree_ struct tree tree;
        struct hex before;

        make_tree(&tree);
        before = digest_now(&tree, &tree_ways[0], false);
        tree_file(&tree, "other", TEXT("content"));
        tree_need(renameat(tree.fd, "other", tree.fd, "etc/a") == 0, "rename");
        tree_need(utimensat(tree.fd, "etc/b", times, 0) == 0, "utimensat");
        tree_file(&tree, "never-asked", TEXT(""));
        CHECK_STRING(digest_now(&tree, &tree_ways[0], false).text, before.text);
}

static struct hex digest_of(struct root *root)
{
        struct hex hex = { "" };

        CHECK_INT(root_digest(root, hex.text), 0);
        return hex;
}

TEST(volatile_input_counts_as_noted)
{
        _cleanup_tree_ struct tree tree;
        _cleanup_root_ struct root *root = NULL, *other = NULL;
        const struct root_file *file;
        struct statvfs fs;
        struct hex before;

        make_tree(&tree);
        root = tree_open(&tree, &tree_ways[0]);
        before = digest_of(root);
        CHECK_INT(root_read_flags(root, "/etc/a", 0, ROOT_VOLATILE, &file), 0);
        CHECK_INT(root_statvfs(root, "/", &fs), 0);
        CHECK_STRING(digest_of(root).text, before.text);

        CHECK_INT(root_note(root, "swap", "yes"), 0);
        CHECK(strcmp(digest_of(root).text, before.text) != 0);
        before = digest_of(root);
        CHECK_INT(root_note(root, "swap", "yes"), 0);
        CHECK_STRING(digest_of(root).text, before.text);

        other = tree_open(&tree, &tree_ways[1]);
        CHECK_INT(root_note(other, "swap", "no"), 0);
        CHECK(strcmp(digest_of(other).text, before.text) != 0);
}

TEST(trace)
{
        static const struct root_trace expected[] = {
                { ROOT_TRACE_READ, "/etc/a", 0 },
                { ROOT_TRACE_READ, "/missing", -ENOENT },
                { ROOT_TRACE_EXISTS, "/missing", 0 },
                { ROOT_TRACE_NOTE, "key=value", 0 },
        };
        _cleanup_tree_ struct tree tree;
        _cleanup_root_ struct root *root = NULL;
        const struct root_file *file;
        struct root_trace trace;

        make_tree(&tree);
        root = tree_open(&tree, &tree_ways[0]);
        CHECK_INT(root_read(root, "/etc//a", &file), 0);
        CHECK_INT(root_read(root, "/missing", &file), -ENOENT);
        CHECK_INT(root_read(root, "/etc/a", &file), 0);
        CHECK_INT(root_read_flags(root, "/etc/b", 0, ROOT_VOLATILE, &file), 0);
        CHECK_INT(root_exists(root, "/missing"), 0);
        CHECK_INT(root_note(root, "key", "value"), 0);

        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                CHECK(root_trace(root, i, &trace));
                CHECK_INT(trace.kind, expected[i].kind);
                CHECK_STRING(trace.path, expected[i].path);
                CHECK_INT(trace.error, expected[i].error);
        }
        CHECK(!root_trace(root, ARRAY_SIZE(expected), &trace));
}
