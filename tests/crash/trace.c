/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/trace.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

enum { TIME_LIMIT = 60, MAX_PROCESSES = 64, OUTPUT_LIMIT = 65536 };

struct tracer {
        const struct trace_plan *plan;
        struct trace_result *result;
        pid_t pids[MAX_PROCESSES]; /* what lives; the first is the program itself */
        size_t n;
        bool signalled;
        struct trace_point pending; /* a call whose result is waited for */
        bool is_pending;
};

/* The alarm only has to interrupt waitpid(). */
static volatile sig_atomic_t too_long;

static void on_alarm(int signal_number)
{
        too_long = 1;
}

static void child(const char *const *argv, int out, int err)
{
        int null = open("/dev/null", O_RDONLY);

        /* The leak checker traces as well, and only one can. */
        if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 ||
            setenv("LSAN_OPTIONS", "detect_leaks=0", 1) < 0 ||
            setenv("ASAN_OPTIONS", "detect_leaks=0", 1) < 0)
                _exit(126);
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 || raise(SIGSTOP) != 0 || trace_filter_install() < 0)
                _exit(126);
        (void) execv(argv[0], (char *const *) argv);
        _exit(127);
}

static void signal_all(struct tracer *tracer, int signal_number)
{
        for (size_t i = 0; i < tracer->n; i++)
                (void) kill(tracer->pids[i], signal_number);
}

static void proceed(int request, pid_t pid, int signal_number)
{
        (void) ptrace((enum __ptrace_request) request, pid, NULL, (void *) (intptr_t) signal_number);
}

static void skip_call(pid_t pid, struct user_regs_struct *regs, int error)
{
        regs->orig_rax = (unsigned long long) -1;
        regs->rax = (unsigned long long) -error;
        (void) ptrace(PTRACE_SETREGS, pid, NULL, regs);
}

/* Takes the point that was waited for. */
static void keep_pending(struct tracer *tracer)
{
        struct trace_record *record = tracer->plan->record;

        tracer->is_pending = false;
        if (!record || array_grow(&record->points, record->n, sizeof(*record->points)) < 0)
                trace_point_done(&tracer->pending);
        else
                record->points[record->n++] = tracer->pending;
}

/* Before a call. */
static void at_call(struct tracer *tracer, pid_t pid)
{
        const struct trace_plan *plan = tracer->plan;
        struct trace_point point;
        struct user_regs_struct regs;
        bool here, fails;
        size_t number;

        if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0 || !trace_describe(pid, &regs, &point)) {
                proceed(PTRACE_CONT, pid, 0);
                return;
        }
        number = ++tracer->result->n_points;
        here = number == plan->at;
        fails = (here && plan->action == TRACE_FAIL) || (number >= plan->at && plan->action == TRACE_FAIL_ON);
        tracer->result->reached = tracer->result->reached || (here && !(fails && point.output));
        if (fails && !point.output)
                skip_call(pid, &regs, plan->error);
        if (here && plan->action == TRACE_CALL)
                plan->hook(plan->userdata);
        if (plan->record || (here && (plan->action == TRACE_KILL || plan->action == TRACE_SIGNAL))) {
                /* Two processes at once: the result of the earlier call is not known. */
                if (tracer->is_pending)
                        keep_pending(tracer);
                tracer->pending = point;
                tracer->is_pending = true;
                proceed(PTRACE_SYSCALL, pid, 0);
                return;
        }
        trace_point_done(&point);
        proceed(PTRACE_CONT, pid, 0);
}

/* After a call that was waited for. */
static void after_call(struct tracer *tracer, pid_t pid)
{
        const struct trace_plan *plan = tracer->plan;
        struct user_regs_struct regs = { 0 };
        bool here = tracer->result->n_points == plan->at;

        if (tracer->is_pending && tracer->pending.pid == pid) {
                (void) ptrace(PTRACE_GETREGS, pid, NULL, &regs);
                trace_describe_result(&regs, &tracer->pending);
                keep_pending(tracer);
        }
        if (here && plan->action == TRACE_KILL) {
                signal_all(tracer, SIGKILL);
                return;
        }
        if (here && plan->action == TRACE_SIGNAL && !tracer->signalled) {
                tracer->signalled = true;
                signal_all(tracer, SIGTERM);
        }
        proceed(PTRACE_CONT, pid, 0);
}

