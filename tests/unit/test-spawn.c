/* SPDX-License-Identifier: Apache-2.0 */
#include "forbid.h"
#include "test.h"

#include "base/spawn.h"
#include "base/syscalls.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static const struct spawn_limits patient = { .timeout_ms = 60000, .grace_ms = 60000, .output_cap = 65536 };

static int run_script(const char *script, const struct spawn_limits *limits, struct spawn_result *ret)
{
        return spawn_run((const char *const[]){ "/bin/sh", "-c", script, NULL }, limits, ret);
}

static void check_script(const char *script, int exit_status, const char *output)
{
        _cleanup_spawn_result_ struct spawn_result result = { 0 };

        CHECK_INT(run_script(script, &patient, &result), 0);
        CHECK_INT(result.exit_status, exit_status);
        CHECK_INT(result.signal, 0);
        CHECK(!result.timed_out);
        CHECK_INT(result.n_dropped, 0);
        CHECK_STRING(result.output, output);
}

static double seconds(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static bool is_alive(const char *pid)
{
        _cleanup_free_ char *path = string_format("/proc/%.*s/stat", (int) strspn(pid, "0123456789"), pid);
        _cleanup_close_ int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -EBADF;
        char line[256];
        ssize_t n;

        if (fd < 0)
                return false;

        n = read(fd, line, sizeof(line) - 1);
        line[n > 0 ? n : 0] = '\0';
        /* One that nobody reaped yet has ended as well. */
        return n > 0 && !strstr(line, ") Z ");
}

TEST(output_and_status)
{
        check_script("echo one; echo two >&2; printf three", 0, "one\ntwo\nthree");
        check_script("exit 7", 7, "");
        check_script("exec >&- 2>&-; sleep 0.2; exit 5", 5, "");
}

TEST(arguments_as_they_are)
{
        _cleanup_spawn_result_ struct spawn_result result = { 0 };
        const char *const argv[] = { "/usr/bin/printf", "%s|", "", "a b", "$HOME", "*", "';\n", NULL };

        CHECK_INT(spawn_run(argv, &patient, &result), 0);
        CHECK_STRING(result.output, "|a b|$HOME|*|';\n|");
}

TEST(nothing_of_ours)
{
        _cleanup_spawn_result_ struct spawn_result result = { 0 };

        CHECK_INT(setenv("LD_LIBRARY_PATH", "/nowhere", 1), 0);
        CHECK_INT(spawn_run((const char *const[]){ "/usr/bin/env", NULL }, &patient, &result), 0);
        CHECK_STRING(result.output, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLANG=C.UTF-8\nHOME=/\n");
        CHECK_INT(unsetenv("LD_LIBRARY_PATH"), 0);

        (void) umask(077);
        check_script("pwd; umask; cat; readlink /proc/self/fd/0", 0, "/\n0022\n/dev/null\n");
        (void) umask(022);
}

/* The fourth is that of the listed directory. */
static void check_descriptors(void)
{
        check_script("ls /proc/self/fd", 0, "0\n1\n2\n3\n");
}

TEST(no_descriptors)
{
        int fds[300];

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
                fds[i] = dup(STDOUT_FILENO);
                CHECK(fds[i] > 2);
        }
        check_descriptors();
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                CHECK_INT(close(fds[i]), 0);
}

static void handler(int number)
{
}

TEST(default_signals)
{
        struct sigaction ignore = { .sa_handler = SIG_IGN }, caught = { .sa_handler = handler }, before[3];
        sigset_t some, none;

        sigemptyset(&none);
        sigemptyset(&some);
        sigaddset(&some, SIGTERM);
        sigaddset(&some, SIGRTMAX);
        CHECK_INT(sigprocmask(SIG_SETMASK, &some, &none), 0);
        CHECK_INT(sigaction(SIGPIPE, &ignore, &before[0]), 0);
        CHECK_INT(sigaction(SIGHUP, &ignore, &before[1]), 0);
        CHECK_INT(sigaction(SIGINT, &caught, &before[2]), 0);

        check_script("exec grep -E 'Sig(Blk|Ign)' /proc/self/status", 0,
                     "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");

        CHECK_INT(sigprocmask(SIG_BLOCK, NULL, &some), 0);
        CHECK(sigismember(&some, SIGTERM) == 1 && sigismember(&some, SIGUSR1) == 0);
        CHECK_INT(sigprocmask(SIG_SETMASK, &none, NULL), 0);
        CHECK_INT(sigaction(SIGPIPE, &before[0], NULL), 0);
        CHECK_INT(sigaction(SIGHUP, &before[1], NULL), 0);
        CHECK_INT(sigaction(SIGINT, &before[2], NULL), 0);
}

/* Fields 1, 5, 6 and 7: its number, group, session and terminal. */
TEST(group_of_its_own)
{
        check_script("read -r pid name state parent group session tty rest </proc/self/stat\n"
                     "[ \"$pid\" = $$ ] && [ $$ = \"$group\" ] && [ $$ = \"$session\" ] && echo \"$tty\"",
                     0, "0\n");
}

TEST(not_to_be_run)
{
        static const char *const no_program[] = { "/no/such/program", NULL };
        static const char *const a_directory[] = { "/", NULL };
        static const char *const relative[] = { "sh", NULL };
        static const char *const nothing[] = { NULL };
        struct spawn_result result = { 0 };

        CHECK_INT(spawn_run(no_program, &patient, &result), -ENOENT);
        CHECK_INT(spawn_run(a_directory, &patient, &result), -EACCES);
        CHECK_INT(spawn_run((const char *const[]){ "/proc/self/status", NULL }, &patient, &result), -EACCES);
        CHECK_INT(spawn_run(relative, &patient, &result), -EINVAL);
        CHECK_INT(spawn_run(nothing, &patient, &result), -EINVAL);
        CHECK(!result.output);
        CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

/* A text without "#!", which a shell would run, and one whose interpreter is not there. */
TEST(not_a_program)
{
        char path[] = "/tmp/test-spawn-XXXXXX";
        const char *const argv[] = { path, NULL };
        struct spawn_result result = { 0 };
        int fd = mkstemp(path);

        CHECK(fd >= 0 && write(fd, "exit 0\n", 7) == 7 && fchmod(fd, 0700) == 0);
        CHECK_INT(close(fd), 0);
        CHECK_INT(spawn_run(argv, &patient, &result), -ENOEXEC);

        fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
        CHECK(fd >= 0 && write(fd, "#!/nowhere\n", 11) == 11);
        CHECK_INT(close(fd), 0);
        CHECK_INT(spawn_run(argv, &patient, &result), -ENOENT);
        CHECK_INT(unlink(path), 0);
}

TEST(ended_by_a_signal)
{
        _cleanup_spawn_result_ struct spawn_result result = { 0 };

        CHECK_INT(run_script("echo last; kill -USR1 $$", &patient, &result), 0);
        CHECK_INT(result.signal, SIGUSR1);
        CHECK_INT(result.exit_status, -1);
        CHECK(!result.timed_out);
        CHECK_STRING(result.output, "last\n");
}

/* The end of it is kept, and all of it counted. */
static void check_cap(size_t cap, const char *script, size_t n_written, const char *end)
{
        const struct spawn_limits limits = { .timeout_ms = 60000, .output_cap = cap };
        _cleanup_spawn_result_ struct spawn_result result = { 0 };

        CHECK_INT(run_script(script, &limits, &result), 0);
        CHECK_INT(result.exit_status, 0);
        CHECK_INT(result.output_len + result.n_dropped, n_written);
        CHECK(result.output_len <= cap && result.output_len >= (n_written < cap ? n_written : cap / 2));
        CHECK(text_ends((struct text){ result.output, result.output_len }, end));
        CHECK_INT(result.output[result.output_len], 0);
}

TEST(more_output_than_wanted)
{
        check_cap(10, "printf 0123456789", 10, "0123456789");
        check_cap(10, "printf 0123456789a", 11, "6789a");
        check_cap(10, "printf 0123456789; sleep 0.2; printf a", 11, "56789a");
        check_cap(5, "printf a; sleep 0.2; printf 0123456789", 11, "56789");
        check_cap(5, "printf 01234; sleep 0.2; printf 56789", 10, "56789");
        check_cap(1, "printf 0123456789", 10, "");
        check_cap(0, "printf 'a\\0b'", 3, "");
        check_cap(10, "head -c 3000000 /dev/zero; printf 0123456789abc", 3000013, "89abc");
        check_cap(9000, "head -c 3000000 /dev/zero; printf 0123456789abc", 3000013, "0123456789abc");
        check_cap(100000, "i=0; while [ $i -lt 9 ]; do head -c 33333 /dev/zero; i=$((i + 1)); done; echo end",
                  300001, "end\n");
}

TEST(bytes_in_the_output)
{
        _cleanup_spawn_result_ struct spawn_result result = { 0 };

        CHECK_INT(run_script("printf 'a\\0\\377b'", &patient, &result), 0);
        CHECK_TEXT(((struct text){ result.output, result.output_len }), "a\0\377b");
        CHECK_INT(result.output[result.output_len], 0);
}

/* Runs a script that says "begun" where it may be interrupted, with as much time as this machine needs. */
static void run_too_slow(const char *script, unsigned grace_ms, struct spawn_result *ret)
{
        struct spawn_limits limits = { .timeout_ms = 200, .grace_ms = grace_ms, .output_cap = 4096 };

        for (; limits.timeout_ms < 100000; limits.timeout_ms *= 4) {
                _cleanup_spawn_result_ struct spawn_result result = { 0 };
                double start = seconds();

                CHECK_INT(run_script(script, &limits, &result), 0);
                CHECK(result.timed_out);
                CHECK(seconds() - start >= limits.timeout_ms / 1e3);
                if (!text_contains((struct text){ result.output, result.output_len }, "begun\n"))
                        continue;

                *ret = result;
                result.output = NULL;
                return;
        }
        CHECK(!"it has begun");
}

static void check_too_slow(const char *script, unsigned grace_ms, int exit_status, int number,
                           const char *output)
{
        _cleanup_spawn_result_ struct spawn_result result = { 0 };

        run_too_slow(script, grace_ms, &result);
        CHECK_INT(result.exit_status, exit_status);
        CHECK_INT(result.signal, number);
        if (output)
                CHECK_STRING(result.output, output);
}

TEST(too_slow)
{
        check_too_slow("echo begun; exec sleep 100", 60000, -1, SIGTERM, "begun\n");
        check_too_slow("trap 'echo asked; exit 3' TERM; echo begun; sleep 100 & wait", 60000, 3, 0,
                       "begun\nasked\n");
        check_too_slow("trap '' TERM; echo begun; while :; do sleep 100; done", 200, -1, SIGKILL, NULL);
        check_too_slow("echo begun; kill -STOP $$", 60000, -1, SIGTERM, "begun\n");
        /* Never silent. */
        check_too_slow("exec yes begun", 60000, -1, SIGTERM, NULL);
}

/* Also those below it that do not listen. */
TEST(too_slow_with_others)
{
        _cleanup_spawn_result_ struct spawn_result result = { 0 };

        run_too_slow("(trap '' TERM; exec sh -c 'echo begun; echo $$; exec sleep 100') & wait", 60000,
                     &result);
        CHECK_INT(result.signal, SIGTERM);
        CHECK(result.output_len > strlen("begun\n"));
        for (int i = 0; i < 1000 && is_alive(result.output + strlen("begun\n")); i++)
                (void) usleep(10000);
        CHECK(!is_alive(result.output + strlen("begun\n")));
}

/* A service that a script starts holds the output open: it is not waited for, and lives on. */
TEST(left_in_the_background)
{
        _cleanup_spawn_result_ struct spawn_result result = { 0 };
        double start = seconds();
        pid_t pid;

        CHECK_INT(run_script("sleep 50 & echo $!", &patient, &result), 0);
        CHECK(seconds() - start < 40);
        CHECK_INT(result.exit_status, 0);
        CHECK(is_alive(result.output));
        pid = (pid_t) strtol(result.output, NULL, 10);
        CHECK(pid > 1 && kill(pid, SIGKILL) == 0);
}

/* Nor one that never stops to write, until nobody reads. */
TEST(loud_in_the_background)
{
        _cleanup_spawn_result_ struct spawn_result result = { 0 };

        CHECK_INT(run_script("yes & sleep 0.3", &patient, &result), 0);
        CHECK_INT(result.exit_status, 0);
}

TEST(nobody_is_left_unreaped)
{
        CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

/* In a process of its own, whose state may be spoilt; 0 when all is well. */
static void check_in_child(int (*function)(void))
{
        int status = -1;
        pid_t pid = fork();

        if (pid == 0)
                _exit(function());
        CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
        if (WEXITSTATUS(status) == 99)
                test_skip("no system call filters here");
        else
                CHECK_INT(WEXITSTATUS(status), 0);
}

static bool script_says(const char *script, const char *output)
{
        _cleanup_spawn_result_ struct spawn_result result = { 0 };

        return run_script(script, &patient, &result) == 0 && result.exit_status == 0 &&
               string_equal(result.output, output);
}

static int without_standard_descriptors(void)
{
        struct spawn_result result = { 0 };

        if (close(0) < 0 || close(1) < 0 || close(2) < 0)
                return 1;
        if (!script_says("cat; echo out; echo err >&2; ls /proc/self/fd", "out\nerr\n0\n1\n2\n3\n"))
                return 2;
        if (spawn_run((const char *const[]){ "/nowhere", NULL }, &patient, &result) != -ENOENT)
                return 3;
        /* Nothing is left open. */
        return fcntl(0, F_GETFD) < 0 && fcntl(1, F_GETFD) < 0 && fcntl(2, F_GETFD) < 0 ? 0 : 4;
}

static int without_child_signals(void)
{
        struct sigaction action = { .sa_handler = SIG_IGN };

        if (sigaction(SIGCHLD, &action, NULL) < 0 || !script_says("echo a", "a\n"))
                return 1;

        return sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN ? 0 : 2;
}

TEST(started_badly)
{
        check_in_child(without_standard_descriptors);
        check_in_child(without_child_signals);
}

static bool open_some(void)
{
        for (int fd = 10; fd < 400; fd += 3)
                if (dup2(STDERR_FILENO, fd) != fd)
                        return false;

        return true;
}

static int on_an_old_kernel(void)
{
        if (!forbid(SYSCALL_CLOSE_RANGE, ENOSYS))
                return 99;

        return open_some() && script_says("ls /proc/self/fd", "0\n1\n2\n3\n") ? 0 : 1;
}

/* As without /proc. */
static int without_a_list(void)
{
        if (!forbid(SYSCALL_CLOSE_RANGE, ENOSYS) || !forbid(SYS_getdents64, EACCES))
                return 99;

        return open_some() && script_says(
                                      "for fd in 3 10 13 397; do [ -e /proc/$$/fd/$fd ] && echo $fd; done; :",
                                      "")
                       ? 0
                       : 1;
}

static int without_fork(void)
{
        struct spawn_result result = { 0 };

        /* And clone3(), 435. */
        if (!forbid(SYS_clone, EAGAIN) || !forbid(435, EAGAIN))
                return 99;

        return run_script("echo a", &patient, &result) == -EAGAIN && !result.output ? 0 : 1;
}

TEST(on_other_kernels)
{
        check_in_child(on_an_old_kernel);
        check_in_child(without_a_list);
        check_in_child(without_fork);
}

static int without_descriptors(void)
{
        struct spawn_result result = { 0 };
        int n = 0;

        while (dup(STDERR_FILENO) >= 0)
                n++;
        for (int left = 0; left < 5; left++) {
                if (run_script("echo a", &patient, &result) != -EMFILE || result.output)
                        return 1;
                (void) close(n + 2 - left);
        }

        return script_says("echo a", "a\n") ? 0 : 2;
}

TEST(without_resources)
{
        check_in_child(without_descriptors);
}
