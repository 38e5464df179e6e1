/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root-internal.h"

#include "base/syscalls.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* A rename somewhere on the system while openat2() passes ".." makes it give up with EAGAIN. */
#define RACES_MAX 16

void place_done(struct place *place)
{
        close_pointer(&place->fd);
        close_pointer(&place->parent);
        free(place->resolved);
}

static bool has_dot_dot(const char *path)
{
        for (const char *at = path; (at = strstr(at, "/..")); at += 3)
                if (at[3] == '/' || at[3] == '\0')
                        return true;

        return false;
}

static int openat2_retried(const struct root *root, const char *path, unsigned flags, uint64_t resolve)
{
        int fd = -EAGAIN;

        for (unsigned i = 0; i < RACES_MAX && (fd == -EAGAIN || fd == -EINTR); i++)
                fd = sys_openat2(root->fd, path,
                                 (uint64_t) O_PATH | O_CLOEXEC | (flags & PLACE_NOFOLLOW ? O_NOFOLLOW : 0),
                                 OPENAT2_IN_ROOT | OPENAT2_NO_MAGICLINKS | resolve);

        return fd;
}

/* Whether a path goes on behind its first component, whose length is set then. */
static bool has_more(const char *path, size_t *ret_len)
{
        const char *slash = strchr(path + 1, '/');

        if (!slash)
                return false;

        *ret_len = (size_t) (slash - path);
        return true;
}

static int learn_alias(struct root *root, struct text top)
{
        _cleanup_place_ struct place place = PLACE_INIT;
        _cleanup_free_ char *from = text_dup(top);
        struct alias *alias;
        int r;

        if (!from || array_grow(&root->aliases, root->n_aliases, sizeof(*root->aliases)) < 0)
                return -ENOMEM;
        r = root_walk(root, from, 0, &place);
        if (r == -ENOMEM)
                return r;

        alias = &root->aliases[root->n_aliases];
        *alias = (struct alias){ 0 };
        if (r >= 0 && S_ISDIR(place.stat.st_mode) && !string_equal(from, place.resolved))
                alias->to = take_ptr(place.resolved);
        alias->from = take_ptr(from);
        root->n_aliases++;
        return 0;
}

static const struct alias *find_alias(const struct root *root, struct text top)
{
        for (size_t i = 0; i < root->n_aliases; i++)
                if (text_equal(top, root->aliases[i].from))
                        return &root->aliases[i];

        return NULL;
}

/* Merged systems have /lib, /bin and their kin as links: each is followed once, not at every path below it. 1
 * with the path that has no link at its top; 0 when there is nothing to replace, or it is not known and not
 * to be learned. */
static int replace_top(struct root *root, const char *path, bool learn, char **ret)
{
        const struct alias *alias;
        size_t len;

        if (has_dot_dot(path) || !has_more(path, &len))
                return 0;

        alias = find_alias(root, (struct text){ path, len });
        if (!alias && learn) {
                int r = learn_alias(root, (struct text){ path, len });

                if (r < 0)
                        return r;
                alias = &root->aliases[root->n_aliases - 1];
        }
        if (!alias || !alias->to)
                return 0;

        *ret = string_format("%s%s", string_equal(alias->to, "/") ? "" : alias->to, path + len);
        if (!*ret)
                return -ENOMEM;

        /* The walk knows what to answer there. */
        return !root_is_live(root) && root_is_below_kernels(*ret) ? 0 : 1;
}

/* Where we have to know in which place we end (an offline root's /proc must not be believed, even behind a
 * link), the kernel resolves only what has no links: then the path is the place. It says ELOOP otherwise. */
static int find_by_text(const struct root *root, const char *path, unsigned flags, struct place *place)
{
        int fd;

        if (has_dot_dot(path))
                return -ELOOP;

        fd = openat2_retried(root, path, flags, OPENAT2_NO_SYMLINKS);
        if (fd < 0 && fd != -ENOENT)
                return fd;

        place->fd = fd;
        return root_normalize_text(path, &place->resolved) < 0 ? -ENOMEM : fd;
}

