/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Who names swap besides fstab and the swap units: the kernel command line (resume=, rd.lvm.lv= of a volume
 * called swap) and the configuration of the initramfs (RESUME= of initramfs-tools, kernel_cmdline= and
 * add_device= of dracut). What is named there is waited for before there is a root.
 *
 * An initramfs that was built before is not opened: it may be compressed in half a dozen ways, and what is
 * named in it came from these files, or from the swap that was there when it was built. Correcting the files
 * therefore always ends in a rebuild, whatever it holds. */

#include "base/text.h"

struct context;

struct resume_reference {
        char *option; /* as it has to be removed: "resume=UUID=…", "rd.lvm.lv=vg/swap", "RESUME=/dev/…" */
        char *source; /* the device as fstab would name it: "UUID=…", "/dev/vg/swap" */
        char *path;   /* the file in which it stands */
        unsigned line;
        bool initramfs; /* in its configuration, which takes effect when it is rebuilt */
        bool file;      /* with resume_offset=: a swap file in that device */
};

/* A place that could not be judged. */
struct resume_doubt {
        char *path;
        unsigned line;
        char *cause;
};

struct resume {
        struct resume_reference *references;
        size_t n_references;
        struct resume_doubt *doubts;
        size_t n_doubts;
        bool bootable; /* there is a command line to judge, or a kernel that wants one */
};

/* Borrowed until the context is freed. Fails when a file is there and cannot be read. */
_must_check_ int resume_get(struct context *context, const struct resume **ret);

enum resume_match {
        RESUME_CONFIGURED, /* a line of fstab or a unit has that swap */
        RESUME_STALE,      /* none has it */
        RESUME_NOT_KNOWN,  /* one has a name of another kind, which may or may not be the same device */
};

_must_check_ int resume_match(struct context *context, const struct resume_reference *reference,
                              enum resume_match *ret);
