/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From the tools to a loaded crash kernel: which link of the chain is the first that is missing on the
 * running system. */

#include "engine/kdump.h"

enum kdump_link {
        KDUMP_LOADED,
        KDUMP_STALE,         /* loaded, but made from older settings; subject: the newer file */
        KDUMP_NO_TOOL,       /* memory is reserved for nothing; subject: the tool's path */
        KDUMP_LOAD_DISABLED, /* memory is reserved for nothing, by a sysctl */
        KDUMP_LOCKED_DOWN,
        KDUMP_SERVICE_OFF,  /* subject: the unit, cause: its state */
        KDUMP_SWITCHED_OFF, /* USE_KDUMP */
        KDUMP_NO_INITRAMFS, /* the service is on; subject: the unit */
        KDUMP_LOAD_FAILED,  /* the service is on; subject: the unit */
        KDUMP_UNRESERVABLE, /* subject: the value, cause: why it reserves nothing */
        KDUMP_ADDRESS_TAKEN,
        KDUMP_REFUSED,      /* the kernel reserved nothing for reasons of its own; subject: the value */
        KDUMP_UNIT_SKIPPED, /* no crashkernel=, the unit's condition looks for it; subject: the unit */
        KDUMP_UNIT_FAILED,  /* the same without a condition */
        KDUMP_PENDING,      /* the next boot reserves; subject: the value */
        KDUMP_NOT_SET_UP,   /* nothing is configured */
        KDUMP_NO_SUPPORT,   /* configured, on a kernel without crash kernels */
        KDUMP_NOT_POSSIBLE, /* a confidential virtual machine */
        KDUMP_LINK_COUNT,
};

struct kdump_chain {
        enum kdump_link link;
        struct kdump_state state;
        char *subject;
        const char *cause; /* static; "" where there is none */
        bool never_rebuilt;
        struct kdump_initramfs initramfs;
};

/* Live roots only. */
_must_check_ int kdump_chain(struct context *context, struct kdump_chain *ret);
void kdump_chain_done(struct kdump_chain *chain);
#define _cleanup_kdump_chain_ _cleanup_(kdump_chain_done)