static int find_known_place(struct root *root, const char *path, unsigned flags, struct place *place)
{
        int fd = -ELOOP;

        for (int learn = 0; learn <= 1 && fd == -ELOOP; learn++) {
                _cleanup_free_ char *replaced = NULL;
                int r = replace_top(root, path, learn, &replaced);

                if (r < 0)
                        return r;
                if (r > 0 || !learn)
                        fd = find_by_text(root, r > 0 ? replaced : path, flags, place);
        }

        return fd == -ELOOP ? -EAGAIN : fd;
}

static int find_by_openat2(struct root *root, const char *path, unsigned flags, struct place *place)
{
        bool known = !root_is_live(root) || (flags & PLACE_RESOLVED);
        int fd = known ? find_known_place(root, path, flags, place) : openat2_retried(root, path, flags, 0);

        if (fd < 0)
                return fd;

        place->fd = fd;
        return fstat(fd, &place->stat) < 0 ? -errno : 0;
}

/* What openat2() could not answer, as opposed to its answer that the file is not to be had. EPERM comes from
 * a seccomp filter that does not know the call, but may be a file system's own answer: it is not remembered.
 */
static bool wants_walk(struct root *root, int error)
{
        if (root->method == ROOT_METHOD_OPENAT2)
                return error == -EAGAIN;
        if (error == -ENOSYS)
                root->method = ROOT_METHOD_WALK;

        return error == -ENOSYS || error == -EPERM || error == -EAGAIN || error == -EINTR;
}

int root_find(struct root *root, const char *path, unsigned flags, struct place *place)
{
        int r;

        if (!root_is_live(root) && !has_dot_dot(path) && root_is_below_kernels(path))
                return -ENOMEDIUM;
        if (root->method == ROOT_METHOD_WALK)
                return root_walk(root, path, flags, place);

        r = find_by_openat2(root, path, flags, place);
        if (!wants_walk(root, r))
                return r;

        place_done(place);
        *place = (struct place) PLACE_INIT;
        return root_walk(root, path, flags, place);
}

/* Without an access time where we may: a scan changes nothing. Only the owner may ask for that. */
static int open_unchanged(int directory, const char *name, int flags)
{
        int fd = openat(directory, name, flags | O_NOATIME);

        if (fd < 0 && errno == EPERM)
                fd = openat(directory, name, flags);

        return fd < 0 ? -errno : fd;
}

/* Without /proc: by name, in the directory where it was found. That it is the same file can only be told
 * afterwards; O_NONBLOCK and O_NOCTTY keep what another one could do to us small. */
static int reopen_by_name(struct root *root, const char *path, const struct place *place, int flags)
{
        _cleanup_place_ struct place walked = PLACE_INIT;
        _cleanup_close_ int fd = -EBADF;
        struct stat st;
        int r;

        if (S_ISDIR(place->stat.st_mode))
                return open_unchanged(place->fd, ".", flags);

        r = root_walk(root, path, 0, &walked);
        if (r < 0)
                return r;

        fd = open_unchanged(walked.parent, strrchr(walked.resolved, '/') + 1, flags | O_NOFOLLOW);
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (st.st_dev != place->stat.st_dev || st.st_ino != place->stat.st_ino)
                return -EAGAIN;

        return take_fd(&fd);
}

static bool is_opened_offline(const char *resolved)
{
        return !root_is_kernels(resolved) && !path_within(resolved, "/dev");
}

int root_reopen(struct root *root, const char *path, const struct place *place)
{
        int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
        char link[sizeof("self/fd/") + 3 * sizeof(int)];
        int fd;

        if (!root_is_live(root) && !is_opened_offline(place->resolved))
                return -ENOMEDIUM;
        if (!S_ISREG(place->stat.st_mode) && !S_ISDIR(place->stat.st_mode))
                return -EBADFD;
        if (S_ISDIR(place->stat.st_mode))
                flags |= O_DIRECTORY;
        if (root->proc_fd < 0)
                return reopen_by_name(root, path, place, flags);

        (void) snprintf(link, sizeof(link), "self/fd/%d", place->fd);
        fd = open_unchanged(root->proc_fd, link, flags);
        return fd == -ENOENT ? reopen_by_name(root, path, place, flags) : fd;
}
