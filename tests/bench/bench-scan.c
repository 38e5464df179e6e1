/* SPDX-License-Identifier: Apache-2.0 */

/* What a scan costs beside two yardsticks in the same run. A bare loop does the same lookups with the calls
 * that each takes at least. A careful one has no link lead out of the root, and looks at each file's type
 * before it is opened, as the root handle does. Prints numbers and asserts none. */

#include "base/syscalls.h"
#include "base/text.h"
#include "engine/probe.h"
#include "engine/root-internal.h"
#include "engine/scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum { ROUNDS = 200 };

static double now(void)
{
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec * 1e6 + (double) t.tv_nsec / 1e3;
}

struct lookup {
        char *path;
        enum root_trace_kind kind;
};

/* What a scan looked at, for the loop; the fastest of all rounds is the figure, for both sides. */
struct paths {
        struct lookup *items;
        size_t n;
        size_t n_read; /* files that were there */
        size_t bytes;
};

static int add(struct paths *paths, const char *path, enum root_trace_kind kind)
{
        if (array_grow(&paths->items, paths->n, sizeof(*paths->items)) < 0)
                return -ENOMEM;

        paths->items[paths->n] = (struct lookup){ strdup(path), kind };
        return paths->items[paths->n++].path ? 0 : -ENOMEM;
}

static int collect(struct root *root, struct paths *paths)
{
        struct root_trace trace;
        int r = 0;

        for (size_t i = 0; r >= 0 && root_trace(root, i, &trace); i++)
                if (trace.kind != ROOT_TRACE_NOTE && trace.error != -ENOMEDIUM)
                        r = add(paths, trace.path, trace.kind);
        /* What changes all the time is no part of the trace, but it was read like the rest. */
        for (size_t i = 0; r >= 0 && i < root->n_volatiles; i++)
                r = add(paths, root->volatiles[i]->path, root->volatiles[i]->kind);

        return r;
}

static int scan(const char *name, unsigned flags, struct paths *paths, size_t *ret_findings)
{
        _cleanup_root_ struct root *root = NULL;
        _cleanup_context_ struct context *context = NULL;
        struct scan_options options = { .profile = PROFILE_CAPTURE };
        char digest[65];
        int r;

        r = root_open(name, flags, &root);
        if (r >= 0)
                r = context_new(root, &options, &context);
        if (r >= 0)
                r = scan_run(context, NULL);
        if (r >= 0)
                r = root_digest(root, digest);
        if (r >= 0 && paths)
                r = collect(root, paths);
        if (r >= 0)
                *ret_findings = context_findings(context)->n;

        return r;
}

struct loop {
        int directory;
        int proc; /* negative: the bare loop */
        struct paths *paths;
};

static int find_file(const struct loop *loop, const char *path, int flags)
{
        return sys_openat2(loop->directory, path, (uint64_t) O_PATH | O_CLOEXEC | (uint64_t) flags,
                           OPENAT2_IN_ROOT | OPENAT2_NO_MAGICLINKS);
}

