/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/context.h"

#include <time.h>

/* Processes that may still use an older resolv.conf: before glibc 2.26 the file is read once a process. */

struct resolver_process {
        unsigned pid;
        char *name; /* of comm; any bytes but NUL */
};

struct resolver_processes {
        struct resolver_process *items; /* by pid */
        size_t n;
        size_t n_looked; /* processes whose libraries were seen */
        size_t n_hidden; /* processes that this user may not look into */
};

/* The processes that have the resolver's libraries loaded and began before the given time, of a live root.
 * -EBADMSG when /proc does not say when the system started. */
_must_check_ int resolver_processes_before(struct context *context, time_t changed,
                                           struct resolver_processes *ret);
void resolver_processes_done(struct resolver_processes *processes);
#define _cleanup_resolver_processes_ _cleanup_(resolver_processes_done)
