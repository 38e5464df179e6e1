/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root-internal.h"
#include "engine/root-write.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

/* What chattr(1) sets and a new file can take over. FS_NOCOW_FL and its kin are kept since somebody chose
 * them. */
#define KEPT_FLAGS                                                                                           \
        (FS_SECRM_FL | FS_UNRM_FL | FS_COMPR_FL | FS_SYNC_FL | FS_NODUMP_FL | FS_NOATIME_FL | FS_NOCOMP_FL | \
         FS_JOURNAL_DATA_FL | FS_NOTAIL_FL | FS_NOCOW_FL)

enum { ATTRIBUTES_CAP = 65536 };

int path_split(const char *path, char **ret_directory, char **ret_name)
{
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *directory = NULL;
        char *name;

        if (!slash || slash[1] == '\0')
                return -EINVAL;

        directory = slash == path ? strdup("/") : text_dup((struct text){ path, (size_t) (slash - path) });
        name = strdup(slash + 1);
        if (!directory || !name) {
                free(name);
                return -ENOMEM;
        }

        *ret_directory = take_ptr(directory);
        *ret_name = name;
        return 0;
}

int root_open_directory(struct root *root, const char *directory)
{
        _cleanup_place_ struct place place = PLACE_INIT;
        int r;

        r = root_find(root, directory, PLACE_RESOLVED, &place);
        if (r < 0)
                return r;
        if (!string_equal(place.resolved, directory))
                return -ELOOP;
        if (!S_ISDIR(place.stat.st_mode))
                return -ENOTDIR;

        return root_reopen(root, directory, &place);
}

static int read_content(int fd, struct node *node)
{
        _cleanup_buffer_ struct buffer buffer = { 0 };
        char chunk[16384];
        char *data;
        size_t len;
        ssize_t n;
        int r;

        while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                buffer_add(&buffer, chunk, (size_t) n);
                if (buffer.len > NODE_CAP)
                        return -EFBIG;
        }

        r = buffer_finish(&buffer, &data, &len);
        if (r >= 0)
                node_set_content(node, data, len);
        return r;
}

static int read_attribute(int fd, const char *name, struct node *node)
{
        _cleanup_free_ char *value = malloc(ATTRIBUTES_CAP);
        ssize_t n;

        if (!value)
                return -ENOMEM;
        if (string_equal(name, "security.ima") || string_equal(name, "security.evm"))
                return 0;

        n = fgetxattr(fd, name, value, ATTRIBUTES_CAP);
        if (n < 0)
                /* It went away, or its handler is not in this kernel. */
                return errno == ENODATA || errno == EOPNOTSUPP ? 0 : -errno;

        return node_add_attribute(node, name, (struct text){ value, (size_t) n });
}

static int read_attributes(int fd, struct node *node)
{
        _cleanup_free_ char *names = malloc(ATTRIBUTES_CAP);
        ssize_t n;

        if (!names)
                return -ENOMEM;
        n = flistxattr(fd, names, ATTRIBUTES_CAP);
        if (n < 0)
                return errno == EOPNOTSUPP || errno == ENOSYS ? 0 : -errno;

        for (const char *name = names; name < names + n; name += strlen(name) + 1) {
                int r = read_attribute(fd, name, node);

                if (r < 0)
                        return r;
        }

        return 0;
}

static void read_flags(int fd, struct node *node)
{
        int flags = 0;

        if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
                return;

        node->flags = (unsigned) flags & KEPT_FLAGS;
        node->guards = (unsigned) flags & (FS_IMMUTABLE_FL | FS_APPEND_FL);
}

/* The name is opened again without following a link; that it is the file that was looked at is checked. */
static int read_file(int directory, const char *name, const struct stat *st, struct node *node)
{
        _cleanup_close_ int fd = -EBADF;
        struct stat opened;
        int r;

        fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &opened) < 0)
                return -errno;
        if (opened.st_dev != st->st_dev || opened.st_ino != st->st_ino || !S_ISREG(opened.st_mode))
                return -EAGAIN;
        if ((uint64_t) opened.st_size > NODE_CAP)
                return -EFBIG;

        r = read_content(fd, node);
        if (r >= 0)
                r = read_attributes(fd, node);
        if (r >= 0)
                read_flags(fd, node);
        return r;
}

static int read_link(int directory, const char *name, struct node *node)
{
        char target[4096];
        ssize_t n = readlinkat(directory, name, target, sizeof(target));

        if (n < 0)
                return -errno;
        if ((size_t) n == sizeof(target))
                return -ENAMETOOLONG;

        node->target = text_dup((struct text){ target, (size_t) n });
        return node->target ? 0 : -ENOMEM;
}

static enum node_type type_of(mode_t mode)
{
        switch (mode & S_IFMT) {
        case S_IFREG:
                return NODE_FILE;
        case S_IFDIR:
                return NODE_DIRECTORY;
        case S_IFLNK:
                return NODE_SYMLINK;
        default:
                return NODE_OTHER;
        }
}

int node_read(int directory, const char *name, struct node *ret)
{
        _cleanup_node_ struct node node = { 0 };
        struct stat st;
        int r = 0;

        if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
                if (errno != ENOENT)
                        return -errno;
                *ret = (struct node){ .type = NODE_MISSING };
                return 0;
        }

        node = (struct node){ .type = type_of(st.st_mode),
                              .mode = st.st_mode & 07777,
                              .uid = st.st_uid,
                              .gid = st.st_gid,
                              .mtime = st.st_mtim,
                              .keeps_mtime = true,
                              .n_links = st.st_nlink,
                              .device = st.st_dev,
                              .inode = st.st_ino };
        if (node.type == NODE_FILE)
                r = read_file(directory, name, &st, &node);
        else if (node.type == NODE_SYMLINK)
                r = read_link(directory, name, &node);
        if (r < 0)
                return r;

        *ret = node;
        node = (struct node){ 0 };
        return 0;
}

int root_read_node(struct root *root, const char *path, struct node *ret)
{
        _cleanup_free_ char *directory = NULL, *name = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = path_split(path, &directory, &name);
        if (r < 0)
                return r;
        fd = root_open_directory(root, directory);
        if (fd < 0)
                return fd;

        return node_read(fd, name, ret);
}

/* The number of the mount that a descriptor is on, see proc_pid_fdinfo(5); 0 where the kernel does not say.
 */
static int mount_of(int fd, unsigned *ret)
{
        char path[sizeof("/proc/self/fdinfo/") + 3 * sizeof(int)], text[1024];
        _cleanup_close_ int info = -EBADF;
        const char *at;
        ssize_t n;

        (void) snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
        info = open(path, O_RDONLY | O_CLOEXEC);
        n = info >= 0 ? read(info, text, sizeof(text) - 1) : -1;
        if (n < 0)
                return 0;

        text[n] = '\0';
        at = strstr(text, "mnt_id:");
        return at && sscanf(at, "mnt_id: %u", ret) == 1;
}

int name_is_mount_point(int directory, const char *name)
{
        _cleanup_close_ int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        unsigned inner, outer;

        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;

        return mount_of(fd, &inner) && mount_of(directory, &outer) && inner != outer;
}
