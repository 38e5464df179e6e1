/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A server with a few methods, and clients that say raw bytes. */

#include "test.h"

#include "base/loop.h"
#include "varlink/server.h"

#include <fcntl.h>
#include <sys/socket.h>

struct fixture {
        struct loop *loop;
        struct varlink_server *server;
        struct varlink_call *call; /* of Later and Stream */
        unsigned n_calls, n_hangups, n_space, n_idle, n_notes;
        const char *note;
};

static int handle_echo(struct varlink_call *call, void *userdata)
{
        struct fixture *f = userdata;
        struct json_builder builder = { 0 };

        f->n_calls++;
        varlink_call_reply(call, &builder, varlink_call_parameters(call));
        return 0;
}

static void hung_up(struct varlink_call *call, void *userdata)
{
        struct fixture *f = userdata;

        CHECK(call == f->call);
        f->n_hangups++;
        f->call = NULL;
}

static void has_space(struct varlink_call *call, void *userdata)
{
        struct fixture *f = userdata;

        CHECK(call == f->call);
        CHECK(!varlink_call_is_full(call));
        f->n_space++;
}

static int handle_later(struct varlink_call *call, void *userdata)
{
        struct fixture *f = userdata;

        f->n_calls++;
        if (f->call)
                return -EBUSY;
        f->call = call;
        varlink_call_defer(call, hung_up, has_space, f);
        return 0;
}

static int handle_failing(struct varlink_call *call, void *userdata)
{
        return -EIO;
}

static int handle_mute(struct varlink_call *call, void *userdata)
{
        return 0;
}

enum { BIG = 100000 };

static int handle_big(struct varlink_call *call, void *userdata)
{
        struct fixture *f = userdata;
        _cleanup_free_ char *text = string_format("{\"a\":\"%0*d\"}", BIG, 0);

        f->n_calls++;
        varlink_call_reply_text(call, text_from_string(text));
        return 0;
}

static int handle_typed(struct varlink_call *call, void *userdata)
{
        static const struct varlink_parameter parameters[] = {
                { "name", "s" },
                { "names", "an" },
                { "now", "bn" },
                { NULL, NULL },
        };

        if (varlink_call_accepts(call, parameters))
                varlink_call_reply_text(call, TEXT("{\"taken\":true}"));
        return 0;
}

static const struct varlink_method fixture_methods[] = {
        { "io.ecsguest.Agent.Echo", false, false, handle_echo },
        { "io.ecsguest.Agent.Later", false, false, handle_later },
        { "io.ecsguest.Agent.Stream", false, true, handle_later },
        { "io.ecsguest.Agent.Failing", false, false, handle_failing },
        { "io.ecsguest.Agent.Mute", false, false, handle_mute },
        { "io.ecsguest.Agent.Typed", false, false, handle_typed },
        { "io.ecsguest.Agent.Big", false, false, handle_big },
        { "io.ecsguest.Agent.Root", true, false, handle_echo },
        { NULL, false, false, NULL },
};

static void fixture_idle(void *userdata)
{
        struct fixture *f = userdata;

        f->n_idle++;
}

static void fixture_note(const char *message, void *userdata)
{
        struct fixture *f = userdata;

        f->note = message;
        f->n_notes++;
}

static void fixture_open_with(struct fixture *f, struct varlink_limits limits)
{
        struct varlink_server_options options = {
                .vendor = "v",
                .product = "p",
                .version = "1",
                .url = "u",
                .methods = fixture_methods,
                .userdata = f,
                .limits = limits,
                .idle = fixture_idle,
                .note = fixture_note,
        };

        *f = (struct fixture){ .loop = NULL };
        CHECK_INT(loop_new(&f->loop), 0);
        CHECK_INT(varlink_server_new(f->loop, &options, &f->server), 0);
}

static inline void fixture_open(struct fixture *f)
{
        fixture_open_with(f, (struct varlink_limits){ 0 });
}

static inline void fixture_close(struct fixture *f)
{
        f->server = varlink_server_free(f->server);
        CHECK(!f->call);
        f->loop = loop_free(f->loop);
}

/* Until nothing happens by itself. */
static inline void settle(struct fixture *f)
{
        for (unsigned i = 0; i < 100000; i++)
                if (loop_step(f->loop, 3) <= 0)
                        return;
        CHECK(!"an end");
}

static inline int client_open(struct fixture *f)
{
        int fds[2];

        CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        CHECK_INT(varlink_server_add(f->server, fds[1]), 0);
        return fds[0];
}

static inline void say_bytes(int fd, struct text bytes)
{
        while (bytes.len > 0) {
                ssize_t n = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL);

                CHECK(n > 0);
                if (n <= 0)
                        return;
                bytes.data += n;
                bytes.len -= (size_t) n;
        }
}

/* A message with its NUL. */
static inline void say(int fd, const char *message)
{
        say_bytes(fd, (struct text){ message, strlen(message) + 1 });
}

/* What has come, with "|" for each NUL and "." for the end. */
static inline char *hear(int fd)
{
        struct buffer out = { 0 };
        char bytes[4096], *text = NULL;
        ssize_t n;

        while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
                for (ssize_t i = 0; i < n; i++)
                        if (bytes[i] == '\0')
                                bytes[i] = '|';
                buffer_add(&out, bytes, (size_t) n);
        }
        if (n == 0 || errno != EAGAIN)
                buffer_add_char(&out, '.');
        CHECK_INT(buffer_finish(&out, &text, NULL), 0);
        return text;
}

static inline void check_heard(int line, int fd, const char *expected)
{
        _cleanup_free_ char *heard = hear(fd);

        test_check_string("the call in line", line, "the answer", heard, expected);
}
#define CHECK_HEARD(fd, expected) check_heard(__LINE__, fd, expected)

#define ECHO "{\"method\":\"io.ecsguest.Agent.Echo\",\"parameters\":{\"n\":1}}"
#define ECHOED "{\"parameters\":{\"n\":1}}|"
#define LATER "{\"method\":\"io.ecsguest.Agent.Later\"}"
#define STREAM "{\"method\":\"io.ecsguest.Agent.Stream\",\"more\":true}"
