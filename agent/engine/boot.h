/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "formats/kernel-cmdline.h"

struct context;

/* Which files a release reads its kernel command line from, and what stands there. Each probe that judges the
 * command line (console=, crashkernel=, resume=, …) goes through the lines of this model, so that none of
 * them looks at a file that this release does not read, or takes an empty source for an answer.
 *
 * Three questions have three answers: what the running kernel was given, what the next boot gives (the
 * default entry, and every other one that can be chosen), and what a kernel that is installed later will be
 * given. */
enum boot_role {
        BOOT_RUNNING, /* /proc/cmdline, live only */
        BOOT_NEXT,    /* a boot entry */
        BOOT_FUTURE,  /* a template for entries that are made later */
        BOOT_ROLE_COUNT
};

/* Names in keys of findings: "running", "next", "future". */
const char *boot_role_name(enum boot_role role);

/* Where a run of a line's text stands in a file. */
struct boot_part {
        size_t offset; /* in the line's text, in bytes */
        size_t len;
        const char *path;
        unsigned line;        /* from 1; 0 when the file has no lines */
        const char *variable; /* "kernelopts", "GRUB_CMDLINE_LINUX", …; NULL when it stands there literally */
};

/* One command line. All strings are borrowed from the model. */
struct boot_line {
        enum boot_role role;
        const char *path;   /* the entry or template: where it is chosen or made, not always where its text
                               stands */
        unsigned line;      /* from 1; 0 when that has no meaning */
        const char *title;  /* of the boot entry; NULL without one */
        const char *kernel; /* of the boot entry, as its loader names it; NULL without one */
        bool is_default;    /* BOOT_NEXT: known to be the entry that starts by itself */
        bool recovery;      /* BOOT_NEXT: for repair, and not the only one; may lack parameters by design */
        /* Variables replaced, without the kernel's name. Never NULL; what there is of it when uncertain. */
        const char *text;
        const struct kernel_cmdline *cmdline; /* the same, cut into tokens; never NULL */
        /* Why nothing may be concluded from the text (an unreadable file, a variable nobody sets, a corrupt
         * grubenv, a shell construct), in a few words without a full stop. NULL when it is what the kernel
         * gets. */
        const char *uncertain;
        const char *uncertain_path; /* the file that the reason lies in; NULL when nothing is uncertain */
        unsigned uncertain_line;
        const char *not_editable; /* who owns it, when its bytes must not be edited in place; else NULL */
        struct boot_part *parts;  /* in the order of their offsets */
        size_t n_parts;
};

struct boot {
        struct boot_line *lines; /* running first, then next, then future; each in the order of the menu */
        size_t n_lines;
        /* "grub-legacy", "grub2", "grub2-bls", "systemd-boot", "uki"; "none" without any configuration */
        const char *loader;
        /* A kernel lies in /boot or /lib/modules. Without one and without a loader the command line comes
         * from outside (a container, a kernel given to the hypervisor). */
        bool kernel_installed;
        /* Why the default entry is not known; NULL when one line has is_default. */
        const char *default_unknown;
        /* Where the command line of a kernel that is installed later comes from when there is no BOOT_FUTURE
         * line; NULL when there is one. */
        const char *no_template;
        bool copies_running; /* because kernel-install has nothing but /proc/cmdline to copy */
};

/* The model of this scan, made on first use. What cannot be read is a line with a reason in "uncertain", so
 * this fails with -ENOMEM only. */
_must_check_ int boot_get(struct context *context, const struct boot **ret);

/* For probe.applies: 1 when there is a line of one of the roles (a mask of 1 << role); 0 after probe_skip()
 * where there is neither a kernel nor a boot loader; or a negative errno. */
_must_check_ int boot_applies(struct context *context, unsigned roles);

/* Whether a line is to be judged: not so for a recovery entry that has to be chosen by hand. */
bool boot_line_counts(const struct boot_line *line);
/* The part that a token of the line's cmdline begins in; NULL for a line that has no text. */
const struct boot_part *boot_line_part(const struct boot_line *line,
                                       const struct kernel_cmdline_token *token);
/* The entry that starts by itself; NULL where that is not known. */
const struct boot_line *boot_default(const struct boot *boot);