static int open_file(const struct loop *loop, const char *path, int flags)
{
        _cleanup_close_ int found = -EBADF;
        char link[32];
        struct stat st;

        if (loop->proc < 0)
                return openat(loop->directory, path, O_RDONLY | O_CLOEXEC | flags);

        found = find_file(loop, path, 0);
        if (found < 0 || fstat(found, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
                return -1;
        (void) snprintf(link, sizeof(link), "self/fd/%d", found);
        return openat(loop->proc, link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
}

static void read_file(const struct loop *loop, const char *path)
{
        static char chunk[65536];
        int fd = open_file(loop, path, 0);
        ssize_t n;

        if (fd < 0)
                return;
        while ((n = read(fd, chunk, sizeof(chunk))) > 0)
                loop->paths->bytes += (size_t) n;
        loop->paths->n_read++;
        (void) close(fd);
}

static void list_directory(const struct loop *loop, const char *path)
{
        int fd = open_file(loop, path, O_DIRECTORY);
        DIR *entries = fd < 0 ? NULL : fdopendir(fd);

        if (!entries)
                return;
        while (readdir(entries))
                ;
        (void) closedir(entries);
}

static void ask_flags(const struct loop *loop, const char *path)
{
        int fd = open_file(loop, path, 0), flags;

        if (fd < 0)
                return;
        (void) ioctl(fd, FS_IOC_GETFLAGS, &flags);
        (void) close(fd);
}

static void ask_stat(const struct loop *loop, const char *path, int flags)
{
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        if (loop->proc < 0) {
                (void) fstatat(loop->directory, path, &st, flags);
                return;
        }

        fd = find_file(loop, path, flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0);
        if (fd >= 0)
                (void) fstat(fd, &st);
}

static void ask_link(const struct loop *loop, const char *path)
{
        _cleanup_close_ int fd = -EBADF;
        char target[PATH_MAX];

        if (loop->proc < 0) {
                (void) !readlinkat(loop->directory, path, target, sizeof(target));
                return;
        }

        fd = find_file(loop, path, O_NOFOLLOW);
        if (fd >= 0)
                (void) !readlinkat(fd, "", target, sizeof(target));
}

static void look(const struct loop *loop, const char *path, enum root_trace_kind kind)
{
        switch (kind) {
        case ROOT_TRACE_READ:
                read_file(loop, path);
                break;
        case ROOT_TRACE_LIST:
                list_directory(loop, path);
                break;
        case ROOT_TRACE_FLAGS:
                ask_flags(loop, path);
                break;
        case ROOT_TRACE_LINK:
                ask_link(loop, path);
                break;
        default:
                ask_stat(loop, path, kind == ROOT_TRACE_LSTAT ? AT_SYMLINK_NOFOLLOW : 0);
        }
}

/* Adds what it took, in microseconds, to the best. */
static void run_loop(const struct loop *loop, double *best)
{
        double start = now(), took;

        loop->paths->bytes = 0;
        loop->paths->n_read = 0;
        for (size_t i = 0; i < loop->paths->n; i++) {
                const char *path = loop->paths->items[i].path;

                look(loop, path[1] == '\0' ? "." : path + 1, loop->paths->items[i].kind);
        }
        took = now() - start;
        *best = took < *best ? took : *best;
}

/* Peak resident memory of a program in KiB; -1 when it could not be run. */
static long peak(const char *const *argv)
{
        struct rusage usage;
        int status;
        pid_t pid = fork();

        if (pid == 0) {
                int null = open("/dev/null", O_WRONLY);

                if (null < 0 || dup2(null, 1) < 0)
                        _exit(126);
                (void) execv(argv[0], (char *const *) argv);
                _exit(127);
        }

        return pid < 0 || wait4(pid, &status, 0, &usage) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) > 3
                       ? -1
                       : usage.ru_maxrss;
}

int main(int argc, char *argv[])
{
        const char *name = argc > 2 ? argv[2] : "/";
        const char *const agentctl[] = { argc > 1 ? argv[1] : "", "--root", name, "ready", NULL };
        const char *const agentctl_live[] = { argc > 1 ? argv[1] : "", "ready", NULL };
        const char *const yardstick[] = { argc > 1 ? argv[1] : "", "--version", NULL };
        unsigned flags = string_equal(name, "/") ? ROOT_LIVE : 0;
        double best_scan = 1e18, bare = 1e18, careful = 1e18, best_process = 1e18;
        struct paths paths = { 0 };
        size_t n_findings = 0;
        long memory;
        int directory, proc;

        if (argc < 2 || argc > 3) {
                fprintf(stderr, "use: bench-scan AGENTCTL [ROOT]\n");
                return 2;
        }
        directory = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0 || proc < 0 || scan(name, flags, &paths, &n_findings) < 0) {
                fprintf(stderr, "bench-scan: cannot scan '%s'\n", name);
                return 1;
        }

        for (unsigned round = 0; round < ROUNDS; round++) {
                double start = now(), took;

                if (scan(name, flags, NULL, &n_findings) < 0)
                        return 1;
                took = now() - start;
                best_scan = took < best_scan ? took : best_scan;

                run_loop(&(struct loop){ directory, -1, &paths }, &bare);
                run_loop(&(struct loop){ directory, proc, &paths }, &careful);
        }
        for (unsigned round = 0; round < 20; round++) {
                double start = now(), took;

                (void) peak(flags ? agentctl_live : agentctl);
                took = now() - start;
                best_process = took < best_process ? took : best_process;
        }
        memory = peak(flags ? agentctl_live : agentctl);

        printf("root %s: %zu findings from %zu lookups, of which %zu files were read, %zu bytes\n", name,
               n_findings, paths.n, paths.n_read, paths.bytes);
        printf("  bare loop over the same    %9.0f us\n", bare);
        printf("  careful loop               %9.0f us, %.2f times the bare one\n", careful, careful / bare);
        printf("  scan in the process        %9.0f us, %.2f times the bare loop, %.2f times the careful "
               "one\n",
               best_scan, best_scan / bare, best_scan / careful);
        printf("  agentctl ready, whole      %9.0f us\n", best_process);
        printf("  peak memory                %9ld KiB (agentctl --version: %ld KiB)\n", memory,
               peak(yardstick));

        for (size_t i = 0; i < paths.n; i++)
                free(paths.items[i].path);
        free(paths.items);
        (void) close(directory);
        (void) close(proc);
        return 0;
}
