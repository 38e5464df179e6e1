/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/key-file.h"

#include <string.h>

static bool is_space(char c)
{
        return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct text strip(struct text text)
{
        while (text.len > 0 && is_space(text.data[0])) {
                text.data++;
                text.len--;
        }
        while (text.len > 0 && is_space(text.data[text.len - 1]))
                text.len--;

        return text;
}

static bool is_group(struct text line)
{
        return line.len > 2 && line.data[0] == '[' && line.data[line.len - 1] == ']' &&
               !memchr(line.data, ']', line.len - 1) && !memchr(line.data + 1, '[', line.len - 1);
}

static int add_entry(struct key_file *file, struct key_file_entry entry)
{
        if (array_grow(&file->entries, file->n_entries, sizeof(entry)) < 0)
                return -ENOMEM;

        file->entries[file->n_entries++] = entry;
        return 0;
}

/* One line; group is the current one and follows the group lines. */
static int parse_line(struct key_file *file, struct text line, unsigned number, struct text *group)
{
        struct key_file_entry entry = { .line = number };
        struct text key, value;

        line = strip(line);
        if (line.len == 0 || line.data[0] == '#')
                return 0;

        if (is_group(line)) {
                *group = (struct text){ line.data + 1, line.len - 2 };
                entry.group = *group;
                return add_entry(file, entry);
        }

        /* A key in front of the first group is as invalid as a line without "=". */
        if (group->len == 0 || !text_split(line, '=', &key, &value) || strip(key).len == 0)
                return -EBADMSG;

        entry.group = *group;
        entry.key = strip(key);
        entry.value = strip(value);
        return add_entry(file, entry);
}

int key_file_parse(const char *data, size_t len, struct key_file **ret, unsigned *reterr_line)
{
        _cleanup_key_file_ struct key_file *file = calloc(1, sizeof(*file));
        struct text rest, line, group = { 0 };
        unsigned number = 0;
        int r;

        if (!file)
                return -ENOMEM;
        file->data = malloc(len + 1);
        if (!file->data)
                return -ENOMEM;
        if (len > 0)
                memcpy(file->data, data, len);

        rest = (struct text){ file->data, len };
        while (text_next_line(&rest, &line)) {
                r = parse_line(file, line, ++number, &group);
                if (r == -EBADMSG)
                        *reterr_line = number;
                if (r < 0)
                        return r;
        }

        *ret = take_ptr(file);
        return 0;
}

struct key_file *key_file_free(struct key_file *file)
{
        if (!file)
                return NULL;

        free(file->entries);
        free(file->data);
        free(file);
        return NULL;
}

const struct key_file_entry *key_file_find(const struct key_file *file, const char *group, const char *key)
{
        for (size_t i = file->n_entries; i > 0; i--) {
                const struct key_file_entry *entry = &file->entries[i - 1];

                if (text_equal(entry->group, group) && text_equal(entry->key, key))
                        return entry;
        }

        return NULL;
}

struct text key_file_get(const struct key_file *file, const char *group, const char *key)
{
        const struct key_file_entry *entry = key_file_find(file, group, key);

        return entry ? entry->value : TEXT("");
}
