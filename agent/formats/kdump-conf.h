/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* /etc/kdump.conf of kexec-tools and kdump-utils, see kdump.conf(5): one directive a line, a name, blanks and
 * a value. As in kdumpctl, '#' begins a comment anywhere in a line and blanks at both ends do not count. Any
 * bytes parse, and printing gives the same bytes back. */

#define KDUMP_CONF_DEFAULT_PATH "/var/crash"

enum kdump_conf_kind {
        KDUMP_CONF_BLANK,    /* nothing but blanks and a comment */
        KDUMP_CONF_OPTION,   /* path, core_collector, ... */
        KDUMP_CONF_TARGET,   /* where the dump goes: ext4, nfs, ssh, ... */
        KDUMP_CONF_OBSOLETE, /* of release 6; refused or ignored since */
        KDUMP_CONF_UNKNOWN,
        KDUMP_CONF_KIND_COUNT,
};

/* The texts, in this order, are the line. */
struct kdump_conf_line {
        struct text indent;
        struct text name;
        struct text gap;
        struct text value; /* without a comment */
        struct text rest;  /* blanks and comment */
        struct text ending;
        enum kdump_conf_kind kind;
        const char *fault; /* what kdumpctl does not take about the line; NULL if nothing */
        char *owned;       /* what value points into after an edit; otherwise NULL */
};

struct kdump_conf {
        struct kdump_conf_line *lines;
        size_t n_lines;
        char *copy;
};

/* Only -ENOMEM. */
_must_check_ int kdump_conf_parse(const char *data, size_t len, struct kdump_conf **ret);
void kdump_conf_print(const struct kdump_conf *conf, struct buffer *out);
void kdump_conf_free(struct kdump_conf *conf);

static inline void kdump_conf_free_pointer(struct kdump_conf **conf)
{
        kdump_conf_free(*conf);
}
#define _cleanup_kdump_conf_ _cleanup_(kdump_conf_free_pointer)

/* The last line with this directive, NULL where there is none. Its number is its place in lines, plus 1. */
const struct kdump_conf_line *kdump_conf_find(const struct kdump_conf *conf, const char *name);
/* The first line with a fault, NULL where there is none. */
const struct kdump_conf_line *kdump_conf_first_fault(const struct kdump_conf *conf);
size_t kdump_conf_line_number(const struct kdump_conf *conf, const struct kdump_conf_line *line);

enum kdump_target_kind {
        KDUMP_TARGET_LOCAL,      /* no target: path on whatever file system is mounted there */
        KDUMP_TARGET_FILESYSTEM, /* a device with a file system; path is relative to its root */
        KDUMP_TARGET_RAW,        /* a partition without a file system; path means nothing */
        KDUMP_TARGET_NFS,
        KDUMP_TARGET_SSH,
        KDUMP_TARGET_VIRTIOFS,
        KDUMP_TARGET_MOUNT, /* dracut_args --mount "..." */
        KDUMP_TARGET_KIND_COUNT,
};

struct kdump_target {
        enum kdump_target_kind kind;
        struct text type;                   /* the directive: "ext4", "nfs" */
        struct text location;               /* device, UUID=..., host:/path, user@host */
        struct text path;                   /* /var/crash where it is not set */
        const struct kdump_conf_line *line; /* NULL for KDUMP_TARGET_LOCAL */
};

/* The views live as long as conf stays as it is. */
struct kdump_target kdump_conf_target(const struct kdump_conf *conf);

/* Changes the value of the last such directive in its place, with comment and blanks kept, or adds a line at
 * the end. -EINVAL for a value that a line cannot carry ('#', line break, NUL, blank at an end, empty).
 * Pointers to lines are void afterwards. */
_must_check_ int kdump_conf_set(struct kdump_conf *conf, const char *name, struct text value);
