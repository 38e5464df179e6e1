/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/publish.h"
#include "base/random.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static int write_file(int fd, struct text content, mode_t mode)
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

        return fchmod(fd, mode) < 0 ? -errno : 0;
}

int publish_report(const char *directory, struct text content, mode_t mode)
{
        char name[sizeof("." REPORT_NAME ".") + RANDOM_NAME_SIZE], random[RANDOM_NAME_SIZE];
        _cleanup_close_ int place = -EBADF, fd = -EBADF;
        int r;

        place = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (place < 0)
                return -errno;
        r = random_name(random);
        if (r < 0)
                return r;
        (void) snprintf(name, sizeof(name), "." REPORT_NAME ".%s", random);

        fd = openat(place, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = write_file(fd, content, mode);
        if (r >= 0 && renameat(place, name, place, REPORT_NAME) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(place, name, 0);

        return r;
}

void publish_nothing(const char *directory)
{
        _cleanup_close_ int place = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (place >= 0)
                (void) unlinkat(place, REPORT_NAME, 0);
}
