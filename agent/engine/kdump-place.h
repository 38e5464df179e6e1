/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The place on this machine that dumps are written to, as it will be after a boot and, live, as it is now. */

#include "engine/devices.h"
#include "engine/kdump.h"
#include "engine/mounts.h"

#include <sys/statvfs.h>

/* Below this nothing useful fits: even a filtered dump holds the memory of the kernel. */
#define KDUMP_LEAST_SPACE ((uint64_t) 256 * 1024 * 1024)

enum kdump_problem {
        KDUMP_BY_HAND,     /* nothing mounts its file system at boot */
        KDUMP_NOT_MOUNTED, /* live: it should be mounted, and is not */
        KDUMP_HIDDEN,      /* below a mount point of an image: could not be looked at */
        KDUMP_NO_DIRECTORY,
        KDUMP_IS_FILE,
        KDUMP_READ_ONLY,
        KDUMP_FULL,
        KDUMP_ON_SERVER, /* a network file system */
        KDUMP_IN_MEMORY,
        KDUMP_DISK_UNKNOWN,
        KDUMP_ON_DATA_DISK,
        KDUMP_PROBLEM_COUNT,
};

struct kdump_place {
        char *directory; /* inside the root, links resolved */
        /* What is mounted there by fstab or a unit; NULL when that is nothing but the root. */
        const struct mount_entry *entry;
        bool on_root;                     /* it is the root's own file system, as a btrfs subvolume is */
        unsigned problems;                /* mask of 1 << enum kdump_problem */
        uint64_t free;                    /* bytes; live only, of a directory that is there */
        const struct block_device *block; /* NULL when not known */
};

/* For KDUMP_TO_DIRECTORY and, when the device has a mount point, for KDUMP_TO_DEVICE. -ENODATA when it has
 * none that is known; other errors with the diag set. */
_must_check_ int kdump_place(struct context *context, const struct kdump_settings *settings,
                             struct kdump_place *ret);
void kdump_place_done(struct kdump_place *place);
#define _cleanup_kdump_place_ _cleanup_(kdump_place_done)

/* Whether a file system has no room for a dump. */
bool kdump_is_full(const struct statvfs *statvfs);
