/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Asking the daemon (daemon.c), and what the questions have in common (daemon-calls.c). */

#include "commands/daemon.h"
#include "varlink/client.h"

#define AGENT "io.ecsguest.Agent."
#define SERVICE "org.varlink.service."

struct daemon {
        const struct arguments *arguments;
        unsigned flags;
        struct varlink_client *client; /* NULL once it was given up */
        struct wire_reply status;
};

/* Sends a question; -ECANCELED without a word when the daemon was given up before. */
_must_check_ int daemon_ask(struct daemon *daemon, const char *method, const struct json_builder *builder,
                            struct json_object *parameters, bool more);
/* The next answer, which is no error. */
_must_check_ int daemon_hear(struct daemon *daemon, int timeout_ms, struct wire_reply *ret);

/* Say why, once: nothing is asked of it afterwards. Return what daemon.h says. */
_must_check_ int daemon_give_up_error(struct daemon *daemon, int error);
_must_check_ int daemon_give_up_answer(struct daemon *daemon, int error, const char *cause);
_must_check_ int daemon_give_up_reply(struct daemon *daemon, const struct wire_reply *reply);

bool daemon_is_error(const struct wire_reply *reply, const char *name);
/* What an error says for people, as half a sentence; NULL without memory. */
char *daemon_describe_error(const struct wire_reply *reply);

void daemon_add_names(struct json_builder *builder, struct json_object *object, const char *const *names);
void daemon_add_fix_options(struct json_builder *builder, struct json_object *object,
                            const struct fix_options *options);
/* The plan of a reply; -EBADMSG with the cause, -ENOMEM. */
_must_check_ int daemon_take_plan(const struct wire_reply *reply, struct plan_report *ret,
                                  const char **ret_cause);
