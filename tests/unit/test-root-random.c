/* SPDX-License-Identifier: Apache-2.0 */
#include "base/syscalls.h"
#include "test.h"

#include "tree.h"

#include <limits.h>
#include <signal.h>
#include <sys/wait.h>

/* The kernel and the walk answer alike, whatever the links; and nobody who renames meanwhile gets us out. */

static uint32_t state;

/* The same sequence each time (Marsaglia's xorshift): a failure can be repeated. */
static uint32_t random_below(uint32_t limit)
{
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        return state % limit;
}

static const char *const words[] = { "a", "b", "c", "l", "m", "..", "..", ".", "", "proc", "missing" };

static void random_path(char *path, size_t size, size_t n_words)
{
        path[0] = '\0';
        for (size_t i = 0; i < n_words; i++) {
                if (i > 0 || random_below(3) == 0)
                        strncat(path, "/", size - strlen(path) - 1);
                strncat(path, words[random_below(ARRAY_SIZE(words))], size - strlen(path) - 1);
        }
        if (path[0] == '\0')
                strncat(path, "/", size - 1);
}

/* The directory that a place lies in. Links made before lead there, but never out of the tree. */
static int open_parent(const struct tree *tree, const char *place, const char **ret_name)
{
        const char *slash = strrchr(place, '/');
        char parent[64];

        (void) snprintf(parent, sizeof(parent), "%.*s", slash ? (int) (slash - place) : 1,
                        slash ? place : ".");
        *ret_name = slash ? slash + 1 : place;
        return sys_openat2(tree->fd, parent, O_PATH | O_DIRECTORY | O_CLOEXEC, OPENAT2_IN_ROOT);
}

static void random_tree(struct tree *tree)
{
        static const char *const places[] = { "a",     "b",     "a/a",  "a/b",    "b/c",    "a/a/l",
                                              "a/a/m", "l",     "m",    "a/l",    "c",      "b/m",
                                              "b/l",   "a/b/c", "proc", "proc/a", "proc/l", "c/a" };

        tree_new(tree);
        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                _cleanup_close_ int parent = -EBADF;
                const char *name;
                char target[128];

                parent = open_parent(tree, places[i], &name);
                random_path(target, sizeof(target), 1 + random_below(5));
                /* Some fail, since what they lie in was not made a directory: that is as good a tree. */
                switch (random_below(5)) {
                case 0:
                        (void) !symlinkat(target, parent, name);
                        break;
                case 1:
                        (void) !mknodat(parent, name, S_IFREG | 0644, 0);
                        break;
                default:
                        (void) !mkdirat(parent, name, 0755);
                }
        }
}

struct answer {
        int stat, lstat, resolve;
        ino_t inode, link_inode;
        char resolved[PATH_MAX];
        bool exists;
};

static struct answer look(struct root *root, const char *path)
{
        struct answer answer = { 0 };
        const char *resolved = NULL;
        struct root_stat st = { 0 };

        answer.stat = root_stat(root, path, &st);
        answer.inode = answer.stat < 0 ? 0 : st.inode;
        answer.lstat = root_lstat(root, path, &st);
        answer.link_inode = answer.lstat < 0 ? 0 : st.inode;
        answer.resolve = root_resolve(root, path, &resolved, &answer.exists);
        if (answer.resolve >= 0)
                (void) snprintf(answer.resolved, sizeof(answer.resolved), "%s", resolved);
        return answer;
}

/* The same by one that remembers nothing: a root for each question. */
static struct answer look_afresh(const struct tree *tree, size_t way, const char *path)
{
        _cleanup_root_ struct root *a = tree_open(tree, &tree_ways[way]);
        _cleanup_root_ struct root *b = tree_open(tree, &tree_ways[way]);
        _cleanup_root_ struct root *c = tree_open(tree, &tree_ways[way]);
        struct root_stat st = { 0 }, link = { 0 };
        struct answer answer = { 0 };
        const char *resolved = "";

        answer.stat = root_stat(a, path, &st);
        answer.lstat = root_lstat(b, path, &link);
        answer.resolve = root_resolve(c, path, &resolved, &answer.exists);
        answer.inode = answer.stat < 0 ? 0 : st.inode;
        answer.link_inode = answer.lstat < 0 ? 0 : link.inode;
        (void) snprintf(answer.resolved, sizeof(answer.resolved), "%s", resolved);
        return answer;
}

static bool same(const struct answer *a, const struct answer *b)
{
        return a->stat == b->stat && a->lstat == b->lstat && a->resolve == b->resolve &&
               a->inode == b->inode && a->link_inode == b->link_inode && a->exists == b->exists &&
               strcmp(a->resolved, b->resolved) == 0;
}

static void must_agree(const char *path, size_t way, const struct answer *a, const struct answer *b)
{
        if (!same(a, b))
                test_failed(__FILE__, __LINE__, "%s: '%s': %d %d %d '%s', not %d %d %d '%s'",
                            tree_ways[way].name, path, a->stat, a->lstat, a->resolve, a->resolved, b->stat,
                            b->lstat, b->resolve, b->resolved);
}

