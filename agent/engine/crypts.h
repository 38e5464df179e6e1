/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The encrypted volumes that are set up at boot. Those of /etc/crypttab by systemd: the target for them waits
 * for each device that is not optional, whatever fstab says about the file system in it. Those of the kernel
 * command line (rd.luks.uuid=, rd.luks.name=) by the initramfs, which does not go on without them. */

#include "base/text.h"

struct context;
struct mounts;

#define CRYPTTAB "/etc/crypttab"

struct crypt_entry {
        unsigned number; /* the line */
        char *name;      /* below /dev/mapper */
        char *device;    /* as written: "UUID=…", "/dev/vdb1" */
        char *key;       /* of its findings: "crypttab:NAME" */
        bool waits;      /* the boot waits for the device */
        bool erases;     /* it is made anew at each boot, for swap or for /tmp */
        bool has_key;    /* in a file, so that nobody is asked for it */
};

struct crypt_option {
        char *option; /* as written: "rd.luks.uuid=luks-…" */
        char *device; /* "UUID=…" */
        char *name;   /* below /dev/mapper */
        const char *path;
        unsigned line;
};

struct crypts {
        struct crypt_entry *items; /* those that lie on block devices */
        size_t n;
        struct crypt_option *options; /* of the next boot and of future kernels, each place once */
        size_t n_options;
};

/* Borrowed until the context is freed. Empty without the file, and on a system without systemd. */
_must_check_ int crypts_get(struct context *context, const struct crypts **ret);
/* Whether a name below /dev/mapper is where "/", "/usr" or the like come from: then it is on the system disk.
 */
bool crypt_is_system(const char *name, const struct mounts *mounts);
/* Whether the root may lie in it under a name of its own: on LVM in it, or by the UUID of the file system. */
bool crypt_may_hold_root(const struct crypts *crypts, const struct crypt_entry *entry,
                         const struct mounts *mounts);
