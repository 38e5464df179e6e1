/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/spawn.h"

/* All of them beyond standard error. */
struct spawn_child {
        const char *const *argv;
        int input;
        int output;
        int report; /* of the errno when there is nothing to run; closed by execve() */
};

/* What happens between fork() and execve(): nothing but system calls. */
void spawn_become(const struct spawn_child *child) __attribute__((__noreturn__));
