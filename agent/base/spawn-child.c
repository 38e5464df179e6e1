/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spawn-internal.h"
#include "base/syscalls.h"

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const char *const environment[] = {
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG=C.UTF-8",
        "HOME=/",
        NULL,
};

/* Of the child's own descriptors; the report follows standard error. */
enum { REPORT = 3, FIRST_FOREIGN = 4 };

/* A limit may be nearly endless. */
enum { DESCRIPTORS_MAX = 1 << 20 };

/* Handlers go by themselves with execve(), what is ignored stays ignored. Those that cannot be set, SIGKILL
 * and the C library's own, are at their default. */
static int reset_signals(void)
{
        struct sigaction action = { .sa_handler = SIG_DFL };
        sigset_t none;

        for (int number = 1; number < _NSIG; number++)
                (void) sigaction(number, &action, NULL);

        return sigemptyset(&none) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -errno : 0;
}

/* The number of the descriptor that an entry of /proc/self/fd names, or -1. */
static int entry_number(const char *name)
{
        int number = 0;

        for (; *name >= '0' && *name <= '9' && number < INT_MAX / 10; name++)
                number = 10 * number + (*name - '0');

        return *name == '\0' ? number : -1;
}

static void close_entries(const char *entries, size_t len, int directory)
{
        size_t at = 0;

        while (at < len) {
                const struct sys_dirent *entry = (const struct sys_dirent *) (const void *) (entries + at);
                int fd = entry_number(entry->name);

                if (fd >= FIRST_FOREIGN && fd != directory)
                        (void) close(fd);
                at += entry->size;
        }
}

/* Without opendir(), which allocates. The kernel goes on after the number that it named last, so that closing
 * makes it lose none. */
static int close_listed(void)
{
        _cleanup_close_ int directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        __attribute__((__aligned__(8))) char entries[4096];
        ssize_t n;

        if (directory < 0)
                return -errno;

        while ((n = sys_getdents(directory, entries, sizeof(entries))) > 0)
                close_entries(entries, (size_t) n, directory);

        return n < 0 ? (int) n : 0;
}

static void close_counted(void)
{
        struct rlimit limit;
        int end = DESCRIPTORS_MAX;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_MAX)
                end = (int) limit.rlim_cur;
        for (int fd = FIRST_FOREIGN; fd < end; fd++)
                (void) close(fd);
}

/* Ours are all opened with O_CLOEXEC; a library's, or those that we were started with, may not be. */
static void close_foreign(void)
{
        if (sys_close_range(FIRST_FOREIGN, UINT_MAX) < 0 && close_listed() < 0)
                close_counted();
}

static int move_descriptors(const struct spawn_child *child)
{
        if (dup2(child->input, STDIN_FILENO) < 0 || dup2(child->output, STDOUT_FILENO) < 0 ||
            dup2(child->output, STDERR_FILENO) < 0)
                return -errno;
        /* Last: one of the others may be there. */
        if (child->report != REPORT && dup3(child->report, REPORT, O_CLOEXEC) < 0)
                return -errno;

        close_foreign();
        return 0;
}

static int prepare(void)
{
        if (setsid() < 0 || chdir("/") < 0)
                return -errno;

        (void) umask(022);
        return reset_signals();
}

void spawn_become(const struct spawn_child *child)
{
        int report = child->report, r;

        r = move_descriptors(child);
        if (r == 0) {
                report = REPORT;
                r = prepare();
        }
        if (r == 0) {
                (void) execve(child->argv[0], (char *const *) child->argv, (char *const *) environment);
                r = -errno;
        }

        r = -r;
        /* As short as this it is written whole or not at all; without it the status says the same. */
        if (write(report, &r, sizeof(r)) < 0)
                _exit(126);
        _exit(127);
}
