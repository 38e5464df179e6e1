/* SPDX-License-Identifier: Apache-2.0 */
#include "roots.h"

#include <fcntl.h>
#include <ftw.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

/* What git cannot keep: done to the copy of a case's root, in the order of the file. Paths are the test's
 * own; the tree is a private temporary directory. */

static int make_parents(const char *path)
{
        _cleanup_free_ char *copy = strdup(path);

        if (!copy)
                return -ENOMEM;
        for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
                *slash = '\0';
                if (mkdir(copy, 0755) < 0 && errno != EEXIST)
                        return -errno;
                *slash = '/';
        }

        return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
        while (len > 0) {
                ssize_t n = write(fd, data, len);

                if (n < 0)
                        return -errno;
                data += n;
                len -= (size_t) n;
        }

        return 0;
}

static int write_file(const char *path, const char *data, size_t len, uint64_t times)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        int r = fd < 0 ? -errno : 0;

        for (uint64_t i = 0; i < times && r >= 0; i++)
                r = write_all(fd, data, len);

        return r;
}

static int do_write(const char *path, struct json_object *step)
{
        struct text text;
        int r = json_get_text(step, "text", &text);

        return r < 0 ? r : write_file(path, text.data, text.len, 1);
}

static int do_repeat(const char *path, struct json_object *step)
{
        struct text text;
        int64_t count;
        int r = json_get_text(step, "text", &text);

        if (r >= 0)
                r = json_get_int(step, "count", &count);

        return r < 0 ? r : write_file(path, text.data, text.len, (uint64_t) count);
}

static int hex_digit(char c)
{
        const char *digits = "0123456789abcdef";
        const char *at = c != '\0' ? strchr(digits, c) : NULL;

        return at ? (int) (at - digits) : -EINVAL;
}

static int do_write_hex(const char *path, struct json_object *step)
{
        _cleanup_buffer_ struct buffer bytes = { 0 };
        struct text hex;
        int r = json_get_text(step, "hex", &hex);

        if (r < 0 || hex.len % 2 != 0)
                return -EINVAL;
        for (size_t i = 0; i < hex.len; i += 2) {
                int high = hex_digit(hex.data[i]), low = hex_digit(hex.data[i + 1]);

                if (high < 0 || low < 0)
                        return -EINVAL;
                buffer_add_char(&bytes, (char) (high << 4 | low));
        }

        return bytes.failed ? -ENOMEM : write_file(path, bytes.data, bytes.len, 1);
}

static int do_mkfifo(const char *path, struct json_object *step)
{
        return mkfifo(path, 0644) < 0 ? -errno : 0;
}

static int do_mkdir(const char *path, struct json_object *step)
{
        return mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

/* "to" names the file in the same tree that gets a second name; the tree is what stands before "path". */
static int do_hardlink(const char *path, struct json_object *step)
{
        _cleanup_free_ char *inside = NULL, *to = NULL, *target = NULL;
        int r = json_dup_string(step, "path", &inside);

        if (r >= 0)
                r = json_dup_string(step, "to", &to);
        if (r < 0)
                return r;
        target = string_format("%.*s%s", (int) (strlen(path) - strlen(inside)), path, to);
        if (!target)
                return -ENOMEM;

        return link(target, path) < 0 ? -errno : 0;
}

static int do_symlink(const char *path, struct json_object *step)
{
        _cleanup_free_ char *to = NULL;
        int r = json_dup_string(step, "to", &to);

        if (r < 0)
                return r;
        if (unlink(path) < 0 && errno != ENOENT)
                return -errno;

        return symlink(to, path) < 0 ? -errno : 0;
}

static int do_chmod(const char *path, struct json_object *step)
{
        _cleanup_free_ char *mode = NULL;
        int r = json_dup_string(step, "mode", &mode);

        return r < 0 ? r : chmod(path, (mode_t) strtoul(mode, NULL, 8)) < 0 ? -errno : 0;
}

static int do_truncate(const char *path, struct json_object *step)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        int64_t size;
        int r = json_get_int(step, "size", &size);

        if (r < 0)
                return r;

        return fd < 0 || ftruncate(fd, size) < 0 ? -errno : 0;
}

static int do_socket(const char *path, struct json_object *step)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        strcpy(address.sun_path, path);

        return fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0 ? -errno : 0;
}

static int do_mtime(const char *path, struct json_object *step)
{
        struct timespec times[2] = { 0 };
        int64_t seconds;
        int r = json_get_int(step, "seconds", &seconds);

        if (r < 0)
                return r;
        times[0].tv_sec = times[1].tv_sec = seconds;

        return utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int do_mknod(const char *path, struct json_object *step)
{
        _cleanup_free_ char *type = NULL;
        int64_t major_number, minor_number;
        mode_t mode;
        int r;

        r = json_dup_string(step, "type", &type);
        if (r >= 0)
                r = json_get_int(step, "major", &major_number);
        if (r >= 0)
                r = json_get_int(step, "minor", &minor_number);
        if (r < 0)
                return r;
        mode = string_equal(type, "b") ? S_IFBLK : S_IFCHR;

        return mknod(path, mode | 0666, makedev((unsigned) major_number, (unsigned) minor_number)) < 0
                       ? -errno
                       : 0;
}

static int set_immutable(const char *path, bool on)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
        int flags;

        if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
                return -errno;
        flags = on ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;

        return ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0 ? -errno : 0;
}

static int do_chattr(const char *path, struct json_object *step)
{
        return set_immutable(path, true);
}

static const struct {
        const char *name;
        int (*run)(const char *path, struct json_object *step);
} actions[] = {
        { "chattr", do_chattr },      { "chmod", do_chmod },       { "hardlink", do_hardlink },
        { "mkdir", do_mkdir },        { "mkfifo", do_mkfifo },     { "mknod", do_mknod },
        { "mtime", do_mtime },        { "repeat", do_repeat },     { "socket", do_socket },
        { "symlink", do_symlink },    { "truncate", do_truncate }, { "write", do_write },
        { "writeHex", do_write_hex },
};

int setup_step(const char *tree, struct json_object *step)
{
        _cleanup_free_ char *what = NULL;
        _cleanup_free_ char *inside = NULL;
        _cleanup_free_ char *path = NULL;
        int r;

        r = json_dup_string(step, "do", &what);
        if (r >= 0)
                r = json_dup_string(step, "path", &inside);
        if (r < 0)
                return r;
        path = string_format("%s/%s", tree, inside);
        r = path ? make_parents(path) : -ENOMEM;
        if (r < 0)
                return r;

        for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
                if (string_equal(what, actions[i].name))
                        return actions[i].run(path, step);

        return -EOPNOTSUPP;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
        if (S_ISREG(st->st_mode) && remove(path) < 0)
                (void) set_immutable(path, false);

        (void) remove(path);
        return 0;
}

void remove_tree(const char *path)
{
        (void) nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
