/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spawn.h"

#include "base/spawn-internal.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>

/* How long the end of a program may stay unseen that others' open descriptors hide. */
enum { PAUSE_MAX_MS = 50 };

enum phase { RUNS, WAS_ASKED, WAS_KILLED };

struct running {
        pid_t pid;
        enum phase phase;
        uint64_t deadline;
        unsigned grace_ms;
        size_t output_cap;
        int output; /* reading ends, negative when there is no more */
        int report;
        int error; /* that execve() reported */
};

static uint64_t now_ms(void)
{
        struct timespec now = { 0 };

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

static void close_now(int *fd)
{
        close_pointer(fd);
        *fd = -EBADF;
}

/* Where our own standard descriptors are closed, a new one may get their numbers, which the child needs. */
static int lift(int *fd)
{
        int lifted;

        if (*fd > STDERR_FILENO)
                return 0;

        lifted = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (lifted < 0)
                return -errno;

        close_now(fd);
        *fd = lifted;
        return 0;
}

/* Reading never waits. */
static int open_pipe(int *ret_read, int *ret_write)
{
        _cleanup_close_ int reading = -EBADF, writing = -EBADF;
        int ends[2], r;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;

        reading = ends[0];
        writing = ends[1];
        r = lift(&reading);
        if (r < 0)
                return r;
        r = lift(&writing);
        if (r < 0)
                return r;
        if (fcntl(reading, F_SETFL, O_NONBLOCK) < 0)
                return -errno;

        *ret_read = take_fd(&reading);
        *ret_write = take_fd(&writing);
        return 0;
}

/* No handler of ours may run in the child. */
static int fork_quietly(const struct spawn_child *child, pid_t *ret)
{
        sigset_t all, before;
        int error;
        pid_t pid;

        if (sigfillset(&all) < 0 || sigprocmask(SIG_SETMASK, &all, &before) < 0)
                return -errno;

        pid = fork();
        if (pid == 0)
                spawn_become(child);
        error = errno;
        (void) sigprocmask(SIG_SETMASK, &before, NULL);
        if (pid < 0)
                return -error;

        *ret = pid;
        return 0;
}

static int start(const char *const *argv, struct running *running)
{
        _cleanup_close_ int input = open("/dev/null", O_RDONLY | O_CLOEXEC | O_NOCTTY);
        _cleanup_close_ int output = -EBADF, report = -EBADF;
        struct spawn_child child = { .argv = argv };
        int r;

        if (input < 0)
                return -errno;
        r = lift(&input);
        if (r < 0)
                return r;
        r = open_pipe(&running->output, &output);
        if (r < 0)
                return r;
        r = open_pipe(&running->report, &report);
        if (r < 0)
                return r;

        child.input = input;
        child.output = output;
        child.report = report;
        return fork_quietly(&child, &running->pid);
}

/* The end is where a program says why it failed: what it wrote first goes, by halves, so that little is
 * moved. */
static void make_room(struct spawn_result *result, size_t cap, size_t n)
{
        size_t dropped = cap / 2;

        if (result->output_len + n <= cap)
                return;

        if (dropped < result->output_len + n - cap)
                dropped = result->output_len + n - cap;
        if (dropped > result->output_len)
                dropped = result->output_len;
        result->output_len -= dropped;
        result->n_dropped += dropped;
        memmove(result->output, result->output + dropped, result->output_len);
}

static void keep_output(struct spawn_result *result, size_t cap, const char *bytes, size_t n)
{
        size_t n_kept = n < cap ? n : cap;

        make_room(result, cap, n_kept);
        memcpy(result->output + result->output_len, bytes + n - n_kept, n_kept);
        result->output_len += n_kept;
        result->n_dropped += n - n_kept;
        result->output[result->output_len] = '\0';
}

/* At most max bytes, kept or counted. */
static void read_output(struct running *running, struct spawn_result *result, size_t max)
{
        char bytes[4096];
        ssize_t n = read(running->output, bytes, max < sizeof(bytes) ? max : sizeof(bytes));

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n <= 0)
                close_now(&running->output);
        else
                keep_output(result, running->output_cap, bytes, (size_t) n);
}

/* What is there when the program has ended. Others may go on writing for ever. */
static void drain(struct running *running, struct spawn_result *result)
{
        int n = 0;
        size_t left;

        if (running->output < 0 || ioctl(running->output, FIONREAD, &n) < 0)
                return;

        for (left = n > 0 ? (size_t) n : 0; left > 0 && running->output >= 0;) {
                size_t before = result->output_len + result->n_dropped, taken;

                read_output(running, result, left);
                taken = result->output_len + result->n_dropped - before;
                if (taken == 0)
                        return;
                left -= taken;
        }
}

