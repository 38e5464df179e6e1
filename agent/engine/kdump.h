/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What each family's kdump consists of, and how it is set up here: the one place that knows. */

#include "engine/service.h"
#include "formats/crashkernel-default.h"

struct host;

/* One program without which nothing is dumped. Any of the paths will do: distributions and releases moved it.
 */
struct kdump_tool {
        const char *paths[3];
        const char *package;
};

struct kdump_family {
        struct kdump_tool tools[2]; /* what drives kdump, then kexec */
        const char *install;        /* the exact command */
        /* The same, not asking anything, and its reverse, which takes the name of the package that was
         * missing as one more argument. NULL-terminated. */
        const char *install_argv[8], *remove_argv[6];
        const char *unit;          /* as service_read() takes it */
        const char *configuration; /* names where the dumps go */
        /* What the crash kernel starts from, %s being a kernel release; NULL when it is not known. */
        const char *initramfs[3];
        /* What it is made from, likewise: newer than it means that the loaded one is out of date. */
        const char *inputs[4];
        const char *rebuild;  /* the command that makes it anew and loads it */
        const char *reserve;  /* how crashkernel= is set for good */
        bool is_suse;         /* prepares the command line by itself and works after the next boot */
        bool makes_directory; /* each start of the tool makes the directory for dumps when it is missing */
};

/* NULL for a system whose kdump is not known. */
const struct kdump_family *kdump_family(const struct host *host);

/* For applies(): 1, or 0 after a skip for a system without known kdump, a container, or a root without any
 * kernel; else a negative errno. */
_must_check_ int kdump_apply(struct context *context);

/* *ret is the first tool that is not installed, NULL when all are. */
_must_check_ int kdump_missing_tool(struct context *context, const struct kdump_tool **ret);
/* The family's service; the same as service_read(). */
_must_check_ int kdump_service(struct context *context, struct service *ret);
/* Whether starting the unit is silently skipped when /proc/cmdline has no crashkernel=: 1 or 0. Such a unit
 * shows neither as active nor as failed, see ConditionKernelCommandLine= in systemd.unit(5). */
_must_check_ int kdump_service_is_conditional(struct context *context, const struct service *service);

/* The value that the distribution sets crashkernel= to, to be freed; NULL when it is computed or not known.
 */
_must_check_ int kdump_default_reservation(struct context *context, char **ret);

/* What this system's kernel makes of "crashkernel=auto". */
enum kdump_auto { KDUMP_AUTO_UNSUPPORTED, KDUMP_AUTO_UNKNOWN, KDUMP_AUTO_KNOWN };
/* *ret_rule is set for KDUMP_AUTO_KNOWN, else NULL. */
enum kdump_auto kdump_auto(const struct host *host, const struct crashkernel_auto **ret_rule);

/* The memory that crashkernel= is evaluated with. */
struct kdump_memory {
        uint64_t bytes; /* 0: not known, as of an offline root */
        /* /proc/meminfo, which lacks what the kernel and the reservation took; otherwise /proc/iomem. */
        bool reduced;
};
/* Volatile; notes what it found. */
_must_check_ int kdump_memory(struct context *context, struct kdump_memory *ret);

/* What the running kernel says. Linux 6.19 moved the names below /sys/kernel/kexec; the old ones are to go.
 */
struct kdump_state {
        bool supported;    /* the kernel has crash kernels at all */
        uint64_t reserved; /* bytes that are set aside now */
        bool loaded;
        bool load_disabled; /* kernel.kexec_load_disabled, or kexec_load_limit_panic is used up */
        bool locked_down;   /* Secure Boot or lockdown: only a signed kernel, loaded by file, is taken */
};
/* Live roots only. */
_must_check_ int kdump_state(struct context *context, struct kdump_state *ret);

/* The crash initramfs of the running kernel. */
struct kdump_initramfs {
        char *path;  /* NULL when there is none */
        char *newer; /* the first input that is newer, as kdumpctl compares them; NULL when it is up to date
                      */
};
_must_check_ int kdump_initramfs(struct context *context, struct kdump_initramfs *ret);
void kdump_initramfs_done(struct kdump_initramfs *initramfs);
#define _cleanup_kdump_initramfs_ _cleanup_(kdump_initramfs_done)

/* Where dumps go. */
enum kdump_destination {
        KDUMP_TO_DIRECTORY, /* on whatever file system is mounted there */
        KDUMP_TO_DEVICE,    /* a file system of its own: directory is below its root */
        KDUMP_TO_RAW,       /* a partition without a file system */
        KDUMP_TO_NFS,
        KDUMP_TO_SSH,
        KDUMP_TO_NETWORK, /* other servers: ftp, cifs */
        KDUMP_TO_OTHER,   /* virtiofs, dracut's --mount */
        KDUMP_TO_COUNT,
};

struct kdump_settings {
        enum kdump_destination destination;
        char *directory;  /* "" for KDUMP_TO_RAW */
        char *location;   /* device, host:/export, user@host, …; NULL for KDUMP_TO_DIRECTORY */
        const char *path; /* the file that was read; NULL when there is none */
        unsigned line;    /* of the destination, also an uncertain one; 0 when the default holds */

        const char *fault; /* why the tools refuse the file, or NULL */
        unsigned fault_line;
        const char *uncertain; /* why the destination cannot be told without running a shell, or NULL */

        bool disabled;                  /* by USE_KDUMP */
        const char *disabled_uncertain; /* why that cannot be told, or NULL */
        unsigned disabled_line;
        bool never_rebuilt; /* by force_no_rebuild */
};

/* Borrowed until the context is freed. A missing file means the defaults. */
_must_check_ int kdump_settings_get(struct context *context, const struct kdump_settings **ret);
