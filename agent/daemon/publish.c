/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/publish.h"
#include "base/files.h"

#include <fcntl.h>

int publish_report(const char *directory, struct text content, mode_t mode)
{
        _cleanup_close_ int place = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

        return place < 0 ? -errno : file_replace(place, REPORT_NAME, content, mode, FILE_SAME_GROUP);
}

void publish_nothing(const char *directory)
{
        _cleanup_close_ int place = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (place >= 0)
                (void) unlinkat(place, REPORT_NAME, 0);
}
