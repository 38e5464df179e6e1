/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-legacy.h"

#include <string.h>

/* Cuts a line into command and argument. False for blank lines and comments. */
static bool split_line(struct text line, struct text *ret_command, struct text *ret_argument)
{
        struct text rest = text_trim(text_chomp(line));

        if (rest.len == 0 || rest.data[0] == '#' || !text_next_word(&rest, " \t=", ret_command))
                return false;

        while (rest.len > 0 && strchr(" \t=", rest.data[0]) && rest.data[0] != '\0') {
                rest.data++;
                rest.len--;
        }
        *ret_argument = rest;
        return true;
}

/* Options of the command itself ("--no-mem-option") stand before the path. */
static void read_kernel(struct grub_legacy_entry *entry, struct text argument, unsigned line)
{
        struct text rest = argument, word;

        while (text_next_word(&rest, " \t", &word))
                if (!text_starts(word, "--")) {
                        entry->kernel = word;
                        entry->arguments = text_trim(rest);
                        if (entry->arguments.len == 0)
                                entry->arguments = (struct text){ word.data + word.len, 0 };
                        entry->place = entry->arguments;
                        entry->line = line;
                        return;
                }
}

static int take_line(struct grub_legacy *legacy, struct text raw, unsigned line)
{
        struct text command, argument;
        int r;

        if (!split_line(raw, &command, &argument))
                return 0;

        if (text_equal(command, "title")) {
                r = array_grow(&legacy->entries, legacy->n_entries, sizeof(*legacy->entries));
                if (r < 0)
                        return r;
                legacy->entries[legacy->n_entries++] =
                        (struct grub_legacy_entry){ .title = argument, .line = line };
        } else if (legacy->n_entries == 0) {
                if (text_equal(command, "default"))
                        legacy->default_value = argument;
        } else if (text_equal(command, "kernel"))
                read_kernel(&legacy->entries[legacy->n_entries - 1], argument, line);

        return 0;
}

int grub_legacy_parse(struct text content, struct grub_legacy **ret)
{
        _cleanup_grub_legacy_ struct grub_legacy *legacy = NULL;
        struct text rest = content, line;
        unsigned number = 0;
        int r;

        legacy = calloc(1, sizeof(*legacy));
        if (!legacy)
                return -ENOMEM;
        legacy->content = content;

        while (text_next_line(&rest, &line)) {
                r = take_line(legacy, line, ++number);
                if (r < 0)
                        return r;
        }

        *ret = take_ptr(legacy);
        return 0;
}

void grub_legacy_print(const struct grub_legacy *legacy, struct buffer *out)
{
        struct text content = legacy->content;
        const char *end = content.data;

        for (size_t i = 0; i < legacy->n_entries; i++) {
                const struct grub_legacy_entry *entry = &legacy->entries[i];

                if (entry->kernel.len == 0)
                        continue;

                buffer_add(out, end, (size_t) (entry->place.data - end));
                /* Without arguments before, the place is right behind the path. */
                if (entry->place.len == 0 && entry->arguments.len > 0)
                        buffer_add_char(out, ' ');
                buffer_add_text(out, entry->arguments);
                end = entry->place.data + entry->place.len;
        }
        buffer_add(out, end, content.len - (size_t) (end - content.data));
}

int grub_legacy_set_arguments(struct grub_legacy_entry *entry, struct text text)
{
        if (entry->kernel.len == 0 || text_has_nul(text) || text_contains(text, "\n") ||
            text_contains(text, "\r"))
                return -EINVAL;

        entry->arguments = text;
        return 0;
}

int grub_legacy_default(const struct grub_legacy *legacy, size_t *ret_index)
{
        uint64_t index = 0;

        if (legacy->default_value.len > 0 && text_parse_u64(legacy->default_value, &index) < 0)
                return -ENODATA;
        if (index >= legacy->n_entries)
                return -ENODATA;

        *ret_index = (size_t) index;
        return 0;
}

struct grub_legacy *grub_legacy_free(struct grub_legacy *legacy)
{
        if (legacy)
                free(legacy->entries);
        free(legacy);
        return NULL;
}
