/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is mounted, or swapped on, at boot: the lines of /etc/fstab and the .mount and .swap units in
 * /etc/systemd/system, read once per scan. */

#include "formats/fstab.h"

struct context;

enum mount_need {
        MOUNT_IGNORED,   /* systemd makes no unit of it: an API file system, or no absolute path */
        MOUNT_ON_DEMAND, /* there is a unit, and nothing at boot wants it: noauto, or not enabled */
        MOUNT_BY_OTHERS, /* x-systemd.wanted-by= or required-by= name who pulls it in; or links of a unit do
                          */
        MOUNT_WANTED,    /* the target wants it and does not wait: nofail */
        MOUNT_REQUIRED,  /* the target waits for it and fails without it */
};

/* What systemd-fstab-generator makes of a line. */
struct mount_boot {
        enum mount_need need;
        const char *target; /* "local-fs.target", "remote-fs.target" or "swap.target" */
        bool automount; /* then it is the automount unit that the target needs, and that waits for nothing */
        struct text
                timeout; /* how long the device is waited for, as written; empty: systemd's default, 90 s */
};

struct mount_entry {
        /* Of fstab, or the same made of a unit's What=, Where=, Type= and Options=, so that the functions of
         * formats/fstab.h answer for both. Its kind is FSTAB_ENTRY. */
        const struct fstab_line *line;
        const char *path; /* the file that says so */
        unsigned number;  /* and its line; 0 for a unit */
        char *where;      /* mount point without "." , ".." and double slashes, by text alone; "" for swap */
        struct mount_boot boot;
        struct fstab_line *unit; /* the line made of a unit, with the memory of its texts; else NULL */
};

/* Of several entries for one mount point the last, in the order of their bytes. */
struct mount_index {
        const struct mount_entry **items;
        size_t n;
};

struct mounts {
        struct fstab *fstab;     /* NULL when there is none */
        const char *fstab_place; /* where /etc/fstab leads after links, whether or not it exists */
        struct mount_entry *entries;
        size_t n_entries;
        const struct mount_entry *root; /* the first one for "/", or NULL */
        struct mount_index at_boot;     /* mounted at boot, if only on first use */
        struct mount_index any;         /* these, and what is mounted on demand */
};

/* Borrowed until the context is freed. Fails, with the diag set, when fstab or a unit is there and cannot be
 * read; a missing file is no error. */
_must_check_ int mounts_get(struct context *context, const struct mounts **ret);

/* The entry that is mounted at boot and holds this path (absolute, links already resolved): the one with the
 * deepest mount point, of several the last. NULL when there is none, not even for "/". */
const struct mount_entry *mounts_find(const struct mounts *mounts, const char *path);
/* What an entry cannot be mounted without, noauto or not: systemd pulls it in (RequiresMountsFor= in
 * systemd.unit(5)). NULL where there is none. */
/* The entry below whose mount point its own one lies; not the root. */
const struct mount_entry *mounts_find_parent(const struct mounts *mounts, const struct mount_entry *entry);
/* The first entry of those for which the predicate holds that has what it is made of: the source of a bind
 * mount, an image file, or a directory of an overlay. -ENOMEM. */
typedef bool (*mount_predicate)(const struct mount_entry *holder, void *userdata);
_must_check_ int mounts_find_source(const struct mounts *mounts, const struct mount_entry *entry,
                                    mount_predicate predicate, void *userdata,
                                    const struct mount_entry **ret);
/* Whether it is the file system of the root once more: a subvolume, or a bind mount written by device. */
bool mounts_same_as_root(const struct mounts *mounts, const struct mount_entry *entry);
/* The boot does without it when it cannot be mounted: nofail, noauto, or mounted on first use. */
bool mount_is_optional(const struct mount_entry *entry);
bool mount_is_read_only(const struct mount_entry *entry);
/* Missing, it ends the boot in emergency mode (after the timeout of its device). */
bool mount_stops_boot(const struct mount_entry *entry);
bool mount_is_swap(const struct mount_entry *entry);
/* The same, without a unit that nothing enables: a file that lies ready configures nothing, whereas a line of
 * fstab is also there for "swapon -a". */
bool mount_configures_swap(const struct mount_entry *entry);
/* Has a block device of its own behind it, as far as the line tells: no swap, bind mount, pseudo or network
 * file system, and no image file. */
bool mount_is_local_device(const struct mount_entry *entry);
/* "/", "/usr", "/boot" and "/boot/efi": what belongs to the system itself. */
bool mount_is_system(const struct mount_entry *entry);
/* What names an entry from run to run: the mount point, the source for swap. */
const char *mount_key(const struct mount_entry *entry);

/* Why a line of fstab is not one that every reader takes, on this system: also when the format finds no fault
 * in it. NULL for a good one. */
const char *mounts_line_error(const struct context *context, const struct fstab_line *line);

/* For applies(): 1, or 0 after a skip when there is neither fstab nor unit; else the error of mounts_get().
 * The second wants an fstab, whatever units there are. */
_must_check_ int mounts_apply(struct context *context);
_must_check_ int mounts_apply_fstab(struct context *context);

/* The prediction, of an entry and its normalized mount point: the same that systemd-fstab-generator (v252)
 * puts into units, links and drop-ins outside of a container. */
struct mount_boot mount_predict(const struct fstab_line *entry, const char *where);
/* "/a//b/../c/" becomes "/a/c", without a look at any file; NULL without memory. */
char *mount_normalize(struct text path);
