/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Shared by the files that make the server: server.c (sockets), connection.c (bytes and the state of a
 * connection), call.c (answers), service.c (which method). */

#include "base/loop.h"
#include "varlink/server.h"
#include "varlink/wire.h"

/* Bytes: a stream waits from the first of these on, and goes on below the second. */
enum { OUTPUT_HIGH = 256 << 10, OUTPUT_LOW = 64 << 10 };

struct varlink_connection {
        struct varlink_server *server;
        struct varlink_connection *next;
        int fd;
        uid_t uid;
        pid_t pid;
        struct loop_watch *watch; /* NULL when the client has gone, and a call without an answer still runs */
        struct loop_timer *timer; /* for the kick, or for the rest of a message */
        struct wire_input input;
        struct buffer output;
        size_t sent;               /* of the output */
        struct varlink_call *call; /* pending; no other one is read meanwhile */
        bool read_closed;          /* the client will send nothing more, but may still read */
        bool gone;                 /* nobody reads what we send */
        bool dropped;              /* to be closed, whatever is pending */
        bool full;                 /* the stream waits for the client */
        bool working;              /* inside connection_work() */
        bool kicked;
        bool head_timed;
};

struct varlink_call {
        struct varlink_connection *connection;
        struct wire_call wire;
        char *method;
        bool deferred;
        void (*hangup)(struct varlink_call *call, void *userdata);
        void (*space)(struct varlink_call *call, void *userdata);
        void *userdata;
};

struct varlink_listener {
        struct varlink_server *server;
        struct varlink_listener *next;
        int fd;
        struct loop_watch *watch;
};

struct varlink_server {
        struct loop *loop;
        struct varlink_server_options options;
        struct varlink_listener *listeners;
        struct varlink_connection *connections;
        size_t n_connections;
        struct loop_timer *pause; /* no descriptors: accept again later */
};

/* server.c */
void server_note(struct varlink_server *server, const char *message);
/* Takes it out of the list and frees it. */
void server_remove(struct varlink_connection *connection);

/* connection.c */
_must_check_ int connection_start(struct varlink_connection *connection);
void connection_free(struct varlink_connection *connection);
/* Sends what it can, now. */
void connection_send(struct varlink_connection *connection);
size_t connection_unsent(const struct varlink_connection *connection);
/* Has the loop come back to it soon. */
void connection_kick(struct varlink_connection *connection);

/* call.c */
_must_check_ int call_new(struct varlink_connection *connection, struct text message);
void call_free(struct varlink_call *call);

/* service.c */
void service_dispatch(struct varlink_call *call);
