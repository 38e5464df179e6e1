/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root-internal.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

/* Resolves a path one component at a time, the way the kernel does (path_resolution(7)), with the root as the
 * place where absolute links start and ".." ends. Each directory on the way stays open, so that ".." goes
 * back to the one that we came from, wherever it may have been moved meanwhile. */

#define LINKS_MAX 40 /* the kernel's MAXSYMLINKS */
#define STEPS_MAX 500

struct step {
        int fd;
        size_t len; /* of walk.resolved, up to and with this component */
        struct stat stat;
};

struct walk {
        struct root *root;
        unsigned flags;
        struct step *steps;
        size_t n_steps;
        struct buffer resolved; /* "/etc/fstab"; empty at the root */
        char *todo;             /* allocated; replaced at each link */
        const char *rest;       /* what of it is still to do */
        unsigned n_links;
};

static void pop(struct walk *walk)
{
        close_pointer(&walk->steps[--walk->n_steps].fd);
        walk->resolved.len = walk->n_steps > 0 ? walk->steps[walk->n_steps - 1].len : 0;
        if (walk->resolved.data)
                walk->resolved.data[walk->resolved.len] = '\0';
}

static void walk_done(struct walk *walk)
{
        while (walk->n_steps > 0)
                pop(walk);
        free(walk->steps);
        free(walk->todo);
        buffer_done(&walk->resolved);
}

static int top_fd(const struct walk *walk)
{
        return walk->n_steps > 0 ? walk->steps[walk->n_steps - 1].fd : walk->root->fd;
}

static int push(struct walk *walk, int *fd, const struct stat *st, struct text name)
{
        if (walk->n_steps == STEPS_MAX)
                return -ENAMETOOLONG;
        if (array_grow(&walk->steps, walk->n_steps, sizeof(*walk->steps)) < 0)
                return -ENOMEM;

        buffer_add_char(&walk->resolved, '/');
        buffer_add_text(&walk->resolved, name);
        if (walk->resolved.failed)
                return -ENOMEM;

        walk->steps[walk->n_steps++] =
                (struct step){ .fd = take_fd(fd), .len = walk->resolved.len, .stat = *st };
        return 0;
}

static bool is_proc(const struct walk *walk, int fd)
{
        struct statfs fs;

        if (fstatfs(fd, &fs) == 0)
                return fs.f_type == PROC_SUPER_MAGIC;

        /* Kernels before 3.12 refuse this for an O_PATH descriptor. When in doubt it is one. */
        return true;
}

/* Links below /proc/PID are not text: the kernel jumps to a file of a process, perhaps outside of the root.
 * Those directly in /proc (self, mounts) are ordinary. Inode 1 is the top of a proc file system. */
static bool is_magic_link(const struct walk *walk, int fd, const struct stat *st)
{
        for (size_t i = 0; i + 1 < walk->n_steps; i++) {
                const struct step *step = &walk->steps[i];

                if (step->stat.st_dev == st->st_dev && step->stat.st_ino == 1 &&
                    isdigit((unsigned char) walk->resolved.data[step->len + 1]))
                        return is_proc(walk, fd);
        }

        return false;
}

/* Puts the target of a link before what is still to do. */
static int follow(struct walk *walk, int fd, const struct stat *st)
{
        char target[PATH_MAX];
        char *todo;
        ssize_t n;

        if (is_magic_link(walk, fd, st) || walk->n_links++ >= LINKS_MAX)
                return -ELOOP;

        n = readlinkat(fd, "", target, sizeof(target));
        if (n < 0)
                return -errno;
        if (n == 0)
                return -ENOENT;
        if ((size_t) n == sizeof(target))
                return -ENAMETOOLONG;

        todo = string_format("%.*s%s", (int) n, target, walk->rest);
        if (!todo)
                return -ENOMEM;

        free(walk->todo);
        walk->todo = todo;
        walk->rest = todo;
        while (todo[0] == '/' && walk->n_steps > 0)
                pop(walk);
        return 0;
}

