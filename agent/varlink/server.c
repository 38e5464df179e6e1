/* SPDX-License-Identifier: Apache-2.0 */
#include "varlink/server-internal.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
        ACCEPT_AT_ONCE = 16,
        PAUSE_MS = 1000, /* without descriptors */
};

void server_note(struct varlink_server *server, const char *message)
{
        if (server->options.note)
                server->options.note(message, server->options.userdata);
}

void server_remove(struct varlink_connection *connection)
{
        struct varlink_server *server = connection->server;
        struct varlink_connection **p = &server->connections;

        while (*p != connection)
                p = &(*p)->next;
        *p = connection->next;
        server->n_connections--;
        connection_free(connection);

        if (server->n_connections == 0 && server->options.idle)
                server->options.idle(server->options.userdata);
}

/* Why this one is one too many, or NULL. */
static const char *too_many(const struct varlink_server *server, uid_t uid)
{
        const struct varlink_limits *limits = &server->options.limits;
        size_t n = 0;

        if (server->n_connections >= limits->connections)
                return "too many connections";
        if (uid != 0 && server->n_connections + limits->for_root >= limits->connections)
                return "too many connections of others than root";
        for (const struct varlink_connection *c = server->connections; c; c = c->next)
                n += c->uid == uid;

        return n >= limits->per_uid ? "too many connections of one user" : NULL;
}

/* Takes the descriptor over. */
static int add_connection(struct varlink_server *server, int fd)
{
        struct ucred peer = { .uid = (uid_t) -1 };
        socklen_t len = sizeof(peer);
        struct varlink_connection *connection;
        const char *refused;
        int r;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
                peer.uid = (uid_t) -1;
        refused = too_many(server, peer.uid);
        connection = refused ? NULL : calloc(1, sizeof(*connection));
        if (!connection) {
                server_note(server, refused ? refused : "no memory");
                close_pointer(&fd);
                return refused ? -EUSERS : -ENOMEM;
        }

        connection->server = server;
        connection->fd = fd;
        connection->uid = peer.uid;
        connection->pid = peer.pid;
        r = connection_start(connection);
        if (r < 0) {
                server_note(server, "the loop does not take it");
                connection_free(connection);
                return r;
        }

        connection->next = server->connections;
        server->connections = connection;
        server->n_connections++;
        return 0;
}

static int listen_for(struct varlink_server *server, uint32_t events)
{
        for (struct varlink_listener *listener = server->listeners; listener; listener = listener->next) {
                int r = loop_watch_set(listener->watch, events);

                if (r < 0)
                        return r;
        }

        return 0;
}

static void pause_over(void *userdata)
{
        struct varlink_server *server = userdata;

        if (listen_for(server, EPOLLIN) < 0)
                loop_timer_set(server->pause, PAUSE_MS);
}

static void listener_ready(uint32_t events, void *userdata)
{
        struct varlink_listener *listener = userdata;
        struct varlink_server *server = listener->server;

        for (unsigned i = 0; i < ACCEPT_AT_ONCE; i++) {
                int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (fd >= 0) {
                        (void) !add_connection(server, fd);
                        continue;
                }
                if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                        /* The client waits in the queue, which would wake us up without end. */
                        server_note(server, "no descriptors for another connection");
                        if (listen_for(server, 0) >= 0)
                                loop_timer_set(server->pause, PAUSE_MS);
                }
                return;
        }
}

static int add_listener(struct varlink_server *server, int fd)
{
        struct varlink_listener *listener;
        int flags, r;

        flags = fcntl(fd, F_GETFL);
        if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
                return -errno;
        listener = malloc(sizeof(*listener));
        if (!listener)
                return -ENOMEM;

        *listener = (struct varlink_listener){ .server = server, .next = server->listeners, .fd = fd };
        r = loop_watch_fd(server->loop, fd, EPOLLIN, listener_ready, listener, &listener->watch);
        if (r < 0) {
                free(listener);
                return r;
        }

        server->listeners = listener;
        return 0;
}

int varlink_server_add(struct varlink_server *server, int fd)
{
        int listens = 0, r;
        socklen_t len = sizeof(listens);

        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0) {
                r = -errno;
                close_pointer(&fd);
                return r;
        }
        if (!listens)
                return add_connection(server, fd);

        r = add_listener(server, fd);
        if (r < 0)
                close_pointer(&fd);
        return r;
}

static void set_default(unsigned *value, unsigned usual)
{
        if (*value == 0)
                *value = usual;
}

int varlink_server_new(struct loop *loop, const struct varlink_server_options *options,
                       struct varlink_server **ret)
{
        struct varlink_server *server = calloc(1, sizeof(*server));
        struct varlink_limits *limits;
        int r;

        if (!server)
                return -ENOMEM;
        server->loop = loop;
        server->options = *options;
        r = loop_timer_new(loop, pause_over, server, &server->pause);
        if (r < 0) {
                free(server);
                return r;
        }

        limits = &server->options.limits;
        set_default(&limits->connections, 64);
        set_default(&limits->per_uid, 16);
        set_default(&limits->for_root, limits->connections / 8);
        set_default(&limits->head_ms, 10000);
        if (limits->message == 0)
                limits->message = WIRE_MESSAGE_MAX;
        if (!server->options.interfaces)
                server->options.interfaces = varlink_interfaces;
        *ret = server;
        return 0;
}

void varlink_server_stop_listening(struct varlink_server *server)
{
        struct varlink_listener *listener;

        while ((listener = server->listeners)) {
                server->listeners = listener->next;
                loop_watch_free(listener->watch);
                close_pointer(&listener->fd);
                free(listener);
        }
}

struct varlink_server *varlink_server_free(struct varlink_server *server)
{
        struct varlink_connection *connection;

        if (!server)
                return NULL;

        varlink_server_stop_listening(server);
        while ((connection = server->connections)) {
                server->connections = connection->next;
                server->n_connections--;
                connection_free(connection);
        }
        loop_timer_free(server->pause);
        free(server);
        return NULL;
}

size_t varlink_server_connections(const struct varlink_server *server)
{
        return server->n_connections;
}

void varlink_server_abandon(struct varlink_server *server)
{
        for (struct varlink_listener *listener = server->listeners; listener; listener = listener->next) {
                close_pointer(&listener->fd);
                listener->fd = -EBADF;
        }
        for (struct varlink_connection *c = server->connections; c; c = c->next) {
                close_pointer(&c->fd);
                c->fd = -EBADF;
        }
}