static void compare(const struct tree *tree, size_t kernel, size_t walk)
{
        _cleanup_root_ struct root *a = tree_open(tree, &tree_ways[kernel]);
        _cleanup_root_ struct root *b = tree_open(tree, &tree_ways[walk]);

        for (unsigned i = 0; i < 30; i++) {
                struct answer by_kernel, by_walk, afresh;
                char path[128];

                random_path(path, sizeof(path), 1 + random_below(7));
                by_kernel = look(a, path);
                by_walk = look(b, path);
                afresh = look_afresh(tree, walk, path);
                must_agree(path, kernel, &by_kernel, &by_walk);
                must_agree(path, walk, &by_walk, &afresh);
                afresh = look_afresh(tree, kernel, path);
                must_agree(path, kernel, &by_kernel, &afresh);
                /* What resolves is the file that was found. */
                if (by_walk.resolve == 0 && by_walk.exists &&
                    by_walk.inode != look(b, by_walk.resolved).inode)
                        test_failed(__FILE__, __LINE__, "'%s' is not '%s'", path, by_walk.resolved);
        }
}

/* 100 trees, 30 paths each, live and offline; and what was asked before changes no answer. */
TEST(kernel_and_walk_agree)
{
        state = 20240229;
        for (unsigned i = 0; i < 100; i++) {
                _cleanup_tree_ struct tree tree;

                random_tree(&tree);
                compare(&tree, 0, 1);
                compare(&tree, 2, 3);
        }
}

/* Swaps "moving" between a directory and two links that lead to a file of the same name outside, until
 * killed. */
static void swap_for_ever(const struct tree *inside)
{
        for (;;) {
                (void) !renameat(inside->fd, "moving", inside->fd, "directory");
                (void) !renameat(inside->fd, "absolute", inside->fd, "moving");
                (void) !renameat(inside->fd, "moving", inside->fd, "absolute");
                (void) !renameat(inside->fd, "relative", inside->fd, "moving");
                (void) !renameat(inside->fd, "moving", inside->fd, "relative");
                (void) !renameat(inside->fd, "directory", inside->fd, "moving");
                /* And a directory that leaves the root while ".." passes through it. */
                (void) !renameat(inside->fd, "moving/deep", inside->fd, "../outside-deep");
                (void) !renameat(inside->fd, "../outside-deep", inside->fd, "moving/deep");
        }
}

static unsigned read_while_swapping(const struct tree *inside, const struct tree_way *way)
{
        static const char *const paths[] = { "/moving/file", "/moving/deep/../file",
                                             "/moving/deep/../../file" };
        unsigned n_inside = 0;

        /* Longer where all fail: on a busy machine who swaps may rest half way. */
        for (unsigned i = 0; i < 100 || (n_inside == 0 && i < 1000000); i++) {
                _cleanup_root_ struct root *root = tree_open(inside, way);
                const struct root_file *file;

                if (root_read(root, paths[i % ARRAY_SIZE(paths)], &file) < 0)
                        continue;
                if (text_equal(file->content, "outside"))
                        test_failed(__FILE__, __LINE__, "%s: led out by '%s'", way->name, file->path);
                n_inside++;
        }

        return n_inside;
}

TEST(renames_do_not_lead_out)
{
        _cleanup_tree_ struct tree outer;
        struct tree inside;
        char target[128];

        tree_new(&outer);
        tree_file(&outer, "file", TEXT("outside"));
        tree_directory(&outer, "inside");
        tree_directory(&outer, "inside/moving");
        tree_directory(&outer, "inside/moving/deep");
        tree_file(&outer, "inside/moving/file", TEXT("inside"));
        (void) snprintf(target, sizeof(target), "%s", outer.name);
        tree_link(&outer, "inside/absolute", target);
        tree_link(&outer, "inside/relative", "..");
        inside.fd = openat(outer.fd, "inside", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void) snprintf(inside.name, sizeof(inside.name), "%.32s/inside", outer.name);

        for (EACH_WAY(way)) {
                pid_t pid = fork();

                tree_need(pid >= 0, "fork");
                if (pid == 0)
                        swap_for_ever(&inside);
                CHECK(read_while_swapping(&inside, way) > 0);
                tree_need(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid, "kill");
                /* Killed anywhere: back to the start. */
                (void) !renameat(outer.fd, "outside-deep", inside.fd, "moving/deep");
                if (faccessat(inside.fd, "directory", F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
                        (void) !renameat(inside.fd, "moving", inside.fd,
                                         faccessat(inside.fd, "absolute", F_OK, AT_SYMLINK_NOFOLLOW) == 0
                                                 ? "relative"
                                                 : "absolute");
                        (void) !renameat(inside.fd, "directory", inside.fd, "moving");
                }
        }
        close(inside.fd);
}
