/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"

/* Runs a program without a shell and waits for its end. It gets nothing of ours but its arguments: a closed
 * environment, / as its directory, /dev/null to read from, no other descriptors, default signals, the usual
 * umask, and a session, so also a process group, of its own without a terminal. */

struct spawn_limits {
        unsigned timeout_ms; /* then SIGTERM to the group */
        unsigned grace_ms;   /* and after that SIGKILL */
        size_t output_cap;   /* bytes of output that are kept, allocated at the start */
};

struct spawn_result {
        int exit_status; /* -1 when it did not exit by itself */
        int signal;      /* that ended it, or 0 */
        bool timed_out;  /* whatever it did then; with neither status nor signal it could not be ended at all
                          */
        char *output;    /* what it wrote to its output and its errors, in that order; ends with a NUL */
        size_t output_len;
        size_t n_dropped; /* bytes that stood before these: of more than the cap the end is kept, at least
                             half */
};

/* argv[0] is an absolute path, and the list ends with NULL. Negative errno when nothing was run: what
 * execve() said, or what happened before. -ECHILD when someone else in this process took the status away.
 *
 * What the program left running in the background is neither waited for nor ended, unless the time was up.
 * Not for use with threads beside it. */
_must_check_ int spawn_run(const char *const *argv, const struct spawn_limits *limits,
                           struct spawn_result *ret);
void spawn_result_done(struct spawn_result *result);
#define _cleanup_spawn_result_ _cleanup_(spawn_result_done)
