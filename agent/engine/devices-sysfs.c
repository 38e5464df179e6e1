/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/devices-internal.h"
#include "formats/mountinfo.h"

#include <string.h>

static bool is_missing(int error)
{
        return error == -ENOENT || error == -ENOTDIR;
}

/* The first line of a small file of sysfs; empty when it is not there. */
static int read_attribute(struct root *root, const char *name, const char *attribute, struct text *ret)
{
        _cleanup_free_ char *path = string_format(SYS_BLOCK "/%s/%s", name, attribute);
        const struct root_file *file;
        int r;

        if (!path)
                return -ENOMEM;
        *ret = TEXT("");
        r = root_read(root, path, &file);
        if (r < 0)
                return is_missing(r) ? 0 : r;

        *ret = text_chomp(file->content);
        return 0;
}

/* Whole disks are found from the device downwards. Names are added at the end while the front is looked at,
 * each name once, so that neither a loop nor a lattice of devices takes long. */
struct search {
        char **names;
        size_t n;
};

static void search_done(struct search *search)
{
        for (size_t i = 0; i < search->n; i++)
                free(search->names[i]);
        free(search->names);
}

static int search_add(struct search *search, struct text name)
{
        char *copy;
        int r;

        for (size_t i = 0; i < search->n; i++)
                if (text_equal(name, search->names[i]))
                        return 0;

        r = array_grow(&search->names, search->n, sizeof(*search->names));
        if (r < 0)
                return r;
        copy = text_dup(name);
        if (!copy)
                return -ENOMEM;
        search->names[search->n++] = copy;
        return 0;
}

/* 1 when there are any. */
static int add_slaves(struct root *root, struct search *search, const char *name)
{
        _cleanup_free_ char *path = string_format(SYS_BLOCK "/%s/slaves", name);
        const char *const *names;
        size_t n_names;
        int r;

        if (!path)
                return -ENOMEM;
        r = root_list(root, path, &names, &n_names);
        if (r < 0)
                return is_missing(r) ? 0 : r;

        for (size_t i = 0; i < n_names; i++) {
                r = search_add(search, text_from_string(names[i]));
                if (r < 0)
                        return r;
        }

        return n_names > 0;
}

/* A partition's directory lies in that of its disk. 1 when it is one. */
static int add_parent(struct root *root, struct search *search, const char *name)
{
        _cleanup_free_ char *path = string_format(SYS_BLOCK "/%s", name), *parent = NULL;
        const char *resolved;
        struct text partition;
        int r;

        r = path ? read_attribute(root, name, "partition", &partition) : -ENOMEM;
        if (r < 0 || partition.len == 0)
                return r;
        r = root_resolve(root, path, &resolved, NULL);
        if (r < 0)
                return r;

        parent = strdup(resolved);
        if (!parent)
                return -ENOMEM;
        *strrchr(parent, '/') = '\0';
        r = search_add(search, device_base_name(parent));
        return r < 0 ? r : 1;
}

static int add_disk(struct block_device *device, const char *name)
{
        int r;

        r = array_grow(&device->disks, device->n_disks, sizeof(*device->disks));
        if (r < 0)
                return r;
        device->disks[device->n_disks] = strdup(name);
        if (!device->disks[device->n_disks])
                return -ENOMEM;
        device->n_disks++;
        return 0;
}

static int find_disks(struct root *root, struct block_device *device)
{
        _cleanup_(search_done) struct search search = { 0 };
        int r;

        r = search_add(&search, text_from_string(device->name));
        for (size_t i = 0; r >= 0 && i < search.n; i++) {
                const char *name = search.names[i];

                r = add_slaves(root, &search, name);
                if (r == 0)
                        r = add_parent(root, &search, name);
                if (r == 0)
                        r = add_disk(device, name);
        }

        return r < 0 ? r : 0;
}

int device_read_sysfs(struct root *root, struct block_device *device)
{
        struct text number, mapper;
        int r;

        r = read_attribute(root, device->name, "dev", &number);
        if (r < 0)
                return r;
        r = read_attribute(root, device->name, "dm/name", &mapper);
        if (r < 0)
                return r;

        device->number = text_dup(number);
        if (!device->number)
                return -ENOMEM;
        if (mapper.len > 0) {
                device->mapper = text_dup(mapper);
                if (!device->mapper)
                        return -ENOMEM;
        }

        return find_disks(root, device);
}

int devices_root_source(struct root *root, char **ret)
{
        struct mountinfo mount;
        _cleanup_free_ char *path = NULL;
        const struct root_file *file;
        const char *target;
        int r;

        r = root_read_flags(root, "/proc/self/mountinfo", 0, ROOT_VOLATILE, &file);
        if (r < 0)
                return is_missing(r) ? -ENODATA : r;

        if (!mountinfo_find(file->content, "/", &mount))
                return -ENODATA;
        /* btrfs and the like have a number of their own (major 0): then the source is a name. */
        if (!text_starts(mount.device, "0:")) {
                path = string_format("/sys/dev/block/%.*s", TEXT_ARGS(mount.device));
                if (!path)
                        return -ENOMEM;
                r = root_readlink(root, path, &target);
        } else {
                if (!text_starts(mount.source, "/dev/"))
                        return -ENODATA;
                path = text_dup(mount.source);
                if (!path)
                        return -ENOMEM;
                r = root_resolve(root, path, &target, NULL);
        }
        if (r < 0)
                return is_missing(r) || r == -EINVAL ? -ENODATA : r;

        *ret = text_dup(device_base_name(target));
        return *ret ? 0 : -ENOMEM;
}
