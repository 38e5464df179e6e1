/* SPDX-License-Identifier: Apache-2.0 */

/* Answers that a forked worker makes, as the daemon does it: through a pipe that is not read while the client
 * does not read, and a worker that is ended when the client leaves. */

#include "varlink-fixture.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "varlink/wire.h"

enum { ANSWERS = 20000, ANSWER_SIZE = 100 };

struct worker {
        struct fixture f;
        struct varlink_call *call;
        struct loop_watch *watch;
        struct wire_input input;
        int pipe;
        int client; /* which is in this process too */
        pid_t pid;
        bool stays; /* it says one thing and does not end */
        unsigned n_sent, n_waits, n_ended;
        int status;
};

/* In the child. Objects, each ended by NUL, as on the wire. */
static int work(int fd, bool stays)
{
        for (unsigned i = 0; i < (stays ? 1 : ANSWERS); i++) {
                char text[ANSWER_SIZE + 1];

                snprintf(text, sizeof(text), "{\"i\":\"%0*u\"}", ANSWER_SIZE - 8, i);
                if (write(fd, text, sizeof(text)) != sizeof(text))
                        return 1;
        }
        while (stays)
                (void) pause();

        return 0;
}

static void worker_done(struct worker *w, int how)
{
        w->watch = loop_watch_free(w->watch);
        close_pointer(&w->pipe);
        w->pipe = -EBADF;
        wire_input_done(&w->input);
        if (how > 0)
                CHECK_INT(kill(w->pid, how), 0);
        CHECK_INT(waitpid(w->pid, &w->status, 0), w->pid);
        w->n_ended++;
}

static void worker_left(struct varlink_call *call, void *userdata)
{
        struct worker *w = userdata;

        w->call = NULL;
        worker_done(w, SIGKILL);
}

/* What has been read and fits; the rest waits. */
static void pass_on(struct worker *w)
{
        struct text answer;

        while (!varlink_call_is_full(w->call) && wire_input_next(&w->input, 1000, &answer) > 0) {
                CHECK_INT(varlink_call_stream_text(w->call, answer), 0);
                w->n_sent++;
        }
        CHECK_INT(loop_watch_set(w->watch, varlink_call_is_full(w->call) ? 0 : EPOLLIN), 0);
        w->n_waits += varlink_call_is_full(w->call);
}

static void worker_space(struct varlink_call *call, void *userdata)
{
        pass_on(userdata);
}

static void worker_said(uint32_t events, void *userdata)
{
        struct worker *w = userdata;
        char bytes[4096];
        ssize_t n;

        if (varlink_call_is_full(w->call))
                return;
        n = read(w->pipe, bytes, sizeof(bytes));
        if (n > 0) {
                CHECK_INT(wire_input_add(&w->input, bytes, (size_t) n), 0);
                pass_on(w);
                return;
        }
        worker_done(w, 0);
        varlink_call_reply_text(take_ptr(w->call), TEXT("{\"done\":true}"));
}

static int handle_work(struct varlink_call *call, void *userdata)
{
        struct worker *w = userdata;
        int ends[2];

        CHECK_INT(pipe2(ends, O_CLOEXEC), 0);
        w->pid = fork();
        if (w->pid == 0) {
                loop_abandon(w->f.loop);
                varlink_server_abandon(w->f.server);
                close(w->client);
                _exit(work(ends[1], w->stays));
        }
        close(ends[1]);
        w->pipe = ends[0];
        w->call = call;
        CHECK_INT(loop_watch_fd(w->f.loop, w->pipe, EPOLLIN, worker_said, w, &w->watch), 0);
        varlink_call_defer(call, worker_left, worker_space, w);
        return 0;
}

static const struct varlink_method methods[] = {
        { "io.ecsguest.Agent.Check", false, true, handle_work },
        { NULL, false, false, NULL },
};

static int worker_open(struct worker *w)
{
        struct varlink_server_options options = { .methods = methods, .userdata = w };
        int fd;

        *w = (struct worker){ .pipe = -EBADF };
        CHECK_INT(loop_new(&w->f.loop), 0);
        CHECK_INT(varlink_server_new(w->f.loop, &options, &w->f.server), 0);
        fd = w->client = client_open(&w->f);
        say(fd, "{\"method\":\"io.ecsguest.Agent.Check\",\"more\":true}");
        return fd;
}

TEST(all_of_it)
{
        size_t len = 0, reply = strlen("{\"parameters\":,\"continues\":true}|") + ANSWER_SIZE;
        struct worker w;
        unsigned sent;
        int fd = worker_open(&w);

        /* Nobody reads: some of it, and then silence, while the worker waits. */
        for (unsigned i = 0; i < 10000 && w.n_waits == 0; i++)
                (void) !loop_step(w.f.loop, 100);
        settle(&w.f);
        sent = w.n_sent;
        CHECK(sent > 0 && sent < ANSWERS);
        CHECK_INT(loop_step(w.f.loop, 30), 0);
        CHECK_INT(w.n_ended, 0);

        for (uint64_t begin = loop_now(); loop_now() - begin < 60000 && len < ANSWERS * reply;) {
                _cleanup_free_ char *heard = hear(fd);

                len += strlen(heard);
                (void) !loop_step(w.f.loop, 10);
        }
        settle(&w.f);
        CHECK_INT(w.n_sent, ANSWERS);
        CHECK_INT(w.n_ended, 1);
        CHECK_INT(w.status, 0);
        if (len == ANSWERS * reply)
                CHECK_HEARD(fd, "{\"parameters\":{\"done\":true}}|");
        else
                CHECK_INT(len, ANSWERS * reply + strlen("{\"parameters\":{\"done\":true}}|"));
        close(fd);
        fixture_close(&w.f);
}

TEST(client_leaves)
{
        struct worker w;
        int fd = worker_open(&w);

        for (unsigned i = 0; i < 1000 && w.n_waits == 0; i++)
                (void) !loop_step(w.f.loop, 100);
        close(fd);
        settle(&w.f);
        CHECK_INT(w.n_ended, 1);
        CHECK(WIFSIGNALED(w.status));
        CHECK_INT(varlink_server_connections(w.f.server), 0);
        fixture_close(&w.f);
}

/* The worker holds no copy of anybody's connection. */
TEST(others_end)
{
        struct worker w;
        int fd = worker_open(&w), fds[2];
        char byte;

        CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        CHECK_INT(varlink_server_add(w.f.server, fds[1]), 0);
        w.stays = true;
        for (unsigned i = 0; i < 1000 && w.n_sent == 0; i++)
                (void) !loop_step(w.f.loop, 100);
        settle(&w.f);
        CHECK_INT(w.n_sent, 1);
        /* No shutdown by the server here, which would hide a copy: only the last one's end ends it. */
        varlink_server_abandon(w.f.server);
        CHECK_INT(recv(fds[0], &byte, 1, MSG_DONTWAIT), 0);
        CHECK_INT(recv(fd, &byte, 1, MSG_DONTWAIT), 1);
        w.f.server = varlink_server_free(w.f.server);
        CHECK_INT(w.n_ended, 1);
        close(fds[0]);
        close(fd);
        fixture_close(&w.f);
}
