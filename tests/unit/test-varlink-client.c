/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/loop.h"
#include "varlink/client.h"
#include "varlink/server.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

/* A server in a process of its own */

static int handle_count(struct varlink_call *call, void *userdata)
{
        for (int i = 0; i < 2000; i++) {
                _cleanup_free_ char *text = string_format("{\"i\":%d}", i);

                if (!text || varlink_call_stream_text(call, text_from_string(text)) < 0)
                        return -EIO;
        }
        varlink_call_reply_text(call, TEXT("{\"i\":2000}"));
        return 0;
}

static void forget(struct varlink_call *call, void *userdata)
{
}

static int handle_never(struct varlink_call *call, void *userdata)
{
        varlink_call_defer(call, forget, NULL, NULL);
        return 0;
}

static int handle_busy(struct varlink_call *call, void *userdata)
{
        varlink_call_error_string(call, VARLINK_AGENT ".Busy", NULL, NULL);
        return 0;
}

static const struct varlink_method methods[] = {
        { "io.ecsguest.Agent.Count", false, true, handle_count },
        { "io.ecsguest.Agent.Never", false, false, handle_never },
        { "io.ecsguest.Agent.Busy", false, false, handle_busy },
        { NULL, false, false, NULL },
};

static char directory[] = "/tmp/test-varlink-XXXXXX";
static struct sockaddr_un address;

static int listen_here(void)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        CHECK(fd >= 0);
        CHECK_INT(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        CHECK_INT(listen(fd, 8), 0);
        return fd;
}

static int serve(int fd)
{
        struct varlink_server_options options = { .product = "p", .methods = methods };
        struct varlink_server *server;
        struct loop *loop;

        if (loop_new(&loop) < 0 || varlink_server_new(loop, &options, &server) < 0 ||
            varlink_server_add(server, fd) < 0)
                return 1;

        return loop_run(loop) < 0;
}

static pid_t start(void)
{
        int fd = listen_here();
        pid_t child = fork();

        if (child == 0)
                _exit(serve(fd));
        close(fd);
        return child;
}

static void stop(pid_t child)
{
        int status;

        CHECK_INT(kill(child, SIGTERM), 0);
        CHECK_INT(waitpid(child, &status, 0), child);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
        CHECK_INT(unlink(address.sun_path), 0);
}

static bool begin(void)
{
        if (geteuid() != 0) {
                test_skip("the server has to be root's");
                return false;
        }

        address.sun_family = AF_UNIX;
        CHECK(mkdtemp(directory));
        snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", directory);
        return true;
}

static void end(void)
{
        CHECK_INT(rmdir(directory), 0);
        memcpy(strrchr(directory, '-'), "-XXXXXX", 7);
}

TEST(calls)
{
        _cleanup_varlink_client_ struct varlink_client *client = NULL;
        struct json_builder builder = { 0 };
        struct wire_reply reply = { 0 };
        struct text text;
        int64_t i = -1;
        unsigned n = 0;
        pid_t child;

        if (!begin())
                return;

        child = start();
        CHECK_INT(varlink_client_open(address.sun_path, 5000, &client), 0);
        CHECK_INT(varlink_client_call(client, "org.varlink.service.GetInfo", NULL, NULL, 10000, &reply), 0);
        CHECK_INT(json_get_text(reply.parameters, "product", &text), 0);
        CHECK_TEXT(text, "p");
        wire_reply_done(&reply);

        CHECK_INT(varlink_client_send(client, "io.ecsguest.Agent.Count", NULL, NULL, true), 0);
        /* One at a time. */
        CHECK_INT(varlink_client_send(client, "io.ecsguest.Agent.Count", NULL, NULL, true), -EBUSY);
        do {
                wire_reply_done(&reply);
                CHECK_INT(varlink_client_receive(client, 10000, &reply), 0);
                CHECK_INT(json_get_int(reply.parameters, "i", &i), 0);
                CHECK_INT(i, n++);
        } while (reply.continues && n < 3000);
        CHECK_INT(n, 2001);
        wire_reply_done(&reply);
        CHECK_INT(varlink_client_receive(client, 10, &reply), -EINVAL);

        CHECK_INT(varlink_client_call(client, "io.ecsguest.Agent.Count", NULL, NULL, 10000, &reply), 0);
        CHECK_TEXT(reply.error, "org.varlink.service.ExpectedMore");
        wire_reply_done(&reply);
        CHECK_INT(varlink_client_call(client, "io.ecsguest.Agent.Busy", &builder, NULL, 10000, &reply), 0);
        CHECK_TEXT(reply.error, "io.ecsguest.Agent.Busy");
        wire_reply_done(&reply);

        CHECK_INT(varlink_client_call(client, "io.ecsguest.Agent.Never", NULL, NULL, 50, &reply), -ETIMEDOUT);
        /* Its answer may still come, and would be taken for the next one's. */
        CHECK_INT(varlink_client_send(client, "io.ecsguest.Agent.Busy", NULL, NULL, false), -EBUSY);
        stop(child);
        end();
}

