/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/devices-internal.h"

#include "engine/context.h"

#include <string.h>

/* The names that drivers give in the order of discovery, and those that hang on a slot or a serial number. */
bool device_name_is_unstable(struct text source)
{
        static const char *const prefixes[] = {
                "/dev/sd",          "/dev/vd", "/dev/xvd", "/dev/hd", "/dev/nvme", "/dev/disk/by-path/",
                "/dev/disk/by-id/", "ID=",     NULL,
        };

        for (const char *const *prefix = prefixes; *prefix; prefix++)
                if (text_starts(source, *prefix) && source.len > strlen(*prefix))
                        return true;

        return false;
}

/* A hyphen in a name of LVM is doubled in that of the mapper; see lvm(8). */
static void add_doubled(struct buffer *out, struct text name)
{
        for (size_t i = 0; i < name.len; i++) {
                if (name.data[i] == '-')
                        buffer_add_char(out, '-');
                buffer_add_char(out, name.data[i]);
        }
}

int device_parse_mapper(struct text source, char **ret_name)
{
        /* Directories of /dev that are no volume groups. */
        static const char *const others[] = { "disk", "block", "char",  "md", "pts",
                                              "shm",  "nbd",   "cciss", NULL };
        _cleanup_buffer_ struct buffer name = { 0 };
        struct text group, volume, rest = source;
        size_t len;

        if (!text_starts(source, "/dev/"))
                return -EINVAL;
        rest.data += strlen("/dev/");
        rest.len -= strlen("/dev/");
        if (!text_split(rest, '/', &group, &volume) || group.len == 0 || volume.len == 0 ||
            memchr(volume.data, '/', volume.len))
                return -EINVAL;

        if (text_equal(group, "mapper"))
                buffer_add_text(&name, volume);
        else {
                for (const char *const *other = others; *other; other++)
                        if (text_equal(group, *other))
                                return -EINVAL;
                add_doubled(&name, group);
                buffer_add_char(&name, '-');
                add_doubled(&name, volume);
        }

        return buffer_finish(&name, ret_name, &len);
}

/* Several devices of one name: the first on the system disk speaks for an image (the machine that looks at it
 * may have been made from the same image), the first elsewhere for a live system, where the kernel may take
 * either. */
static int find_tag(const struct devices *devices, enum device_tag tag, const char *value,
                    const struct block_device **ret, size_t *ret_n)
{
        const struct block_device *found = NULL;
        size_t n = 0, n_system = 0;

        for (size_t i = 0; i < devices->n; i++) {
                const struct block_device *device = &devices->items[i];

                if (!device->tags[tag] || !string_equal(device->tags[tag], value))
                        continue;
                n++;
                n_system += device->on_system_disk;
                if (!found || device->on_system_disk == devices->foreign)
                        found = device;
        }
        if (!found)
                return devices->known[tag] ? -ENODEV : -ENODATA;

        *ret = found;
        *ret_n = devices->foreign && n_system > 0 ? n_system : n;
        return 0;
}

static const struct block_device *find_mapper(const struct devices *devices, const char *name)
{
        for (size_t i = 0; i < devices->n; i++)
                if (devices->items[i].mapper && string_equal(devices->items[i].mapper, name))
                        return &devices->items[i];

        return NULL;
}

static int find_by_mapper(const struct devices *devices, struct text source, const struct block_device **ret)
{
        _cleanup_free_ char *name = NULL;
        int r;

        r = device_parse_mapper(source, &name);
        if (r < 0)
                return r == -EINVAL ? -ENODEV : r;

        *ret = find_mapper(devices, name);
        return *ret ? 0 : -ENODEV;
}

/* Whether a link that is not there says that the device is not there: only when the directory is. */
static int missing_path(const struct devices *devices, const char *path)
{
        _cleanup_free_ char *directory = strdup(path);
        int r;

        if (!directory)
                return -ENOMEM;
        *strrchr(directory, '/') = '\0';
        if (!text_starts(text_from_string(directory), "/dev/disk/"))
                return devices->n > 0 ? -ENODEV : -ENODATA;

        r = root_exists(devices->root, directory);
        return r < 0 ? r : r == 0 ? -ENODATA : -ENODEV;
}

static int find_path(const struct devices *devices, const char *path, const struct block_device **ret)
{
        const char *resolved;
        bool exists;
        int r;

        r = find_by_mapper(devices, text_from_string(path), ret);
        if (r != -ENODEV)
                return r;
        /* On another machine that name means another disk. */
        if (devices->foreign)
                return -ENODATA;

        r = root_resolve(devices->root, path, &resolved, &exists);
        if (r < 0)
                return r == -ENOTDIR ? missing_path(devices, path) : r;
        *ret = devices_by_name(devices, device_base_name(resolved));
        if (*ret)
                return 0;

        return exists ? -ENODATA : missing_path(devices, path);
}

int devices_find(const struct devices *devices, struct text source, const struct block_device **ret,
                 size_t *ret_n)
{
        _cleanup_free_ char *value = NULL, *path = NULL;
        const struct block_device *device;
        enum device_tag tag;
        size_t n = 1;
        int r;

        r = device_parse_tag(source, &tag, &value);
        if (r >= 0)
                r = find_tag(devices, tag, value, &device, &n);
        else if (r == -EINVAL) {
                path = text_starts(source, "ID=")
                               ? string_format("/dev/disk/by-id/%.*s", (int) source.len - 3, source.data + 3)
                               : text_dup(source);
                if (!path)
                        return -ENOMEM;
                r = text_starts(text_from_string(path), "/dev/") ? find_path(devices, path, &device)
                                                                 : -ENODATA;
        }
        if (r < 0)
                return r;

        *ret = device;
        if (ret_n)
                *ret_n = n;
        return 0;
}

int devices_find_source(struct context *context, struct text source, const struct block_device **ret,
                        size_t *ret_n)
{
        const struct devices *devices;
        int r;

        r = devices_get(context, &devices);
        if (r < 0)
                return r;
        r = devices_find(devices, source, ret, ret_n);
        if (r != -ENODATA || !devices->foreign)
                return r;
        if (ret_n)
                *ret_n = 1;

        return devices_find_own(context, devices, source, ret);
}

int devices_locate(struct context *context, const struct fstab_line *entry, enum device_place *ret,
                   const struct block_device **ret_device)
{
        const struct block_device *device = NULL;
        const struct devices *devices;
        int r;

        *ret = DEVICE_NOT_SHOWN;
        *ret_device = NULL;
        r = devices_get(context, &devices);
        if (r < 0)
                return r == -ENOMEDIUM ? 0 : r;

        r = devices_find_source(context, entry->spec, &device, NULL);
        if (r == -ENODATA)
                return 0;
        if (r < 0 && r != -ENODEV)
                return r;

        *ret_device = device;
        /* What this machine does not have may be on a disk of the image that is not attached. */
        if (!device)
                *ret = devices->foreign ? DEVICE_NOT_SHOWN : DEVICE_MISSING;
        else if (device->on_system_disk)
                *ret = DEVICE_ON_SYSTEM_DISK;
        else if (devices->system_disk)
                *ret = DEVICE_ELSEWHERE;
        return 0;
}
