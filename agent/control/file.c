/* SPDX-License-Identifier: Apache-2.0 */
#include "base/files.h"
#include "control/sink.h"

#include <fcntl.h>
#include <string.h>

/* The newest report in a file, for whoever picks files up. The same event once more is the same file, so that
 * a crash in between does no harm. */

static int write_event(const char *path, struct text content)
{
        const char *name = strrchr(path, '/') + 1;
        _cleanup_free_ char *directory = text_dup((struct text){ path, (size_t) (name - path) });
        _cleanup_close_ int fd = -EBADF;

        if (!directory)
                return -ENOMEM;
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return -errno;
        file_remove_left(fd, name);

        return file_replace(fd, name, content, 0644, FILE_SAME_GROUP);
}

static int deliver(const struct sink *sink, const struct event *event, struct sink_result *ret)
{
        const char *path = sink_setting(sink, "path");
        _cleanup_buffer_ struct buffer content = { 0 };
        int r;

        *ret = (struct sink_result){ .delivery = DELIVERY_DONE, .retry_after = -1 };
        r = event_to_cloudevent(event, 0, &content);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return sink_answer(ret, DELIVERY_PARK, -1, "it cannot be made an event: %s", strerror(-r));
        buffer_add_char(&content, '\n');
        if (content.failed)
                return -ENOMEM;

        r = write_event(path, (struct text){ content.data, content.len });
        if (r == -ENOMEM || r >= 0)
                return r;
        return sink_answer(ret, DELIVERY_RETRY, -1, "cannot write %s: %s", path, strerror(-r));
}

static const struct sink_key keys[] = {
        { "path", true, sink_check_path, "a path that begins with /",
          "The file that holds the newest report. Its directory is one that the user ecs-guest-agent may "
          "write "
          "to." },
        { NULL },
};

const struct sink_kind sink_file = {
        .type = "file", .keys = keys, .local = true, .newest_only = true, .deliver = deliver
};
