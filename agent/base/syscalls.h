/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

/* System calls that the oldest supported C library has no function for. They are called by number, and ENOSYS
 * is the answer of an older kernel: never decide by its version (distributions carry calls back). */

/* The number is the same on every architecture that we build for; see openat2(2). */
#define SYSCALL_OPENAT2 437

#define OPENAT2_NO_MAGICLINKS 0x02
#define OPENAT2_NO_SYMLINKS 0x04
#define OPENAT2_IN_ROOT 0x10

/* openat2() without a creation mode. Returns a descriptor or a negative errno. */
static inline int sys_openat2(int directory, const char *path, uint64_t flags, uint64_t resolve)
{
        struct {
                uint64_t flags;
                uint64_t mode;
                uint64_t resolve;
        } how = { .flags = flags, .resolve = resolve };
        long fd = syscall(SYSCALL_OPENAT2, directory, path, &how, sizeof(how));

        return fd < 0 ? -errno : (int) fd;
}