TEST(nobody_there)
{
        struct varlink_client *client = NULL;
        char longest[200];
        int fd;

        if (!begin())
                return;

        CHECK_INT(varlink_client_open(address.sun_path, 5000, &client), -ENOENT);
        fd = listen_here();
        close(fd);
        CHECK_INT(varlink_client_open(address.sun_path, 5000, &client), -ECONNREFUSED);
        CHECK_INT(unlink(address.sun_path), 0);
        memset(longest, 'x', sizeof(longest));
        longest[sizeof(longest) - 1] = '\0';
        CHECK_INT(varlink_client_open(longest, 5000, &client), -ENAMETOOLONG);
        CHECK(!client);
        end();
}

/* Who made the socket listen is not root. */
TEST(somebody_else)
{
        struct varlink_client *client = NULL;
        int fd;

        if (!begin())
                return;

        CHECK_INT(chmod(directory, 0777), 0);
        CHECK_INT(seteuid(1000), 0);
        fd = listen_here();
        CHECK_INT(seteuid(0), 0);
        CHECK_INT(varlink_client_open(address.sun_path, 5000, &client), -EPERM);
        CHECK(!client);
        close(fd);
        CHECK_INT(unlink(address.sun_path), 0);
        end();
}

/* A queue that nobody empties. */
TEST(no_place)
{
        struct varlink_client *clients[16] = { NULL };
        size_t n = 0;
        int fd, r = 0;

        if (!begin())
                return;

        fd = listen_here();
        while (r == 0 && n < ARRAY_SIZE(clients))
                r = varlink_client_open(address.sun_path, 50, &clients[n++]);
        CHECK_INT(r, -ETIMEDOUT);
        for (size_t i = 0; i < n; i++)
                varlink_client_free(clients[i]);
        close(fd);
        CHECK_INT(unlink(address.sun_path), 0);
        end();
}

/* Servers that answer wrongly. */
static void check_answer(int line, struct text bytes, bool more, int expected)
{
        _cleanup_varlink_client_ struct varlink_client *client = NULL;
        struct wire_reply reply = { 0 };
        int fds[2], r;

        CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        CHECK_INT(varlink_client_new(fds[0], &client), 0);
        CHECK_INT(varlink_client_send(client, "a.B", NULL, NULL, more), 0);
        CHECK_INT(write(fds[1], bytes.data, bytes.len), bytes.len);
        CHECK_INT(shutdown(fds[1], SHUT_WR), 0);
        r = varlink_client_receive(client, 10000, &reply);
        if (r != expected)
                test_failed(__FILE__, line, "the answer is %d, not %d", r, expected);
        if (r < 0)
                CHECK_INT(varlink_client_receive(client, 10000, &reply), -EINVAL);
        wire_reply_done(&reply);
        close(fds[1]);
}
#define CHECK_ANSWER(bytes, more, expected) check_answer(__LINE__, TEXT(bytes), more, expected)

TEST(answers)
{
        if (geteuid() != 0) {
                test_skip("the server has to be root's");
                return;
        }

        CHECK_ANSWER("{}\0", false, 0);
        CHECK_ANSWER("{\"parameters\":{},\"continues\":true}\0", true, 0);
        CHECK_ANSWER("{\"parameters\":{},\"continues\":true}\0", false, -EBADMSG);
        CHECK_ANSWER("{\"error\":null}\0", false, -EBADMSG);
        CHECK_ANSWER("HTTP/1.1 200\0", false, -EBADMSG);
        CHECK_ANSWER("\0", false, -EBADMSG);
        CHECK_ANSWER("{}", false, -ECONNRESET);
        CHECK_ANSWER("", false, -ECONNRESET);
}

TEST(server_gone)
{
        _cleanup_varlink_client_ struct varlink_client *client = NULL;
        int fds[2];

        if (geteuid() != 0) {
                test_skip("the server has to be root's");
                return;
        }

        CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        close(fds[1]);
        CHECK_INT(varlink_client_new(fds[0], &client), 0);
        CHECK_INT(varlink_client_send(client, "a.B", NULL, NULL, false), -EPIPE);
        CHECK_INT(varlink_client_send(client, "a.B", NULL, NULL, false), -EBUSY);
}
