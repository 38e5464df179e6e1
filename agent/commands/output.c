/* SPDX-License-Identifier: Apache-2.0 */
#include "base/files.h"
#include "commands/command.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

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
        /* Whoever collects it is somebody else, whatever the umask. */
        if (r >= 0)
                r = file_replace(directory, name, (struct text){ out->data, out->len }, 0644,
                                 FILE_SAME_GROUP);

        return r < 0 ? fail(EXIT_REFUSED, "cannot write '%s': %s", file, describe(r)) : code;
}