static void read_report(struct running *running)
{
        int error;
        ssize_t n;

        if (running->report < 0)
                return;

        n = read(running->report, &error, sizeof(error));
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n == (ssize_t) sizeof(error))
                running->error = error;
        close_now(&running->report);
}

/* Whether there was something to read. */
static bool wait_and_read(struct running *running, struct spawn_result *result, unsigned pause_ms)
{
        struct pollfd fds[] = {
                { .fd = running->output, .events = POLLIN },
                { .fd = running->report, .events = POLLIN },
        };

        if (poll(fds, ARRAY_SIZE(fds), (int) pause_ms) <= 0)
                return false;

        if (fds[0].revents)
                read_output(running, result, SIZE_MAX);
        if (fds[1].revents)
                read_report(running);
        return true;
}

/* The group is there from before execve() until its leader is reaped; before that there is the leader. */
static void signal_group(const struct running *running, int number)
{
        if (kill(-running->pid, number) < 0)
                (void) kill(running->pid, number);
}

/* False when even SIGKILL did not end it, as in a dead network file system. */
static bool keep_time(struct running *running, struct spawn_result *result)
{
        uint64_t now = now_ms();

        if (now < running->deadline)
                return true;
        if (running->phase == WAS_KILLED)
                return false;

        if (running->phase == RUNS) {
                result->timed_out = true;
                signal_group(running, SIGTERM);
                /* It may be stopped, and then hears nothing. */
                signal_group(running, SIGCONT);
        } else
                signal_group(running, SIGKILL);
        running->phase++;
        running->deadline = now + running->grace_ms;
        return true;
}

/* 1 when it has ended, 0 when not. It is not reaped yet, so that its number stays its own. */
static int has_ended(pid_t pid)
{
        siginfo_t info = { 0 };

        if (waitid(P_PID, (id_t) pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
                return errno == EINTR ? 0 : -errno;

        return info.si_pid == pid;
}

/* As has_ended(), 0 when it cannot be ended. */
static int watch(struct running *running, struct spawn_result *result)
{
        unsigned pause_ms = 1;
        int r;

        while ((r = has_ended(running->pid)) == 0) {
                if (!keep_time(running, result))
                        return 0;
                if (wait_and_read(running, result, pause_ms))
                        pause_ms = 1;
                else
                        pause_ms = pause_ms < PAUSE_MAX_MS / 2 ? 2 * pause_ms : PAUSE_MAX_MS;
        }

        return r;
}

static int reap(pid_t pid, struct spawn_result *result)
{
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;

        if (WIFEXITED(status))
                result->exit_status = WEXITSTATUS(status);
        else
                result->signal = WTERMSIG(status);
        return 0;
}

static int finish(struct running *running, struct spawn_result *result)
{
        int r;

        drain(running, result);
        read_report(running);
        /* Whom the leader did not take with it. */
        if (result->timed_out)
                signal_group(running, SIGKILL);
        r = reap(running->pid, result);

        return running->error > 0 ? -running->error : r;
}

static int run(const char *const *argv, struct running *running, struct spawn_result *result)
{
        int r;

        r = start(argv, running);
        if (r < 0)
                return r;

        r = watch(running, result);
        return r == 1 ? finish(running, result) : r;
}

/* Where SIGCHLD is ignored, which is inherited from whoever started us, no status is kept for us. */
static int run_with_status(const char *const *argv, struct running *running, struct spawn_result *result)
{
        struct sigaction ours = { .sa_handler = SIG_DFL }, before;
        int r;

        if (sigaction(SIGCHLD, NULL, &before) < 0)
                return -errno;
        if (before.sa_handler != SIG_IGN && !(before.sa_flags & SA_NOCLDWAIT))
                return run(argv, running, result);
        if (sigaction(SIGCHLD, &ours, NULL) < 0)
                return -errno;

        r = run(argv, running, result);
        (void) sigaction(SIGCHLD, &before, NULL);
        return r;
}

void spawn_result_done(struct spawn_result *result)
{
        free(take_ptr(result->output));
}

int spawn_run(const char *const *argv, const struct spawn_limits *limits, struct spawn_result *ret)
{
        struct running running = { .grace_ms = limits->grace_ms,
                                   .output_cap = limits->output_cap,
                                   .output = -EBADF,
                                   .report = -EBADF };
        _cleanup_spawn_result_ struct spawn_result result = { .exit_status = -1 };
        int r;

        if (!argv[0] || argv[0][0] != '/' || limits->output_cap >= SIZE_MAX / 2)
                return -EINVAL;

        result.output = calloc(limits->output_cap + 1, 1);
        if (!result.output)
                return -ENOMEM;

        running.deadline = now_ms() + limits->timeout_ms + 1;
        r = run_with_status(argv, &running, &result);
        close_now(&running.output);
        close_now(&running.report);
        if (r < 0)
                return r;

        *ret = result;
        result.output = NULL;
        return 0;
}
