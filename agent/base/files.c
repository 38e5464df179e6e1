/* SPDX-License-Identifier: Apache-2.0 */
#include "base/files.h"
#include "base/random.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { NAMES_MAX = 16 * 1024 }; /* of a directory, where it is looked through */

static int read_all(int fd, size_t cap, struct buffer *content)
{
        char block[16 * 1024];

        for (;;) {
                ssize_t n = read(fd, block, sizeof(block));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        return content->failed ? -ENOMEM : 0;
                if ((size_t) n > cap - content->len)
                        return -EFBIG;
                buffer_add(content, block, (size_t) n);
        }
}

int file_read(int directory, const char *name, size_t cap, char **ret, size_t *ret_len,
              struct file_identity *ret_identity)
{
        /* Not to be made to wait, whatever lies there. */
        _cleanup_close_ int fd =
                openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        _cleanup_buffer_ struct buffer content = { 0 };
        struct stat st;
        int r;

        if (fd < 0)
                return errno == ELOOP || errno == ENXIO ? -EBADF : -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADF;

        r = read_all(fd, cap, &content);
        if (r >= 0)
                r = buffer_finish(&content, ret, ret_len);
        if (r >= 0 && ret_identity)
                *ret_identity = (struct file_identity){ st.st_dev, st.st_ino };

        return r;
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

static int fill(int fd, struct text content, mode_t mode, gid_t group)
{
        int r = write_all(fd, content);

        if (r < 0)
                return r;
        if (group != FILE_SAME_GROUP && fchown(fd, (uid_t) -1, group) < 0)
                return -errno;

        return fchmod(fd, mode) < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int sync_directory_of(int directory)
{
        _cleanup_close_ int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

int file_replace_from(int workshop, int directory, const char *name, struct text content, mode_t mode,
                      gid_t group)
{
        char random[RANDOM_NAME_SIZE];
        _cleanup_free_ char *temporary = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = random_name(random);
        if (r < 0)
                return r;
        temporary = string_format(".%s.%s", name, random);
        if (!temporary)
                return -ENOMEM;

        fd = openat(workshop, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = fill(fd, content, mode, group);
        if (r >= 0 && renameat(workshop, temporary, directory, name) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlinkat(workshop, temporary, 0);
                return r;
        }

        return sync_directory_of(directory);
}

int file_replace(int directory, const char *name, struct text content, mode_t mode, gid_t group)
{
        return file_replace_from(directory, directory, name, content, mode, group);
}

static bool is_left_of(struct text entry, struct text name)
{
        size_t begin = name.len + 2;

        if (entry.len != begin + RANDOM_NAME_SIZE - 1 || entry.data[0] != '.' ||
            memcmp(entry.data + 1, name.data, name.len) != 0 || entry.data[begin - 1] != '.')
                return false;
        for (size_t i = begin; i < entry.len; i++)
                if (!memchr("0123456789abcdef", entry.data[i], 16))
                        return false;

        return true;
}

void file_remove_left(int directory, const char *name)
{
        _cleanup_close_ int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *names = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *item;

        if (!names)
                return;
        (void) take_fd(&fd);
        for (size_t n = 0; n < NAMES_MAX && (item = readdir(names)); n++)
                if (is_left_of(text_from_string(item->d_name), text_from_string(name)))
                        (void) unlinkat(directory, item->d_name, 0);
        (void) closedir(names);
}
