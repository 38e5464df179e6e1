/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot.h"
#include "engine/context.h"
#include "engine/devices-internal.h"

#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

/* An image names disks as its own machine does, and here they have other names. One case is certain: its
 * kernel is told to take the root from "/dev/vda1", and the root that is judged lies on the first partition
 * of the system disk. Then vda is that disk, and its other partitions are known as well. */

struct partition {
        struct text disk; /* "vda", "nvme0n1" */
        uint64_t number;  /* 0 for the whole disk */
};

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* "/dev/vda1", "/dev/nvme0n1p1", "/dev/vda". False for links and other devices. */
static bool parse_partition(struct text source, struct partition *ret)
{
        struct text name, base;

        if (!device_name_is_unstable(source) || !text_starts(source, "/dev/"))
                return false;
        name = (struct text){ source.data + strlen("/dev/"), source.len - strlen("/dev/") };
        if (memchr(name.data, '/', name.len))
                return false;

        base = name;
        while (base.len > 0 && is_digit(base.data[base.len - 1]))
                base.len--;
        *ret = (struct partition){ base, 0 };
        /* "nvme0n1" is a disk, "nvme0n1p1" its first partition. */
        if (text_starts(name, "nvme") && !text_ends(base, "p")) {
                ret->disk = name;
                return true;
        }
        if (text_starts(name, "nvme"))
                ret->disk.len--;

        return base.len == name.len ||
               text_parse_u64((struct text){ name.data + base.len, name.len - base.len }, &ret->number) >= 0;
}

/* What the kernel of every entry takes for its root; false where they differ, or it cannot be told. */
static bool find_root_name(const struct boot *boot, struct text *ret)
{
        *ret = TEXT("");
        for (size_t i = 0; i < boot->n_lines; i++) {
                const struct boot_line *line = &boot->lines[i];
                const struct kernel_cmdline_token *root;

                if (line->role != BOOT_NEXT || !boot_line_counts(line))
                        continue;
                root = line->uncertain ? NULL : kernel_cmdline_last(line->cmdline, "root");
                if (!root || (ret->len > 0 && !text_same(*ret, root->value)))
                        return false;
                *ret = root->value;
        }

        return ret->len > 0;
}

/* The device of this machine that the judged root lies on. */
static int find_root_device(struct context *context, const struct devices *devices,
                            const struct block_device **ret)
{
        _cleanup_free_ char *number = NULL;
        struct root_stat stat;
        int r;

        r = root_stat(context_root(context), "/", &stat);
        if (r < 0)
                return r;
        number = string_format("%u:%u", major(stat.device), minor(stat.device));
        if (!number)
                return -ENOMEM;

        for (size_t i = 0; i < devices->n; i++)
                if (devices->items[i].number && string_equal(devices->items[i].number, number)) {
                        *ret = &devices->items[i];
                        return 0;
                }

        return -ENODATA;
}

/* A partition of the system disk, as this machine calls it. */
static int find_partition(const struct devices *devices, uint64_t number, const struct block_device **ret)
{
        const char *disk = devices->system_disk;
        _cleanup_free_ char *name = NULL;

        /* "vda, vdb" is no name of a device, so that nothing is found for it. */
        if (!disk)
                return -ENODATA;
        name = number == 0 ? strdup(disk)
                           : string_format("%s%s%" PRIu64, disk, is_digit(disk[strlen(disk) - 1]) ? "p" : "",
                                           number);
        if (!name)
                return -ENOMEM;
        *ret = devices_by_name(devices, text_from_string(name));

        return *ret ? 0 : -ENODEV;
}

int devices_find_own(struct context *context, const struct devices *devices, struct text source,
                     const struct block_device **ret)
{
        const struct block_device *root_device = NULL, *root_partition = NULL;
        struct partition wanted, root;
        const struct boot *boot;
        struct text name;
        int r;

        if (!parse_partition(source, &wanted))
                return -ENODATA;
        r = boot_get(context, &boot);
        if (r < 0)
                return r;
        if (!find_root_name(boot, &name) || !parse_partition(name, &root) ||
            !text_same(root.disk, wanted.disk))
                return -ENODATA;

        r = find_root_device(context, devices, &root_device);
        if (r < 0)
                return r;
        r = find_partition(devices, root.number, &root_partition);
        if (r == -ENODEV || root_partition != root_device)
                return -ENODATA;
        if (r >= 0)
                r = root_note(context_root(context), "root device", root_device->name);

        return r < 0 ? r : find_partition(devices, wanted.number, ret);
}
