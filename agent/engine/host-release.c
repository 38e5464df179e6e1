/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/host.h"
#include "engine/root.h"

#include <string.h>

static int set(char **target, struct text value)
{
        if (value.len >= 2 && (value.data[0] == '"' || value.data[0] == '\''))
                value = (struct text){ value.data + 1, value.len - 2 };
        free(*target);
        *target = text_dup(value);
        return *target ? 0 : -ENOMEM;
}

int host_read_release(struct root *root, struct host *host)
{
        const struct root_file *file;
        struct text rest = { 0 }, line, name, value;
        int r;

        r = root_read(root, "/etc/os-release", &file);
        if (r == -ENOMEM)
                return r;
        if (r >= 0)
                rest = file->content;

        r = 0;
        while (r >= 0 && text_next_line(&rest, &line)) {
                if (!text_split(text_chomp(line), '=', &name, &value))
                        continue;
                if (text_equal(name, "ID"))
                        r = set(&host->os_id, value);
                else if (text_equal(name, "VERSION_ID"))
                        r = set(&host->os_version, value);
                else if (text_equal(name, "PRETTY_NAME"))
                        r = set(&host->os_name, value);
        }
        if (r >= 0 && !host->os_id)
                r = set(&host->os_id, TEXT(""));
        if (r >= 0 && !host->os_version)
                r = set(&host->os_version, TEXT(""));
        if (r >= 0 && !host->os_name)
                r = set(&host->os_name, TEXT(""));

        return r;
}
