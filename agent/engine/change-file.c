/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/change-file.h"
#include "engine/root-write.h"

#include "base/syscalls.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

int sync_directory(int directory)
{
        /* Some network file systems have no such thing. */
        return fsync(directory) < 0 && errno != EINVAL ? -errno : 0;
}

static int write_all(int fd, struct text content)
{
        while (content.len > 0) {
                ssize_t n = write(fd, content.data, content.len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                content.data += n;
                content.len -= (size_t) n;
        }

        return 0;
}

/* Before the first byte: FS_NOCOW_FL takes effect on an empty file only. */
static int set_flags(int fd, const struct node *node)
{
        int flags = 0;

        if (node->flags == 0)
                return 0;
        if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
                return -errno;
        flags |= (int) node->flags;

        return ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0 ? -errno : 0;
}

static int set_owner_and_mode(int fd, const struct node *node)
{
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        /* Not asked for where it is so already: file systems without owners refuse. */
        if ((st.st_uid != node->uid || st.st_gid != node->gid) && fchown(fd, node->uid, node->gid) < 0)
                return -errno;
        if ((st.st_mode & 07777) != node->mode && fchmod(fd, node->mode) < 0)
                return -errno;

        return 0;
}

static bool has_attribute(int fd, const struct node_attribute *attribute)
{
        char value[1024];
        ssize_t n = fgetxattr(fd, attribute->name, value, sizeof(value));

        return n >= 0 && text_same((struct text){ value, (size_t) n }, attribute->value);
}

static int set_attributes(int fd, const struct node *node)
{
        for (size_t i = 0; i < node->n_attributes; i++) {
                const struct node_attribute *attribute = &node->attributes[i];

                /* A label that the directory gives by itself need not be set, and may not be. */
                if (!has_attribute(fd, attribute) &&
                    fsetxattr(fd, attribute->name, attribute->value.data, attribute->value.len, 0) < 0)
                        return -errno;
        }

        return 0;
}

/* A default ACL of the directory, or a label, gives a new file what the old one did not have. */
static int remove_foreign_attributes(int fd, const struct node *node)
{
        char names[4096];
        ssize_t n = flistxattr(fd, names, sizeof(names));

        for (const char *name = names; n > 0 && name < names + n; name += strlen(name) + 1) {
                bool wanted = false;

                for (size_t i = 0; i < node->n_attributes; i++)
                        wanted = wanted || string_equal(node->attributes[i].name, name);
                if (!wanted && strncmp(name, "system.posix_acl_", strlen("system.posix_acl_")) == 0 &&
                    fremovexattr(fd, name) < 0)
                        return -errno;
        }

        return 0;
}

static int set_time(int fd, const struct node *node)
{
        const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, node->mtime };

        if (!node->keeps_mtime)
                return 0;

        return futimens(fd, times) < 0 ? -errno : 0;
}

static int fill_file(int fd, const struct node *node)
{
        int r;

        r = set_flags(fd, node);
        if (r >= 0)
                r = write_all(fd, node->content);
        if (r >= 0)
                r = remove_foreign_attributes(fd, node);
        if (r >= 0)
                r = set_owner_and_mode(fd, node);
        if (r >= 0)
                r = set_attributes(fd, node);
        if (r >= 0)
                r = set_time(fd, node);
        if (r >= 0 && fsync(fd) < 0)
                r = -errno;

        return r;
}

static int make_file(int directory, const char *name, const struct node *node)
{
        _cleanup_close_ int fd =
                openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

        return fd < 0 ? -errno : fill_file(fd, node);
}

static int make_link(int directory, const char *name, const struct node *node)
{
        struct stat st;

        if (symlinkat(node->target, directory, name) < 0)
                return -errno;
        if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if ((st.st_uid != node->uid || st.st_gid != node->gid) &&
            fchownat(directory, name, node->uid, node->gid, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (node->keeps_mtime) {
                const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, node->mtime };

                if (utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW) < 0)
                        return -errno;
        }

        return 0;
}

/* What the file system made of it must be what was asked for: one that keeps no owners or labels says yes to
 * everything. */
static int check_made(int directory, const char *name, const struct node *node)
{
        _cleanup_node_ struct node made = { 0 };
        int r;

        r = node_read(directory, name, &made);
        if (r < 0)
                return r;

        return node_same(&made, node) ? 0 : -EOPNOTSUPP;
}

int node_make(int directory, const char *name, const struct node *node)
{
        int r;

        r = node->type == NODE_SYMLINK ? make_link(directory, name, node) : make_file(directory, name, node);
        if (r >= 0)
                r = check_made(directory, name, node);
        if (r < 0 && r != -EEXIST)
                (void) unlinkat(directory, name, 0);

        return r;
}

static int expect(int directory, const char *name, const struct node *wanted)
{
        _cleanup_node_ struct node node = { 0 };
        int r;

        r = node_read(directory, name, &node);
        if (r < 0)
                return r;

        return node_same(&node, wanted) ? 0 : -ESTALE;
}

/* Kernels or file systems without the flags: the test and the rename are two steps there. */
static bool lacks_flags(int error)
{
        return error == -ENOSYS || error == -EINVAL || error == -EOPNOTSUPP;
}

static int put_new(int directory, const char *temporary, const char *name)
{
        _cleanup_node_ struct node missing = { .type = NODE_MISSING };
        int r;

        r = sys_renameat2(directory, temporary, directory, name, RENAMEAT2_NOREPLACE);
        if (r == -EEXIST)
                return -ESTALE;
        if (!lacks_flags(r))
                return r;

        r = expect(directory, name, &missing);
        if (r < 0)
                return r;

        return renameat(directory, temporary, directory, name) < 0 ? -errno : 0;
}

/* Exchanged rather than replaced: what somebody else wrote between the last look and the rename then lies
 * under the temporary name, and goes back. */
static int put_over(int directory, const char *temporary, const char *name, const struct node *old)
{
        int r;

        r = sys_renameat2(directory, temporary, directory, name, RENAMEAT2_EXCHANGE);
        if (lacks_flags(r))
                return renameat(directory, temporary, directory, name) < 0 ? -errno : 0;
        if (r < 0)
                return r;

        r = expect(directory, temporary, old);
        if (r < 0) {
                int back = sys_renameat2(directory, temporary, directory, name, RENAMEAT2_EXCHANGE);

                return back < 0 ? back : r;
        }

        return unlinkat(directory, temporary, 0) < 0 ? -errno : 0;
}

int node_put(int directory, const char *temporary, const char *name, const struct node *old)
{
        int r;

        r = expect(directory, name, old);
        if (r >= 0)
                r = old->type == NODE_MISSING ? put_new(directory, temporary, name)
                                              : put_over(directory, temporary, name, old);
        if (r >= 0)
                r = sync_directory(directory);

        return r;
}

int node_take(int directory, const char *temporary, const char *name, const struct node *old)
{
        int r;

        r = expect(directory, name, old);
        if (r < 0)
                return r;
        if (renameat(directory, name, directory, temporary) < 0)
                return -errno;

        r = expect(directory, temporary, old);
        if (r < 0) {
                int back = put_new(directory, temporary, name);

                return back < 0 ? back : r;
        }
        if (unlinkat(directory, temporary, 0) < 0)
                return -errno;

        return sync_directory(directory);
}
