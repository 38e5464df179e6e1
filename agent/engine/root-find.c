/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root-internal.h"

#include "base/syscalls.h"

#include <stdio.h>
#include <string.h>

/* A rename somewhere on the system while openat2() passes ".." makes it give up with EAGAIN. */
#define RACES_MAX 16

void place_done(struct place *place)
{
        close_pointer(&place->fd);
        close_pointer(&place->parent);
        free(place->resolved);
        place->fd = place->parent = -EBADF;
        place->resolved = NULL;
}

int root_openat2(const struct root *root, const char *path, uint64_t flags, uint64_t resolve)
{
        int fd = -EAGAIN;

        for (unsigned i = 0; i < RACES_MAX && (fd == -EAGAIN || fd == -EINTR); i++)
                fd = sys_openat2(root->fd, path, (uint64_t) O_PATH | O_CLOEXEC | flags,
                                 OPENAT2_IN_ROOT | OPENAT2_NO_MAGICLINKS | resolve);

        return fd;
}

static int find_by_kernel(struct root *root, const char *path, unsigned flags, struct place *place)
{
        int fd = root_openat2(root, path, flags & PLACE_NOFOLLOW ? O_NOFOLLOW : 0, 0);

        if (fd < 0)
                return fd;

        place->fd = fd;
        return fstat(fd, &place->stat) < 0 ? -errno : 0;
}

/* Where we have to know in which place we end (an offline root's /proc must not be believed, even behind a
 * link), the kernel is not left to follow links by itself. On a live root it may; but below /sys, where links
 * are the rule, only that is worth a try. */
static int find_by_openat2(struct root *root, const char *path, unsigned flags, struct place *place)
{
        bool by_kernel = root_is_live(root) && !(flags & PLACE_RESOLVED);
        int r = -EAGAIN;

        if (!by_kernel || !root_is_kernels(path))
                r = root_find_text(root, path, flags, place);
        if (r == -EAGAIN && by_kernel)
                r = find_by_kernel(root, path, flags, place);

        return r;
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
        bool is_text = !root_has_dot_dot(path);
        int r;

        if (is_text && !root_is_live(root) && root_is_below_kernels(path))
                return -ENOMEDIUM;
        if (root->method == ROOT_METHOD_WALK) {
                if (is_text && (flags & PLACE_KEPT) && !(flags & PLACE_RESOLVED) &&
                    root_is_missing(root, path))
                        return -ENOENT;
                return root_walk(root, path, flags, place);
        }

        r = find_by_openat2(root, path, flags, place);
        if (!wants_walk(root, r))
                return r;

        place_done(place);
        return root_walk(root, path, flags, place);
}

int root_find_kept(struct root *root, const char *path, unsigned flags, struct place **ret)
{
        struct place place = PLACE_INIT;
        int r;

        *ret = &root->found.place;
        if (root_found_answers(root, path, flags))
                return root->found.error;

        r = root_find(root, path, flags | PLACE_KEPT, &place);
        root_forget(root);
        root->found.path = path;
        root->found.flags = flags;
        root->found.error = r;
        root->found.place = place;
        return r;
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
