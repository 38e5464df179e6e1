/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "engine/diag.h"

struct root;

enum host_family {
        HOST_OTHER,
        HOST_RHEL,   /* and its rebuilds, Alibaba Cloud Linux, Anolis, openEuler, Fedora: see el_level */
        HOST_DEBIAN, /* Debian */
        HOST_UBUNTU,
        HOST_SUSE, /* SLES, openSUSE */
        HOST_FAMILY_COUNT
};

/* What system this is. Strings are owned, never NULL unless said so. */
struct host {
        bool live;
        char *os_id;      /* ID of os-release, or made from the old release files; "" when not identifiable */
        char *os_version; /* VERSION_ID, e.g. "7.9"; "" when there is none (Debian sid) */
        char *os_name;    /* PRETTY_NAME, or the release file's line */
        char *kernel;     /* running release; NULL offline */
        char *arch;       /* "x86_64", "aarch64"; "" when it cannot be told */
        char *boot_id;    /* 32 hex digits; NULL offline */
        enum host_family family;
        unsigned major; /* of os_version; 0 when there is none */
        unsigned minor;
        /* The RHEL release whose layout this one follows (6 to 10): CentOS 7 is 7, Alibaba Cloud Linux 2 is
         * 7, Alibaba Cloud Linux 3 and Anolis 8 are 8, openEuler 20.03 is 7, 22.03 and later 8. 0 outside
         * that family. */
        unsigned el_level;
        bool systemd; /* init is systemd, else SysV or upstart */
        /* glibc's minor version (2.17 gives 17) by the name of libc's file; 34 stands for "2.34 or later",
         * where the name no longer tells; 0 when there is no glibc. */
        unsigned glibc_minor;
        struct diag unread; /* the release file that could not be read; only when os_id is "" because of it */
};

/* Only -ENOMEM: whatever else cannot be read leaves its field empty. */
_must_check_ int host_read(struct root *root, struct host *ret);
void host_done(struct host *host);
#define _cleanup_host_ _cleanup_(host_done)

/* For a probe that matters on some systems alone: the error, put into diag, of the release file that could
 * not be read and might have told which system this is; else 0. */
_must_check_ int host_check_read(const struct host *host, struct diag *diag);

/* A part of host_read(): fills os_id, os_version and os_name from os-release and the older release files. */
_must_check_ int host_read_release(struct root *root, struct host *host);

static inline bool host_is_rhel_like(const struct host *host, unsigned from, unsigned to)
{
        return host->family == HOST_RHEL && host->el_level >= from && host->el_level <= to;
}

static inline bool host_is_debian_like(const struct host *host)
{
        return host->family == HOST_DEBIAN || host->family == HOST_UBUNTU;
}