static void add_process(struct tracer *tracer, pid_t pid)
{
        for (size_t i = 0; i < tracer->n; i++)
                if (tracer->pids[i] == pid)
                        return;
        if (tracer->n < MAX_PROCESSES)
                tracer->pids[tracer->n++] = pid;
}

static void remove_process(struct tracer *tracer, pid_t pid, int status)
{
        if (pid == tracer->pids[0])
                tracer->result->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        for (size_t i = 1; i < tracer->n; i++)
                if (tracer->pids[i] == pid)
                        tracer->pids[i] = tracer->pids[--tracer->n];
}

static void on_stop(struct tracer *tracer, pid_t pid, int status)
{
        int signal_number = WSTOPSIG(status), event = status >> 16;
        bool is_new = true;

        for (size_t i = 0; i < tracer->n; i++)
                is_new = is_new && tracer->pids[i] != pid;
        add_process(tracer, pid);
        if (event == PTRACE_EVENT_SECCOMP)
                at_call(tracer, pid);
        else if (signal_number == (SIGTRAP | 0x80))
                after_call(tracer, pid);
        else if (event != 0 || (is_new && signal_number == SIGSTOP))
                proceed(PTRACE_CONT, pid, 0);
        else
                proceed(PTRACE_CONT, pid, signal_number);
}

static void follow(struct tracer *tracer)
{
        for (;;) {
                int status;
                pid_t pid = waitpid(-1, &status, __WALL);

                if (pid < 0 && errno == EINTR && too_long)
                        signal_all(tracer, SIGKILL);
                if (pid < 0 && errno == EINTR)
                        continue;
                if (pid < 0)
                        return;
                if (WIFSTOPPED(status))
                        on_stop(tracer, pid, status);
                else
                        remove_process(tracer, pid, status);
        }
}

/* Waits for the child's first stop and takes it over. */
static int take_over(pid_t pid)
{
        long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP |
                       PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
        int status;

        if (waitpid(pid, &status, 0) < 0)
                return -errno;
        if (!WIFSTOPPED(status))
                return -ECHILD;
        if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *) options) < 0)
                return -errno;
        proceed(PTRACE_CONT, pid, 0);

        return 0;
}

static int read_output(int fd, char **ret)
{
        static char data[OUTPUT_LIMIT];
        ssize_t n = pread(fd, data, sizeof(data), 0);

        if (n < 0)
                return -errno;
        *ret = text_dup((struct text){ data, (size_t) n });

        return *ret ? 0 : -ENOMEM;
}

static int output_file(void)
{
        char name[] = "/tmp/ecs-guest-agent-output.XXXXXX";
        int fd = mkostemp(name, O_CLOEXEC);

        if (fd >= 0)
                (void) unlink(name);

        return fd;
}

int trace_run(const char *const *argv, const struct trace_plan *plan, struct trace_result *ret)
{
        _cleanup_close_ int out = output_file(), err = output_file();
        struct sigaction action = { .sa_handler = on_alarm };
        struct tracer tracer = { .plan = plan, .result = ret };
        pid_t pid;
        int r;

        *ret = (struct trace_result){ 0 };
        if (out < 0 || err < 0 || sigaction(SIGALRM, &action, NULL) < 0)
                return -errno;
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                child(argv, out, err);
        tracer.pids[tracer.n++] = pid;
        r = take_over(pid);
        if (r < 0)
                return r;

        too_long = 0;
        (void) alarm(TIME_LIMIT);
        follow(&tracer);
        (void) alarm(0);
        r = read_output(out, &ret->out);

        return r < 0 ? r : read_output(err, &ret->err);
}

void trace_result_done(struct trace_result *result)
{
        free(result->out);
        free(result->err);
        *result = (struct trace_result){ 0 };
}

void trace_record_done(struct trace_record *record)
{
        for (size_t i = 0; i < record->n; i++)
                trace_point_done(&record->points[i]);
        free(record->points);
        *record = (struct trace_record){ 0 };
}
