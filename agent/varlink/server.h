/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A Varlink server on a loop. It never waits for anybody: a slow reader stops its own stream only, and who
 * sends what is no call is cut off without an answer.
 *
 *      static int handle_status(struct varlink_call *call, void *userdata)
 *      {
 *              struct json_builder builder = { 0 };
 *              _cleanup_json_ struct json_object *object = json_new_object(&builder);
 *
 *              if (!varlink_call_accepts(call, NULL))
 *                      return 0;
 *              json_add_string(&builder, object, "state", "idle");
 *              varlink_call_reply(call, &builder, object);
 *              return 0;
 *      }
 *
 *      static const struct varlink_method methods[] = {
 *              { "io.ecsguest.Agent.Status", false, false, handle_status },
 *              { "io.ecsguest.Agent.Check", false, true, handle_check },
 *              { "io.ecsguest.Agent.Apply", true, false, handle_apply },
 *              { NULL, false, false, NULL },
 *      };
 *
 *      struct varlink_server_options options = { .vendor = "…", .product = "ecs-guest-agent", .version =
 * VERSION, .url = "…", .methods = methods, .userdata = agent }; r = varlink_server_new(loop, &options,
 * &server); r = varlink_server_add(server, fd);          for each descriptor from systemd, or our own socket
 *      r = loop_run(loop);
 *
 * Answering later: the handler keeps the call with varlink_call_defer() and returns 0; when the worker has
 * something, varlink_call_stream() or varlink_call_stream_text() pass it on (only where the caller asked for
 * "more"), and varlink_call_reply(), …_reply_text() or …_error() end the call, which is gone then. When the
 * client goes first, hangup() is told, and the call is gone after that too. While varlink_call_is_full(), the
 * worker's pipe is not to be read: space() says when to go on.
 *
 * A forked worker calls loop_abandon() and varlink_server_abandon() first; otherwise it would hold the
 * clients' connections open. */

#include "base/json.h"
#include "varlink/interfaces.h"

#include <sys/types.h>

struct loop;
struct varlink_call;
struct varlink_server;

struct varlink_method {
        const char *name; /* "io.ecsguest.Agent.Status" */
        bool needs_root;  /* anybody else is told PermissionDenied, before parameters are looked at */
        bool needs_more;  /* without "more": ExpectedMore */
        /* Answers, or keeps the call and returns 0. After a negative errno the server answers, if nothing
         * has. It must not free the server. */
        int (*handle)(struct varlink_call *call, void *userdata);
};

/* What stays 0 is set to the usual limit by varlink_server_new(). */
struct varlink_limits {
        unsigned connections; /* 64 */
        unsigned per_uid;     /* 16 */
        unsigned for_root;    /* of the connections, so that others cannot keep root out: an eighth */
        unsigned head_ms;     /* 10 seconds for a call to be whole, from its first byte */
        size_t message;       /* 1 MiB */
};

struct varlink_server_options {
        const char *vendor, *product, *version, *url; /* for GetInfo */
        const struct varlink_interface *interfaces;   /* NULL: all that there are */
        const struct varlink_method *methods;         /* ends with a NULL name */
        void *userdata;                               /* for the handlers and the callbacks below */
        struct varlink_limits limits;
        void (*idle)(void *userdata); /* the last connection has gone; or NULL */
        void (*note)(const char *message,
                     void *userdata); /* why a client was cut off, for debugging; or NULL */
};

/* The options are copied, what they point to is borrowed. */
_must_check_ int varlink_server_new(struct loop *loop, const struct varlink_server_options *options,
                                    struct varlink_server **ret);
/* Takes NULL, returns NULL. Pending calls are told hangup(), connections and sockets closed. */
struct varlink_server *varlink_server_free(struct varlink_server *server);
static inline void varlink_server_free_pointer(struct varlink_server **server)
{
        (void) varlink_server_free(*server);
}
#define _cleanup_varlink_server_ _cleanup_(varlink_server_free_pointer)

/* A stream socket, listening or connected (SO_ACCEPTCONN tells), which is the server's from now on, also
 * after an error. */
_must_check_ int varlink_server_add(struct varlink_server *server, int fd);
/* Closes the listening sockets; connections stay. */
void varlink_server_stop_listening(struct varlink_server *server);
size_t varlink_server_connections(const struct varlink_server *server);
/* In a forked process, after loop_abandon(): closes all descriptors. Nothing else of the server works then.
 */
void varlink_server_abandon(struct varlink_server *server);

/* The call. Who called is what the kernel said when the connection was made. */
const char *varlink_call_method(const struct varlink_call *call);
uid_t varlink_call_uid(const struct varlink_call *call);
pid_t varlink_call_pid(const struct varlink_call *call);
bool varlink_call_wants_more(const struct varlink_call *call);
/* Borrowed; NULL when there are none. */
struct json_object *varlink_call_parameters(const struct varlink_call *call);

struct varlink_parameter {
        const char *name;
        const char *types; /* letters of json_type_letter(); with 'n' it may be absent as well */
};

/* Whether the call has parameters of this table only (ended by a NULL name; NULL: none), of these types. If
 * not, InvalidParameter has been answered, and the call is gone. */
bool varlink_call_accepts(struct varlink_call *call, const struct varlink_parameter *parameters);

/* The last answer, after which the call is gone. What cannot be sent becomes the error Failed. Calls with
 * "oneway" are answered by silence, so that a handler need not know. NULL stands for {}. */
void varlink_call_reply(struct varlink_call *call, const struct json_builder *builder,
                        struct json_object *parameters);
void varlink_call_reply_text(struct varlink_call *call, struct text parameters);
void varlink_call_error(struct varlink_call *call, const char *error, const struct json_builder *builder,
                        struct json_object *parameters);
/* The error with one parameter, a string; or none, when key is NULL. */
void varlink_call_error_string(struct varlink_call *call, const char *error, const char *key,
                               const char *value);
/* InvalidParameter. */
void varlink_call_invalid(struct varlink_call *call, const char *parameter);
/* The error Failed of our interface. */
void varlink_call_failed(struct varlink_call *call, const char *format, ...) _printf_(2, 3);

/* One answer of several, for a caller who wants more. -EAGAIN, and nothing sent, while the call is full;
 * -EFBIG, -EBADMSG (the text is no object), -ENOMEM: nothing sent either. The call stays. */
_must_check_ int varlink_call_stream(struct varlink_call *call, const struct json_builder *builder,
                                     struct json_object *parameters);
_must_check_ int varlink_call_stream_text(struct varlink_call *call, struct text parameters);
/* Whether the client has not yet taken what was sent. */
bool varlink_call_is_full(const struct varlink_call *call);

/* Keeps the call after the handler has returned. space may be NULL. Not told for a "oneway" call, whose
 * client may leave: hangup, unless the server ends. */
void varlink_call_defer(struct varlink_call *call, void (*hangup)(struct varlink_call *call, void *userdata),
                        void (*space)(struct varlink_call *call, void *userdata), void *userdata);

#define VARLINK_SERVICE "org.varlink.service"
#define VARLINK_AGENT "io.ecsguest.Agent"
