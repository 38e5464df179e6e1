/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/devices-internal.h"

#include <string.h>

static const struct {
        const char *name;      /* in fstab */
        const char *property;  /* in udev's data base */
        const char *directory; /* of udev's links */
} tags[] = {
        [DEVICE_UUID] = { "UUID", "E:ID_FS_UUID_ENC", "/dev/disk/by-uuid" },
        [DEVICE_LABEL] = { "LABEL", "E:ID_FS_LABEL_ENC", "/dev/disk/by-label" },
        [DEVICE_PARTUUID] = { "PARTUUID", "E:ID_PART_ENTRY_UUID", "/dev/disk/by-partuuid" },
        [DEVICE_PARTLABEL] = { "PARTLABEL", "E:ID_PART_ENTRY_NAME", "/dev/disk/by-partlabel" },
};
_Static_assert(ARRAY_SIZE(tags) == DEVICE_TAG_COUNT, "a row for each tag");

const char *device_tag_name(enum device_tag tag)
{
        return tags[tag].name;
}

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;

        return -1;
}

char *device_unescape(struct text text)
{
        char *string = malloc(text.len + 1);
        size_t n = 0;

        if (!string)
                return NULL;

        for (size_t i = 0; i < text.len; i++) {
                const char *s = text.data + i;

                if (text.len - i > 3 && s[0] == '\\' && s[1] == 'x' && hex_digit(s[2]) >= 0 &&
                    hex_digit(s[3]) >= 0) {
                        string[n++] = (char) (hex_digit(s[2]) << 4 | hex_digit(s[3]));
                        i += 3;
                } else
                        string[n++] = *s;
        }
        string[n] = '\0';
        return string;
}

static int set_tag(struct block_device *device, enum device_tag tag, struct text value)
{
        char *string;

        if (device->tags[tag] || value.len == 0)
                return 0;

        string = device_unescape(value);
        if (!string)
                return -ENOMEM;
        device->tags[tag] = string;
        return 0;
}

static int set_property(struct block_device *device, struct text name, struct text value)
{
        for (enum device_tag tag = 0; tag < DEVICE_TAG_COUNT; tag++)
                if (text_equal(name, tags[tag].property))
                        return set_tag(device, tag, value);

        if (text_equal(name, "E:ID_FS_TYPE") && !device->type) {
                device->type = text_dup(value);
                if (!device->type)
                        return -ENOMEM;
        }

        return 0;
}

int device_read_udev(struct root *root, struct block_device *device)
{
        _cleanup_free_ char *path = string_format("/run/udev/data/b%s", device->number);
        struct text rest, line, name, value;
        const struct root_file *file;
        int r;

        if (!path)
                return -ENOMEM;
        /* It holds times of events as well: volatile, and what counts in it is in the links too. */
        r = root_read_flags(root, path, 0, ROOT_VOLATILE, &file);
        if (r < 0)
                return r == -ENOENT || r == -ENOTDIR ? 0 : r;

        rest = file->content;
        while (text_next_line(&rest, &line)) {
                if (!text_split(text_chomp(line), '=', &name, &value))
                        continue;
                r = set_property(device, name, value);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int read_link(struct devices *devices, enum device_tag tag, const char *name)
{
        _cleanup_free_ char *path = string_format("%s/%s", tags[tag].directory, name);
        const struct block_device *device;
        const char *target;
        int r;

        if (!path)
                return -ENOMEM;
        r = root_readlink(devices->root, path, &target);
        if (r < 0)
                return r == -EINVAL || r == -ENOENT ? 0 : r;

        device = devices_by_name(devices, device_base_name(target));
        return device ? set_tag((struct block_device *) device, tag, text_from_string(name)) : 0;
}

int devices_read_links(struct devices *devices)
{
        for (enum device_tag tag = 0; tag < DEVICE_TAG_COUNT; tag++) {
                const char *const *names;
                size_t n_names;
                int r;

                r = root_list(devices->root, tags[tag].directory, &names, &n_names);
                if (r == -ENOENT || r == -ENOTDIR)
                        continue;
                if (r < 0)
                        return r;

                devices->known[tag] = true;
                for (size_t i = 0; i < n_names; i++) {
                        r = read_link(devices, tag, names[i]);
                        if (r < 0)
                                return r;
                }
        }

        return 0;
}

static bool split_tag(struct text source, enum device_tag *ret_tag, struct text *ret_value)
{
        struct text name, value;

        if (!text_split(source, '=', &name, &value))
                return false;
        if (value.len >= 2 && (value.data[0] == '"' || value.data[0] == '\'') &&
            value.data[value.len - 1] == value.data[0]) {
                value.data++;
                value.len -= 2;
        }

        for (enum device_tag tag = 0; tag < DEVICE_TAG_COUNT; tag++)
                if (text_equal(name, tags[tag].name)) {
                        *ret_tag = tag;
                        *ret_value = value;
                        return true;
                }

        return false;
}

static bool split_link(struct text source, enum device_tag *ret_tag, struct text *ret_value)
{
        for (enum device_tag tag = 0; tag < DEVICE_TAG_COUNT; tag++) {
                size_t len = strlen(tags[tag].directory);

                if (text_starts(source, tags[tag].directory) && source.len > len + 1 &&
                    source.data[len] == '/') {
                        *ret_tag = tag;
                        *ret_value = (struct text){ source.data + len + 1, source.len - len - 1 };
                        return true;
                }
        }

        return false;
}

int device_parse_tag(struct text source, enum device_tag *ret_tag, char **ret_value)
{
        struct text value;

        if (split_tag(source, ret_tag, &value))
                *ret_value = text_dup(value);
        else if (split_link(source, ret_tag, &value))
                *ret_value = device_unescape(value);
        else
                return -EINVAL;

        return *ret_value ? 0 : -ENOMEM;
}
