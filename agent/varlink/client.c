/* SPDX-License-Identifier: Apache-2.0 */
#include "varlink/client.h"
#include "base/loop.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { SEND_TIMEOUT_MS = 5000, READ_SIZE = 16 << 10 };

struct varlink_client {
        int fd;
        struct wire_input input;
        bool pending; /* a call waits for its last answer */
        bool more;
        bool broken;
};

/* Whether the other side is root: of a listening socket, who made it listen. */
static int check_server(int fd)
{
        struct ucred peer = { .uid = (uid_t) -1 };
        socklen_t len = sizeof(peer);

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
                return -errno;

        return peer.uid == 0 ? 0 : -EPERM;
}

int varlink_client_new(int fd, struct varlink_client **ret)
{
        _cleanup_close_ int owned = fd;
        struct varlink_client *client;
        int r;

        r = check_server(owned);
        if (r < 0)
                return r;
        client = calloc(1, sizeof(*client));
        if (!client)
                return -ENOMEM;

        client->fd = take_fd(&owned);
        *ret = client;
        return 0;
}

int varlink_client_open(const char *path, unsigned timeout_ms, struct varlink_client **ret)
{
        struct timeval timeout = { (time_t) (timeout_ms / 1000), (suseconds_t) (timeout_ms % 1000) * 1000 };
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -EBADF;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path) + 1);

        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                return -errno;
        /* Of everything, this is what connecting waits by: for a place in the queue of a busy server. */
        if (timeout_ms > 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0)
                return -errno;
        if (connect(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return errno == EAGAIN || errno == EINPROGRESS ? -ETIMEDOUT : -errno;

        return varlink_client_new(take_fd(&fd), ret);
}

struct varlink_client *varlink_client_free(struct varlink_client *client)
{
        if (!client)
                return NULL;

        close_pointer(&client->fd);
        wire_input_done(&client->input);
        free(client);
        return NULL;
}

/* UINT64_MAX for a negative time. */
static uint64_t deadline_in(int timeout_ms)
{
        return timeout_ms < 0 ? UINT64_MAX : loop_now() + (uint64_t) timeout_ms;
}

static int wait_for(int fd, short events, uint64_t deadline)
{
        struct pollfd pollfd = { .fd = fd, .events = events };

        for (;;) {
                uint64_t now = loop_now();
                int rest = -1, n;

                if (deadline != UINT64_MAX)
                        rest = deadline > now ? (int) (deadline - now) : 0;
                n = poll(&pollfd, 1, rest);
                if (n > 0)
                        return 0;
                if (n < 0 && errno != EINTR)
                        return -errno;
                if (n == 0)
                        return -ETIMEDOUT;
        }
}

static int send_all(int fd, struct text bytes)
{
        uint64_t deadline = deadline_in(SEND_TIMEOUT_MS);

        while (bytes.len > 0) {
                ssize_t n = send(fd, bytes.data, bytes.len, MSG_NOSIGNAL | MSG_DONTWAIT);
                int r = 0;

                if (n >= 0) {
                        bytes.data += n;
                        bytes.len -= (size_t) n;
                } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
                        r = wait_for(fd, POLLOUT, deadline);
                } else if (errno != EINTR) {
                        r = -errno;
                }
                if (r < 0)
                        return r;
        }

        return 0;
}

int varlink_client_send(struct varlink_client *client, const char *method, const struct json_builder *builder,
                        struct json_object *parameters, bool more)
{
        _cleanup_buffer_ struct buffer text = { 0 }, message = { 0 };
        int r;

        if (client->broken || client->pending)
                return -EBUSY;

        if (parameters || (builder && builder->failed)) {
                r = json_print(builder, parameters, JSON_PLAIN, &text);
                if (r < 0)
                        return r;
        }
        r = wire_add_call(&message, method, (struct text){ text.data, text.len }, false, more);
        if (r < 0)
                return r;
        r = send_all(client->fd, (struct text){ message.data, message.len });
        client->broken = r < 0;
        client->pending = r >= 0;
        client->more = more;
        return r;
}

/* The next message, borrowed from the input. */
static int receive_message(struct varlink_client *client, int timeout_ms, struct text *ret)
{
        uint64_t deadline = deadline_in(timeout_ms);
        char bytes[READ_SIZE];
        int r;

        while ((r = wire_input_next(&client->input, WIRE_REPLY_MAX, ret)) == 0) {
                ssize_t n;

                r = wait_for(client->fd, POLLIN, deadline);
                if (r < 0)
                        return r;
                n = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
                if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -ECONNRESET;
                r = wire_input_add(&client->input, bytes, (size_t) n);
                if (r < 0)
                        return r;
        }

        return r < 0 ? r : 0;
}

static int receive(struct varlink_client *client, int timeout_ms, struct wire_reply *ret)
{
        _cleanup_wire_reply_ struct wire_reply reply = { 0 };
        struct text message;
        const char *cause;
        int r;

        r = receive_message(client, timeout_ms, &message);
        if (r < 0)
                return r;
        r = wire_parse_reply(message, &reply, &cause);
        if (r < 0)
                return r;
        /* The next call would get the rest of this one's answers. */
        if (reply.continues && !client->more)
                return -EBADMSG;

        *ret = reply;
        reply.message = NULL;
        return 0;
}

int varlink_client_receive(struct varlink_client *client, int timeout_ms, struct wire_reply *ret)
{
        int r;

        if (client->broken || !client->pending)
                return -EINVAL;

        r = receive(client, timeout_ms, ret);
        client->broken = r < 0;
        client->pending = r >= 0 && ret->continues;
        return r;
}

int varlink_client_call(struct varlink_client *client, const char *method, const struct json_builder *builder,
                        struct json_object *parameters, int timeout_ms, struct wire_reply *ret)
{
        int r = varlink_client_send(client, method, builder, parameters, false);

        return r < 0 ? r : varlink_client_receive(client, timeout_ms, ret);
}
