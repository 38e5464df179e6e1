/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Block devices: what they are called and which whole disks they lie on, from sysfs, udev's data base and its
 * links in /dev/disk.
 *
 * Live, those of the judged system; its system disk is what its root lies on. Offline, an image says nothing
 * about devices: with --system-disk they are those of the machine that runs us, read through a second root
 * handle (struct scan_options), and the system disk is the named one. */

#include "formats/fstab.h"

struct context;

enum device_tag {
        DEVICE_UUID,
        DEVICE_LABEL,
        DEVICE_PARTUUID,
        DEVICE_PARTLABEL,
        DEVICE_TAG_COUNT,
};

/* As fstab(5) writes it: "UUID". */
const char *device_tag_name(enum device_tag tag);

struct block_device {
        char *name;                   /* the kernel's: "vda1", "dm-0" */
        char *number;                 /* "253:1" */
        char *tags[DEVICE_TAG_COUNT]; /* unescaped; NULL where it has none */
        char *type;                   /* of the file system, as udev saw it; NULL when not known */
        char *mapper;                 /* name below /dev/mapper; NULL for others */
        char **disks;                 /* whole disks below it, through partitions, LVM, md and dm-crypt */
        size_t n_disks;
        bool on_system_disk; /* all of those disks hold the root as well */
};

struct devices {
        struct block_device *items;
        size_t n;
        /* Whether udev answers for this kind of name: a machine without udev (a container) has no links,
         * which does not mean that it has no devices. */
        bool known[DEVICE_TAG_COUNT];
        char *system_disk; /* "vda", or "vda, vdb"; NULL when it could not be found out */
        bool foreign;      /* the devices are the machine's, not the judged root's */

        struct root *root; /* borrowed: whose devices they are */
};

/* Borrowed until the context is freed. -ENOMEDIUM offline without --system-disk; -ENODEV when there is no
 * such disk; other errors when sysfs could not be read. The diag is set. */
_must_check_ int devices_get(struct context *context, const struct devices **ret);

/* The device that a source of fstab or a resume= names: "UUID=…", "/dev/…", with links followed. 0, or
 * -ENODEV when no device has that name, -ENODATA when that cannot be told (no udev, or a name like /dev/vdb1
 * that means something else on another machine), or an error of reading. ret_n is how many devices have that
 * name, which is more than one for cloned file systems (those of the system disk for an image, when it has
 * one); ret_n may be NULL. */
_must_check_ int devices_find(const struct devices *devices, struct text source,
                              const struct block_device **ret, size_t *ret_n);
/* The same, and for names like /dev/vda2 in an image also what its own kernel command line shows: where that
 * boots the root by such a name, the disk of that name is the system disk. */
_must_check_ int devices_find_source(struct context *context, struct text source,
                                     const struct block_device **ret, size_t *ret_n);
/* Splits "UUID=x" and "/dev/disk/by-uuid/x" alike; the value is a new string. -EINVAL for other names. */
_must_check_ int device_parse_tag(struct text source, enum device_tag *ret_tag, char **ret_value);
/* The name below /dev/mapper that "/dev/mapper/vg-lv" and "/dev/vg/lv" have in common, a new string. -EINVAL
 * for other names. */
_must_check_ int device_parse_mapper(struct text source, char **ret_name);
/* "/dev/sda1", "/dev/nvme0n1p2", "/dev/disk/by-path/…" and the like: names that the next machine gives to
 * another disk. */
bool device_name_is_unstable(struct text source);

enum device_place {
        DEVICE_NOT_SHOWN, /* nothing is known about it */
        DEVICE_MISSING,   /* no device has that name */
        DEVICE_ELSEWHERE, /* on another disk */
        DEVICE_ON_SYSTEM_DISK,
};

/* Where an entry's device lies. An answer other than DEVICE_NOT_SHOWN is certain. Without devices
 * (devices_get() said -ENOMEDIUM) it is DEVICE_NOT_SHOWN. ret_device is NULL where no device was found. */
_must_check_ int devices_locate(struct context *context, const struct fstab_line *entry,
                                enum device_place *ret, const struct block_device **ret_device);
/* "vdb" or "vdb, vdc": the disks of a device for people; NULL without memory. */
char *device_disks(const struct block_device *device);
