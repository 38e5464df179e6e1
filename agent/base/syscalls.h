/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* System calls that the oldest supported C library has no function for. They are called by number, and ENOSYS
 * is the answer of an older kernel: never decide by its version (distributions carry calls back). */

/* The number is the same on every architecture that we build for; see openat2(2). */
#define SYSCALL_OPENAT2 437
#define SYSCALL_CLOSE_RANGE 436

#if defined(__x86_64__)
#define SYSCALL_GETRANDOM 318
#elif defined(__aarch64__)
#define SYSCALL_GETRANDOM 278
#endif

#define GETRANDOM_NONBLOCK 0x1

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

/* Random bytes without waiting: as many as there were, or a negative errno. */
static inline ssize_t sys_getrandom(void *ret, size_t len)
{
#ifdef SYSCALL_GETRANDOM
        long n = syscall(SYSCALL_GETRANDOM, ret, len, GETRANDOM_NONBLOCK);

        return n < 0 ? -errno : (ssize_t) n;
#else
        return -ENOSYS;
#endif
}

#if defined(__x86_64__)
#define SYSCALL_RENAMEAT2 316
#elif defined(__aarch64__)
#define SYSCALL_RENAMEAT2 276
#else
#define SYSCALL_RENAMEAT2 (-1)
#endif

/* The flags of renameat2(2). */
#define RENAMEAT2_NOREPLACE (1U << 0)
#define RENAMEAT2_EXCHANGE (1U << 1)

/* 0 or a negative errno; -EINVAL also from a file system that knows no such flag. */
static inline int sys_renameat2(int old_directory, const char *old_name, int new_directory,
                                const char *new_name, unsigned flags)
{
        long r = syscall(SYSCALL_RENAMEAT2, old_directory, old_name, new_directory, new_name, flags);

        return r < 0 ? -errno : 0;
}

/* Closes all descriptors from first to last; see close_range(2). */
static inline int sys_close_range(unsigned first, unsigned last)
{
        return syscall(SYSCALL_CLOSE_RANGE, first, last, 0) < 0 ? -errno : 0;
}

/* What getdents64(2) gives, at each 8 bytes. */
struct sys_dirent {
        uint64_t inode;
        int64_t offset;
        uint16_t size;
        uint8_t type;
        char name[];
};

/* The bytes of the entries, 0 at the end, or a negative errno. */
static inline ssize_t sys_getdents(int directory, void *ret, size_t size)
{
        long n = syscall(SYS_getdents64, directory, ret, size);

        return n < 0 ? -errno : (ssize_t) n;
}
