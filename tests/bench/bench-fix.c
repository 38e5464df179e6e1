/* SPDX-License-Identifier: Apache-2.0 */

/* What a fix costs beside yardsticks in the same run: planning all fixes beside a check, and a whole apply
 * beside a bare program that makes as many files and syncs as often. Prints numbers and asserts none.
 * use: bench-fix AGENTCTL ROOT [NAME...]   ROOT is copied; without names, only planning is measured */

#include "crash/trace.h"
#include "engine/plan-make.h"
#include "engine/scan.h"
#include "roots.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 100, APPLY_ROUNDS = 10 };

static double now(void)
{
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec * 1e6 + (double) t.tv_nsec / 1e3;
}

static int check(const char *name, unsigned flags)
{
        _cleanup_root_ struct root *root = NULL;
        _cleanup_context_ struct context *context = NULL;
        struct scan_options options = { .profile = PROFILE_BOOT };
        int r;

        r = root_open(name, flags, &root);
        if (r >= 0)
                r = context_new(root, &options, &context);

        return r < 0 ? r : scan_run(context, NULL);
}

static int plan(const char *name, unsigned flags, size_t *ret_changes)
{
        static const char *const all[] = { "all", NULL };
        _cleanup_root_ struct root *root = NULL;
        _cleanup_plan_ struct plan *made = NULL;
        struct scan_options options = { .profile = PROFILE_BOOT };
        struct fix_options fix = { .commands = flags != 0 };
        int r;

        r = root_open(name, flags, &root);
        if (r >= 0)
                r = plan_make(root, &options, &fix, all, &made);
        if (r < 0)
                return r;
        (void) plan_changes(made, ret_changes);

        /* The plan borrows the root. */
        made = plan_free(made);
        return 0;
}

static int bench_plan(const char *name, unsigned flags)
{
        double best_check = 1e18, best_plan = 1e18;
        size_t n_changes = 0;

        for (unsigned round = 0; round < ROUNDS; round++) {
                double start = now(), took;

                if (check(name, flags) < 0)
                        return -EIO;
                took = now() - start;
                best_check = took < best_check ? took : best_check;

                start = now();
                if (plan(name, flags, &n_changes) < 0)
                        return -EIO;
                took = now() - start;
                best_plan = took < best_plan ? took : best_plan;
        }
        printf("root %s: a plan of all fixes has %zu changes\n", name, n_changes);
        printf("  check in the process       %9.0f us\n", best_check);
        printf("  plan of all fixes          %9.0f us, %.2f times the check\n", best_plan,
               best_plan / best_check);

        return 0;
}

/* A copy of the root, for one apply. */
static int copy_root(const char *name, char **ret)
{
        char *copy = scratch_name("bench");
        int r = !copy ? -ENOMEM : !mkdtemp(copy) ? -errno : copy_tree(name, copy);

        *ret = copy;
        return r;
}

static int count_syncs(const char *const *argv, size_t *ret_files, size_t *ret_directories)
{
        _cleanup_record_ struct trace_record record = { 0 };
        _cleanup_trace_ struct trace_result result = { 0 };
        struct trace_plan counting = { .action = TRACE_COUNT, .record = &record };
        int r = trace_run(argv, &counting, &result);

        if (r < 0)
                return r;
        *ret_files = *ret_directories = 0;
        for (size_t i = 0; i < record.n; i++) {
                const struct trace_point *point = &record.points[i];

                if (!string_equal(point->name, "fsync") && !string_equal(point->name, "fdatasync"))
                        continue;
                *(S_ISDIR(point->object.mode) ? ret_directories : ret_files) += 1;
        }

        return result.status <= 1 ? 0 : -EIO;
}

/* A new file of a kilobyte, synced and renamed, n times; and as many syncs of the directory. */
static double bare_syncs(const char *directory, size_t n_files, size_t n_directories)
{
        static const char content[1024];
        double start = now();
        int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        for (size_t i = 0; i < n_files || i < n_directories; i++) {
                int fd = i < n_files ? openat(at, "bare.new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)
                                     : -1;

                if (fd >= 0 && (write(fd, content, sizeof(content)) < 0 || fsync(fd) < 0 ||
                                renameat(at, "bare.new", at, "bare") < 0))
                        printf("  (the yardstick failed)\n");
                if (fd >= 0)
                        (void) close(fd);
                if (i < n_directories && fsync(at) < 0)
                        printf("  (the yardstick failed)\n");
        }
        (void) close(at);

        return now() - start;
}

static void make_command(const char *agentctl, const char *copy, const char *const *names, size_t n,
                         const char **argv)
{
        const char *const head[] = { agentctl, "--root", copy, "--json", "fix" };

        memcpy(argv, head, sizeof(head));
        for (size_t i = 0; i < n && i + ARRAY_SIZE(head) + 1 < MAX_ARGUMENTS; i++)
                argv[ARRAY_SIZE(head) + i] = names[i];
}

static int apply_once(const char *name, const char *agentctl, const char *const *names, size_t n, bool count,
                      double *ret_took, size_t *files, size_t *directories)
{
        const char *argv[MAX_ARGUMENTS] = { 0 };
        _cleanup_result_ struct command_result result = { 0 };
        _cleanup_free_ char *copy = NULL;
        double start;
        int r = copy_root(name, &copy);

        if (r < 0)
                return r;
        make_command(agentctl, copy, names, n, argv);
        if (count)
                r = count_syncs(argv, files, directories);
        else {
                sync();
                start = now();
                r = run_command(argv, false, &result);
                *ret_took = now() - start;
                if (r >= 0 && result.status > 1)
                        r = -EIO;
        }
        if (r == -EIO)
                fprintf(stderr, "bench-fix: %s%s\n", result.out ? result.out : "",
                        result.err ? result.err : "");
        remove_tree(copy);

        return r;
}

static int bench_apply(const char *name, const char *agentctl, const char *const *names, size_t n)
{
        double best = 1e18, best_bare = 1e18, took = 0;
        size_t files = 0, directories = 0;
        char scratch[] = "/tmp/ecs-guest-agent-bare.XXXXXX";
        int r = apply_once(name, agentctl, names, n, true, &took, &files, &directories);

        if (r >= 0 && !mkdtemp(scratch))
                r = -errno;
        for (unsigned round = 0; round < APPLY_ROUNDS && r >= 0; round++) {
                double bare;

                r = apply_once(name, agentctl, names, n, false, &took, &files, &directories);
                best = took < best ? took : best;
                bare = bare_syncs(scratch, files, directories);
                best_bare = bare < best_bare ? bare : best_bare;
        }
        remove_tree(scratch);
        if (r < 0)
                return r;
        printf("  agentctl fix, whole        %9.0f us with %zu syncs of files and %zu of directories\n", best,
               files, directories);
        printf("  as many syncs, bare        %9.0f us; fix is %.2f times that\n", best_bare,
               best / best_bare);

        return 0;
}

int main(int argc, char *argv[])
{
        unsigned flags;
        int r;

        if (argc < 3) {
                fprintf(stderr, "use: bench-fix AGENTCTL ROOT [NAME...]\n");
                return 2;
        }
        flags = string_equal(argv[2], "/") ? ROOT_LIVE : 0;
        r = bench_plan(argv[2], flags);
        if (r >= 0 && argc > 3 && !flags)
                r = bench_apply(argv[2], argv[1], (const char *const *) argv + 3, (size_t) (argc - 3));
        if (r < 0)
                fprintf(stderr, "bench-fix: '%s': %s\n", argv[2], strerror(-r));

        return r < 0;
}
