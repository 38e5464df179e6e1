/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "commands/command.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int write_whole(int fd, struct text content)
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
        /* Whoever collects it is somebody else, whatever the umask. */
        if (fchmod(fd, 0644) < 0 || fsync(fd) < 0)
                return -errno;

        return 0;
}

/* Neither a link, which might lead anywhere, nor a device or a pipe is taken for a place to put a file. */
static int check_target(int directory, const char *name)
{
        struct stat status;

        if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (S_ISDIR(status.st_mode))
                return -EISDIR;

        return S_ISLNK(status.st_mode) ? -ELOOP : S_ISREG(status.st_mode) ? 0 : -EEXIST;
}

static int put_in_place(int directory, const char *name, struct text content)
{
        char random[RANDOM_NAME_SIZE], temporary[sizeof(".agentctl.") + RANDOM_NAME_SIZE];
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = random_name(random);
        if (r < 0)
                return r;
        (void) snprintf(temporary, sizeof(temporary), ".agentctl.%s", random);
        fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = write_whole(fd, content);
        if (r >= 0 && renameat(directory, temporary, directory, name) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(directory, temporary, 0);

        return r;
}

static const char *describe(int error)
{
        switch (error) {
        case -ELOOP:
                return "it is a symbolic link, which is not followed";
        case -EEXIST:
                return "it is no regular file";
        default:
                return strerror(-error);
        }
}

int write_output(const char *file, struct buffer *out, int code)
{
        const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
        _cleanup_free_ char *place = NULL;
        _cleanup_close_ int directory = -EBADF;
        int r;

        place = slash ? strndup(file, (size_t) (slash - file) + 1) : strdup(".");
        if (out->failed || !place)
                return fail_memory();
        directory = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = directory < 0 ? -errno : name[0] ? check_target(directory, name) : -EISDIR;
        if (r >= 0)
                r = put_in_place(directory, name, (struct text){ out->data, out->len });
        if (r >= 0 && fsync(directory) < 0)
                r = -errno;

        return r < 0 ? fail(EXIT_REFUSED, "cannot write '%s': %s", file, describe(r)) : code;
}
