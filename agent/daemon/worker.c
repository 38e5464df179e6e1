/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/worker.h"
#include "base/json.h"
#include "base/loop.h"
#include "varlink/wire.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { READ_SIZE = 16 << 10 };

/* A whole report and more: what the child says is bounded too. */
#define MESSAGE_MAX ((size_t) 16 << 20)

struct worker {
        struct loop *loop;
        struct worker_options options;
        struct wire_input input;
        struct text held;         /* a message that could not be taken yet */
        struct loop_watch *watch; /* NULL while nothing can be taken */
        struct loop_timer *timer;
        pid_t pid;
        int pipe;
        bool eof;
        bool busy; /* in said(): it is freed later */
        bool dead; /* ended in there */
};

static int wait_for(pid_t pid)
{
        int status = 0;

        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        return status;
}

static void destroy(struct worker *worker)
{
        (void) loop_watch_free(worker->watch);
        (void) loop_timer_free(worker->timer);
        close_pointer(&worker->pipe);
        wire_input_done(&worker->input);
        free(worker);
}

static struct text take_held(struct worker *worker)
{
        struct text held = worker->held;

        worker->held = (struct text){ 0 };
        return held;
}

/* What has come and can be taken: 1 when more cannot, 0 when that was all of it. */
static int hand_over(struct worker *worker)
{
        struct text message = take_held(worker);
        int r = 1;

        while (!worker->dead) {
                if (!message.data)
                        r = wire_input_next(&worker->input, MESSAGE_MAX, &message);
                if (r <= 0)
                        return r;
                if (message.len > 0 &&
                    !worker->options.said(worker, (enum worker_tag) message.data[0],
                                          (struct text){ message.data + 1, message.len - 1 },
                                          worker->options.userdata)) {
                        worker->held = message;
                        return 1;
                }
                message = (struct text){ 0 };
        }

        return 0;
}

/* The pipe was closed, by the end of the child unless it is at odds with us. */
static void finish(struct worker *worker)
{
        int status;

        worker->watch = loop_watch_free(worker->watch);
        status = wait_for(worker->pid);
        worker->options.ended(worker, status, worker->options.userdata);
        destroy(worker);
}

static void readable(uint32_t events, void *userdata);

static void pass_on(struct worker *worker)
{
        int r;

        worker->busy = true;
        r = hand_over(worker);
        worker->busy = false;
        if (worker->dead) {
                destroy(worker);
                return;
        }
        /* While nothing can be taken the pipe is not looked at: it would be ready all the time. */
        if (r > 0) {
                worker->watch = loop_watch_free(worker->watch);
                return;
        }
        if (r == 0 && !worker->eof && !worker->watch)
                r = loop_watch_fd(worker->loop, worker->pipe, EPOLLIN, readable, worker, &worker->watch);
        if (r < 0)
                (void) kill(worker->pid, SIGKILL);
        if (r < 0 || worker->eof)
                finish(worker);
}

static void readable(uint32_t events, void *userdata)
{
        struct worker *worker = userdata;
        char bytes[READ_SIZE];
        ssize_t n;

        (void) events;
        n = read(worker->pipe, bytes, sizeof(bytes));
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return;
        if (n > 0 && wire_input_add(&worker->input, bytes, (size_t) n) < 0) {
                (void) kill(worker->pid, SIGKILL);
                n = 0;
        }
        worker->eof = n <= 0;
        pass_on(worker);
}

void worker_continue(struct worker *worker)
{
        if (worker->held.data)
                pass_on(worker);
}

static void too_late(void *userdata)
{
        struct worker *worker = userdata;

        (void) kill(worker->pid, SIGKILL);
        /* Whoever does not take its answers in that time does without the rest. */
        if (!worker->watch) {
                worker->held = (struct text){ 0 };
                finish(worker);
        }
}

/* Never returns. */
static void run_child(const struct worker_options *options, pid_t parent, int out)
{
        if (!options->detached) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                /* It may have gone before that. */
                if (getppid() != parent)
                        _exit(1);
        }
        options->forked(options->forked_data);
        _exit(options->task(out, options->task_data));
}

int worker_start(struct loop *loop, const struct worker_options *options, struct worker **ret)
{
        struct worker *worker;
        pid_t parent = getpid();
        int ends[2], r;

        worker = calloc(1, sizeof(*worker));
        if (!worker)
                return -ENOMEM;
        if (pipe2(ends, O_CLOEXEC) < 0) {
                r = -errno;
                free(worker);
                return r;
        }

        *worker = (struct worker){ .loop = loop, .options = *options, .pipe = ends[0], .pid = -1 };
        r = loop_watch_fd(loop, worker->pipe, EPOLLIN, readable, worker, &worker->watch);
        if (r >= 0 && options->limit_ms > 0)
                r = loop_timer_new(loop, too_late, worker, &worker->timer);
        if (r >= 0) {
                worker->pid = fork();
                if (worker->pid == 0)
                        run_child(options, parent, ends[1]);
                r = worker->pid < 0 ? -errno : 0;
        }
        (void) close(ends[1]);
        if (r < 0) {
                destroy(worker);
                return r;
        }

        if (worker->timer)
                loop_timer_set(worker->timer, options->limit_ms);
        *ret = worker;
        return 0;
}

struct worker *worker_end(struct worker *worker)
{
        if (!worker)
                return NULL;

        (void) kill(worker->pid, SIGKILL);
        (void) wait_for(worker->pid);
        worker->dead = true;
        if (!worker->busy)
                destroy(worker);
        return NULL;
}

void worker_abandon(struct worker *worker)
{
        close_pointer(&worker->pipe);
        worker->pipe = -EBADF;
}

pid_t worker_pid(const struct worker *worker)
{
        return worker->pid;
}

/* All of it, though the pipe is full now and then. */
static int write_all(int fd, const char *data, size_t len)
{
        while (len > 0) {
                ssize_t n = write(fd, data, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                data += n;
                len -= (size_t) n;
        }

        return 0;
}

int worker_say(int out, enum worker_tag tag, const struct json_builder *builder, struct json_object *object)
{
        _cleanup_buffer_ struct buffer text = { 0 };
        int r;

        buffer_add_char(&text, (char) tag);
        r = json_print(builder, object, JSON_PLAIN, &text);
        if (r < 0)
                return r;
        buffer_add_char(&text, '\0');

        return text.failed ? -ENOMEM : write_all(out, text.data, text.len);
}
