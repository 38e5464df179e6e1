/* SPDX-License-Identifier: Apache-2.0 */

/* What a scan costs beside a yardstick in the same run: a bare loop that does the same lookups with the calls
 * that each takes at least, and knows all the answers beforehand (which directories are there, what is no
 * link). Prints numbers and asserts none. */

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

static void read_file(int directory, const char *path, struct paths *paths)
{
        static char chunk[65536];
        int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
        ssize_t n;

        if (fd < 0)
                return;
        while ((n = read(fd, chunk, sizeof(chunk))) > 0)
                paths->bytes += (size_t) n;
        paths->n_read++;
        (void) close(fd);
}

static void list_directory(int directory, const char *path)
{
        int fd = openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *entries = fd < 0 ? NULL : fdopendir(fd);

        if (!entries)
                return;
        while (readdir(entries))
                ;
        (void) closedir(entries);
}

static void ask_flags(int directory, const char *path)
{
        int fd = openat(directory, path, O_RDONLY | O_CLOEXEC), flags;

        if (fd < 0)
                return;
        (void) ioctl(fd, FS_IOC_GETFLAGS, &flags);
        (void) close(fd);
}

static void look(int directory, const char *path, enum root_trace_kind kind, struct paths *paths)
{
        char target[PATH_MAX];
        struct stat st;

        switch (kind) {
        case ROOT_TRACE_READ:
                read_file(directory, path, paths);
                break;
        case ROOT_TRACE_LIST:
                list_directory(directory, path);
                break;
        case ROOT_TRACE_FLAGS:
                ask_flags(directory, path);
                break;
        case ROOT_TRACE_LINK:
                (void) readlinkat(directory, path, target, sizeof(target));
                break;
        default:
                (void) fstatat(directory, path, &st, 0);
        }
}

static void bare_loop(int directory, struct paths *paths)
{
        paths->bytes = 0;
        paths->n_read = 0;
        for (size_t i = 0; i < paths->n; i++)
                look(directory, paths->items[i].path[1] == '\0' ? "." : paths->items[i].path + 1,
                     paths->items[i].kind, paths);
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
        double best_scan = 1e18, best_loop = 1e18, best_process = 1e18;
        struct paths paths = { 0 };
        size_t n_findings = 0;
        long memory;
        int directory;

        if (argc < 2 || argc > 3) {
                fprintf(stderr, "use: bench-scan AGENTCTL [ROOT]\n");
                return 2;
        }
        directory = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0 || scan(name, flags, &paths, &n_findings) < 0) {
                fprintf(stderr, "bench-scan: cannot scan '%s'\n", name);
                return 1;
        }

        for (unsigned round = 0; round < ROUNDS; round++) {
                double start = now(), took;

                if (scan(name, flags, NULL, &n_findings) < 0)
                        return 1;
                took = now() - start;
                best_scan = took < best_scan ? took : best_scan;

                start = now();
                bare_loop(directory, &paths);
                took = now() - start;
                best_loop = took < best_loop ? took : best_loop;
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
        printf("  bare loop over the same    %9.0f us\n", best_loop);
        printf("  scan in the process        %9.0f us, %.2f times the loop\n", best_scan,
               best_scan / best_loop);
        printf("  agentctl ready, whole      %9.0f us\n", best_process);
        printf("  peak memory                %9ld KiB (agentctl --version: %ld KiB)\n", memory,
               peak(yardstick));

        for (size_t i = 0; i < paths.n; i++)
                free(paths.items[i].path);
        free(paths.items);
        (void) close(directory);
        return 0;
}