/* An offline root's /proc and /sys are not looked into, nor followed should they be links. */
static bool is_kernels(const struct walk *walk, struct text link)
{
        if (root_is_live(walk->root))
                return false;
        if (walk->n_steps == 0)
                return text_equal(link, "proc") || text_equal(link, "sys");

        return root_is_kernels(walk->resolved.data);
}

static int enter(struct walk *walk, struct text name)
{
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *copy = NULL;
        bool last = walk->rest[strspn(walk->rest, "/")] == '\0';
        bool slash = walk->rest[0] == '/';
        struct stat st;

        if (walk->n_steps > 0 && is_kernels(walk, name))
                return -ENOMEDIUM;

        copy = text_dup(name);
        if (!copy)
                return -ENOMEM;

        fd = openat(top_fd(walk), copy, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;

        /* A slash behind a link has it followed even where the last component is not to be. */
        if (S_ISLNK(st.st_mode) && !(last && !slash && (walk->flags & PLACE_NOFOLLOW)))
                return is_kernels(walk, name) ? -ENOMEDIUM : follow(walk, fd, &st);
        if (slash && !S_ISDIR(st.st_mode))
                return -ENOTDIR;

        return push(walk, &fd, &st, name);
}

static bool next_component(struct walk *walk, struct text *ret)
{
        struct text component;

        do {
                walk->rest += strspn(walk->rest, "/");
                component = (struct text){ walk->rest, strcspn(walk->rest, "/") };
                walk->rest += component.len;
        } while (text_equal(component, "."));

        *ret = component;
        return component.len > 0;
}

static int step(struct walk *walk, struct text component)
{
        if (!text_equal(component, ".."))
                return enter(walk, component);

        if (walk->n_steps > 0)
                pop(walk);
        return 0;
}

/* Says where a missing component would be, with all that was to come below it. */
static int missing(const struct walk *walk, struct text component, int error, struct place *place)
{
        _cleanup_free_ char *path = NULL;
        size_t len = walk->resolved.len + 1 + component.len;

        if (error != -ENOENT && error != -ENOTDIR)
                return error;

        path = string_format("%s/%.*s%s", walk->n_steps > 0 ? walk->resolved.data : "", TEXT_ARGS(component),
                             walk->rest);
        if (!path || root_normalize_text(path, &place->resolved) < 0)
                return -ENOMEM;
        place->roundabout = root_has_dot_dot(walk->rest);
        if (error == -ENOENT && (walk->flags & PLACE_KEPT))
                root_remember_missing(walk->root, (struct text){ path, len });

        /* Most images have an empty /proc: what is not there is not ours to miss. */
        if (!root_is_live(walk->root) && root_is_below_kernels(place->resolved))
                return -ENOMEDIUM;

        return error;
}

static int finish(struct walk *walk, struct place *place)
{
        struct step *last = walk->n_steps > 0 ? &walk->steps[walk->n_steps - 1] : NULL;
        _cleanup_place_ struct place found = PLACE_INIT;

        found.resolved = strdup(last ? walk->resolved.data : "/");
        if (!found.resolved)
                return -ENOMEM;

        /* What the walk opened is handed over; what is the root's it keeps. */
        found.parent = walk->n_steps > 1 ? take_fd(&last[-1].fd) : fcntl(walk->root->fd, F_DUPFD_CLOEXEC, 3);
        found.fd = last ? take_fd(&last->fd) : fcntl(walk->root->fd, F_DUPFD_CLOEXEC, 3);
        if (found.parent < 0 || found.fd < 0)
                return -errno;
        if (last)
                found.stat = last->stat;
        else if (fstat(found.fd, &found.stat) < 0)
                return -errno;

        *place = found;
        found = (struct place) PLACE_INIT;
        return 0;
}

int root_walk(struct root *root, const char *path, unsigned flags, struct place *place)
{
        _cleanup_(walk_done) struct walk walk = { .root = root, .flags = flags };
        struct text component;

        walk.todo = strdup(path);
        if (!walk.todo)
                return -ENOMEM;

        walk.rest = walk.todo;
        while (next_component(&walk, &component)) {
                int r = step(&walk, component);

                if (r < 0)
                        return missing(&walk, component, r, place);
        }

        return finish(&walk, place);
}
