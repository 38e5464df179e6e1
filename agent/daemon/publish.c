/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/publish.h"
#include "base/files.h"

#include <fcntl.h>

int publish_report(const char *directory, struct text content, mode_t mode)
{
        _cleanup_close_ int place = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

        return place < 0 ? -errno : file_replace(place, REPORT_NAME, content, mode, FILE_SAME_GROUP);
}

void publish_mark(const char *directory, const char *name, bool there)
{
        _cleanup_close_ int place = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_close_ int file = -EBADF;

        if (place < 0)
                return;
        if (there)
                file = openat(place, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
        else
                (void) unlinkat(place, name, 0);
}

void publish_nothing(const char *directory)
{
        _cleanup_close_ int place = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (place >= 0)
                (void) unlinkat(place, REPORT_NAME, 0);
}
