/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox/sinks.h"
#include "engine/config.h"

#include <string.h>

static void add_string(struct buffer *out, const char *string)
{
        buffer_add(out, string, strlen(string) + 1);
}

int outbox_read_sinks(struct root *root, const char *file, struct buffer *ret)
{
        _cleanup_config_sections_ struct config_sections sections = { 0 };
        int r;

        r = config_read_sections(root, file, &sections);
        if (r < 0)
                return r;
        for (size_t i = 0; i < sections.n; i++) {
                const struct config_section *section = &sections.items[i];

                if (!string_equal(section->kind, "Sink"))
                        continue;
                add_string(ret, section->name);
                for (size_t j = 0; j < section->n_settings; j++) {
                        add_string(ret, section->settings[j].key);
                        add_string(ret, section->settings[j].value);
                }
                add_string(ret, "");
        }

        return ret->failed ? -ENOMEM : 0;
}
