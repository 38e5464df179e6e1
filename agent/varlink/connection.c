/* SPDX-License-Identifier: Apache-2.0 */
#include "varlink/server-internal.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
        READ_SIZE = 16 << 10,
        CALLS_AT_ONCE = 16, /* then others have their turn */
};

static void connection_work(struct varlink_connection *connection);

size_t connection_unsent(const struct varlink_connection *connection)
{
        return connection->output.len - connection->sent;
}

static void forget_output(struct varlink_connection *connection)
{
        buffer_done(&connection->output);
        connection->sent = 0;
}

void connection_send(struct varlink_connection *connection)
{
        struct buffer *output = &connection->output;

        while (connection_unsent(connection) > 0 && !connection->gone) {
                ssize_t n = send(connection->fd, output->data + connection->sent,
                                 connection_unsent(connection), MSG_NOSIGNAL | MSG_DONTWAIT);

                if (n >= 0)
                        connection->sent += (size_t) n;
                else if (errno == EAGAIN || errno == EWOULDBLOCK)
                        break;
                else if (errno != EINTR)
                        connection->gone = true;
        }
        if (connection->gone || connection_unsent(connection) == 0) {
                forget_output(connection);
        } else if (connection->sent > output->len / 2) {
                /* What was sent does not count as memory that waits. */
                memmove(output->data, output->data + connection->sent, connection_unsent(connection));
                output->len -= connection->sent;
                connection->sent = 0;
        }
}

void connection_kick(struct varlink_connection *connection)
{
        if (connection->working || connection->kicked)
                return;

        connection->kicked = true;
        connection->head_timed = false;
        loop_timer_set(connection->timer, 0);
}

static void note_and_drop(struct varlink_connection *connection, const char *why)
{
        server_note(connection->server, why);
        connection->dropped = true;
}

/* 1 when there is more to look at, 0 when there is nothing now. */
static int read_some(struct varlink_connection *connection)
{
        char bytes[READ_SIZE];
        ssize_t n;

        if (connection->read_closed)
                return 0;

        n = recv(connection->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
                return 0;
        if (n <= 0) {
                connection->read_closed = true;
                connection->gone = connection->gone || n < 0;
                return 0;
        }
        if (wire_input_add(&connection->input, bytes, (size_t) n) < 0) {
                note_and_drop(connection, "no memory");
                return 0;
        }

        return 1;
}

/* Takes one call and has it answered or kept. False when there is none yet. */
static bool next_call(struct varlink_connection *connection)
{
        struct text message;
        int r;

        do
                r = wire_input_next(&connection->input, connection->server->options.limits.message, &message);
        while (r == 0 && read_some(connection) > 0);
        if (r < 0)
                note_and_drop(connection, "a call that is too long");
        if (r <= 0 || connection->dropped)
                return false;

        connection->head_timed = false;
        if (call_new(connection, message) < 0)
                connection->dropped = true;
        else if (connection->gone && !connection->call->wire.oneway)
                call_free(connection->call); /* nobody would hear the answer */
        else
                service_dispatch(connection->call);
        return !connection->dropped;
}

/* The stream goes on as soon as the client has taken most of what was there. */
static void tell_space(struct varlink_connection *connection)
{
        struct varlink_call *call = connection->call;

        if (!connection->full || connection_unsent(connection) >= OUTPUT_LOW)
                return;

        connection->full = false;
        if (call->space)
                call->space(call, call->userdata);
}

/* Whether there is no reason to keep the connection. A call that wants no answer runs on without its client.
 */
static bool is_over(const struct varlink_connection *connection)
{
        if (connection->dropped)
                return true;
        if (connection->call)
                return connection->gone && !connection->call->wire.oneway;

        return connection->gone || (connection->read_closed && connection_unsent(connection) == 0);
}

/* From one call to the next, as far as it goes without waiting. True when there may be more to do. */
static bool advance(struct varlink_connection *connection)
{
        for (unsigned i = 0; i < CALLS_AT_ONCE; i++) {
                connection_send(connection);
                if (connection->call)
                        tell_space(connection);
                if (connection->dropped || connection->call || connection_unsent(connection) > 0)
                        return false;
                if (!next_call(connection))
                        return false;
        }

        return true;
}

/* A client that begins a call has to finish it. */
static void time_head(struct varlink_connection *connection)
{
        bool waits = !connection->call && connection_unsent(connection) == 0 &&
                     wire_input_pending(&connection->input);

        if (connection->kicked || (waits && connection->head_timed))
                return;

        connection->head_timed = waits;
        if (waits)
                loop_timer_set(connection->timer, connection->server->options.limits.head_ms);
        else
                loop_timer_stop(connection->timer);
}

/* What the loop waits for: the client's end alone while a call is pending. */
static void watch(struct varlink_connection *connection)
{
        uint32_t events = 0;

        if (connection->gone) {
                /* That would be told again and again. */
                connection->watch = loop_watch_free(connection->watch);
                return;
        }
        if (connection_unsent(connection) > 0)
                events = EPOLLOUT;
        else if (!connection->call && !connection->read_closed)
                events = EPOLLIN;
        if (loop_watch_set(connection->watch, events) < 0)
                note_and_drop(connection, "the loop does not take it");
}

static void connection_work(struct varlink_connection *connection)
{
        bool more;

        connection->working = true;
        more = advance(connection);
        connection->working = false;

        if (more || !is_over(connection))
                watch(connection);
        if (!more && is_over(connection)) {
                server_remove(connection);
                return;
        }
        if (more)
                connection_kick(connection);
        time_head(connection);
}

static void connection_ready(uint32_t events, void *userdata)
{
        struct varlink_connection *connection = userdata;

        /* Calls that want no answer may still be there to be read. */
        if (events & (EPOLLHUP | EPOLLERR))
                connection->gone = true;
        connection_work(connection);
}

static void connection_elapsed(void *userdata)
{
        struct varlink_connection *connection = userdata;

        if (!connection->kicked)
                note_and_drop(connection, "a call that was begun and not finished");
        connection->kicked = false;
        connection_work(connection);
}

int connection_start(struct varlink_connection *connection)
{
        struct loop *loop = connection->server->loop;
        int r;

        r = loop_timer_new(loop, connection_elapsed, connection, &connection->timer);
        if (r < 0)
                return r;

        return loop_watch_fd(loop, connection->fd, EPOLLIN, connection_ready, connection, &connection->watch);
}

void connection_free(struct varlink_connection *connection)
{
        struct varlink_call *call = connection->call;

        /* Nothing that a callback does now may come back to us. */
        connection->working = true;
        connection->gone = true;
        if (call && call->deferred)
                call->hangup(call, call->userdata);
        call_free(connection->call);

        loop_timer_free(connection->timer);
        loop_watch_free(connection->watch);
        wire_input_done(&connection->input);
        forget_output(connection);
        if (connection->fd >= 0)
                /* A worker may hold a copy: the client is to see the end all the same. */
                (void) shutdown(connection->fd, SHUT_RDWR);
        close_pointer(&connection->fd);
        free(connection);
}
