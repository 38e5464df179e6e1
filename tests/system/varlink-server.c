/* SPDX-License-Identifier: Apache-2.0 */

/* varlink-server SOCKET: our server with a few methods and no agent behind it, until the signal TERM. */

#include "base/loop.h"
#include "varlink/server.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Bytes that no file should have, but has. */
static int handle_status(struct varlink_call *call, void *userdata)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = NULL;

        if (!varlink_call_accepts(call, NULL))
                return 0;

        object = json_new_object(&builder);
        json_add_text(&builder, object, "state", TEXT("a\xff\0b/\x01"));
        varlink_call_reply(call, &builder, object);
        return 0;
}

static int handle_check(struct varlink_call *call, void *userdata)
{
        for (int i = 0; i < 100; i++) {
                _cleanup_free_ char *text = string_format("{\"finding\":{\"line\":%d}}", i);

                if (!text || varlink_call_stream_text(call, text_from_string(text)) < 0)
                        return -EIO;
        }
        varlink_call_reply_text(call, TEXT("{\"summary\":{\"verdict\":\"ready\"}}"));
        return 0;
}

static int handle_apply(struct varlink_call *call, void *userdata)
{
        varlink_call_error_string(call, VARLINK_AGENT ".StalePlan", NULL, NULL);
        return 0;
}

static int handle_undo(struct varlink_call *call, void *userdata)
{
        fputs("undo\n", stdout);
        fflush(stdout);
        varlink_call_reply_text(call, TEXT(""));
        return 0;
}

static const struct varlink_method methods[] = {
        { "io.ecsguest.Agent.Status", false, false, handle_status },
        { "io.ecsguest.Agent.Check", false, true, handle_check },
        { "io.ecsguest.Agent.Apply", true, false, handle_apply },
        { "io.ecsguest.Agent.Undo", true, false, handle_undo },
        { NULL, false, false, NULL },
};

static struct loop *loop;

static void signalled(const struct signalfd_siginfo *info, void *userdata)
{
        loop_exit(loop, 0);
}

static int open_socket(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path) + 1);
        if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0 || listen(fd, 8) < 0)
                return -errno;

        return fd;
}

int main(int argc, char **argv)
{
        static const int signals[] = { SIGTERM, 0 };
        struct varlink_server_options options = {
                .vendor = "Vendor",
                .product = "Product",
                .version = "1.0",
                .url = "https://example.org/",
                .methods = methods,
        };
        struct varlink_server *server;
        int fd = argc == 2 ? open_socket(argv[1]) : -EINVAL;
        int r = fd;

        if (fd < 0 || (r = loop_new(&loop)) < 0 ||
            (r = loop_watch_signals(loop, signals, signalled, NULL)) < 0 ||
            (r = varlink_server_new(loop, &options, &server)) < 0 ||
            (r = varlink_server_add(server, fd)) < 0) {
                fprintf(stderr, "varlink-server: %s\n", strerror(-r));
                return 1;
        }

        r = loop_run(loop);
        varlink_server_free(server);
        loop_free(loop);
        return r < 0;
}
