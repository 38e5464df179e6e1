/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A temporary directory to read from, and the four combinations in which a root reads it. */

#include "engine/root-internal.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct tree {
        char name[64];
        int fd;
};

/* What a test cannot go on without. */
static inline void tree_need(bool condition, const char *what)
{
        if (condition)
                return;

        fprintf(stderr, "cannot prepare the test: %s: %s\n", what, strerror(errno));
        exit(1);
}

static inline void tree_new_in(struct tree *tree, const char *directory)
{
        (void) snprintf(tree->name, sizeof(tree->name), "%s/test-root-XXXXXX", directory);
        tree_need(mkdtemp(tree->name) != NULL, "mkdtemp");
        tree_need(chmod(tree->name, 0755) == 0, "chmod");
        tree->fd = open(tree->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        tree_need(tree->fd >= 0, tree->name);
}

static inline void tree_new(struct tree *tree)
{
        tree_new_in(tree, "/tmp");
}

static inline int tree_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static inline void tree_done(struct tree *tree)
{
        close(tree->fd);
        tree_need(nftw(tree->name, tree_remove_one, 64, FTW_DEPTH | FTW_PHYS) == 0, tree->name);
}

#define _cleanup_tree_ _cleanup_(tree_done)

static inline void tree_directory(const struct tree *tree, const char *path)
{
        tree_need(mkdirat(tree->fd, path, 0755) == 0 || errno == EEXIST, path);
}

static inline void tree_file(const struct tree *tree, const char *path, struct text content)
{
        _cleanup_close_ int fd = openat(tree->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        tree_need(fd >= 0 && write(fd, content.data, content.len) == (ssize_t) content.len, path);
}

static inline void tree_link(const struct tree *tree, const char *path, const char *target)
{
        tree_need(symlinkat(target, tree->fd, path) == 0, path);
}

/* Fills it from pairs of path and content, ended by NULL; directories are made, and a content "@TARGET" makes
 * a link. */
static inline void tree_fill(const struct tree *tree, const char *const *files)
{
        for (; files[0]; files += 2) {
                _cleanup_free_ char *path = strdup(files[0]);

                for (char *at = path; (at = strchr(at, '/')); at++) {
                        *at = '\0';
                        tree_directory(tree, path);
                        *at = '/';
                }
                if (files[1][0] == '@')
                        tree_link(tree, path, files[1] + 1);
                else
                        tree_file(tree, path, text_from_string(files[1]));
        }
}

static const struct tree_way {
        const char *name;
        unsigned flags;
        enum root_method method;
} tree_ways[] = {
        { "offline, openat2", 0, ROOT_METHOD_AUTO },
        { "offline, walk", 0, ROOT_METHOD_WALK },
        { "live, openat2", ROOT_LIVE, ROOT_METHOD_AUTO },
        { "live, walk", ROOT_LIVE, ROOT_METHOD_WALK },
};

static inline struct root *tree_open(const struct tree *tree, const struct tree_way *way)
{
        struct root *root = NULL;

        tree_need(root_open_with(tree->name, way->flags, way->method, &root) == 0, "root_open");
        return root;
}

#define EACH_WAY(way)                                                                                        \
        const struct tree_way *way = tree_ways;                                                              \
        way < tree_ways + ARRAY_SIZE(tree_ways);                                                             \
        way++
