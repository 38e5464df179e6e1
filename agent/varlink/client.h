/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The other end, for a program that waits for its answer.
 *
 *      r = varlink_client_open(VARLINK_AGENT_SOCKET, 5000, &client);
 *      r = varlink_client_send(client, "io.ecsguest.Agent.Check", &builder, parameters, true);
 *      do
 *              r = varlink_client_receive(client, 60000, &reply);
 *      while (r >= 0 && reply.continues …);
 *
 * After any error but those of the arguments the connection is of no more use. */

#include "base/json.h"
#include "varlink/wire.h"

#define VARLINK_AGENT_SOCKET "/run/ecs-guest-agent/io.ecsguest.Agent"

struct varlink_client;

/* -ENOENT or -ECONNREFUSED when nobody serves there, -ETIMEDOUT when it does not answer the door, -EPERM when
 * the server does not run as root: anybody could tell us anything then. */
_must_check_ int varlink_client_open(const char *path, unsigned timeout_ms, struct varlink_client **ret);
/* The same for a connected socket, which is the client's from now on, also after an error. */
_must_check_ int varlink_client_new(int fd, struct varlink_client **ret);
/* Takes NULL, returns NULL. */
struct varlink_client *varlink_client_free(struct varlink_client *client);
static inline void varlink_client_free_pointer(struct varlink_client **client)
{
        (void) varlink_client_free(*client);
}
#define _cleanup_varlink_client_ _cleanup_(varlink_client_free_pointer)

/* Sends a call. NULL parameters stand for {}. -ENOMEM, -EFBIG, -ETIMEDOUT when the server does not take it in
 * five seconds, -EPIPE when it has gone. */
_must_check_ int varlink_client_send(struct varlink_client *client, const char *method,
                                     const struct json_builder *builder, struct json_object *parameters,
                                     bool more);
/* Waits for one reply, at most so long from now; negative: without end. 0 also when it is an error of the
 * server's, which stands in ret->error. -ETIMEDOUT; -ECONNRESET when the server has gone; -EBADMSG for what
 * is no reply, or one too many of a call without "more". Free the reply with wire_reply_done(). */
_must_check_ int varlink_client_receive(struct varlink_client *client, int timeout_ms,
                                        struct wire_reply *ret);
/* Both, for a call with one answer. */
_must_check_ int varlink_client_call(struct varlink_client *client, const char *method,
                                     const struct json_builder *builder, struct json_object *parameters,
                                     int timeout_ms, struct wire_reply *ret);
