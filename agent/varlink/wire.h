/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Varlink as bytes: JSON objects, each ended by a NUL. Pure functions; server and client share them. */

#include "base/json.h"

enum {
        WIRE_MESSAGE_MAX = 1 << 20, /* bytes of a message in either direction, its NUL not counted */
        WIRE_REPLY_MAX = 16 << 20,  /* what a client takes; systemd's limit */
};

/* A stream on its way to be messages. Starts zeroed, and takes no memory while it is empty. */
struct wire_input {
        struct buffer bytes;
        size_t start;   /* of the message that comes next */
        size_t scanned; /* no NUL between start and here */
};

/* Appends what was read. -ENOMEM. What wire_input_next() handed out is not valid afterwards. */
_must_check_ int wire_input_add(struct wire_input *input, const void *data, size_t len);
/* Takes the next message off, without its NUL: 1; 0 when it is not whole yet; -EFBIG when it is longer than
 * the limit, whether its end has been seen or not. Valid until the next call for this input. */
_must_check_ int wire_input_next(struct wire_input *input, size_t limit, struct text *ret);
/* Whether the beginning of a message is there. */
bool wire_input_pending(const struct wire_input *input);
void wire_input_done(struct wire_input *input);

struct wire_call {
        struct json_object *message; /* owns what is below */
        struct text method;
        struct json_object *parameters; /* NULL when there are none: absent, null */
        bool oneway;
        bool more;
        bool upgrade;
};

/* As strict as systemd, and a little more: one object with a method; no key that is not one of a call, none
 * twice; at most one of oneway, more, upgrade; depth 32; no fractions. -EBADMSG with the cause (static text),
 * to be answered by closing the connection; -ENOMEM. */
_must_check_ int wire_parse_call(struct text message, struct wire_call *ret, const char **reterr_cause);
void wire_call_done(struct wire_call *call);
#define _cleanup_wire_call_ _cleanup_(wire_call_done)

struct wire_reply {
        struct json_object *message; /* owns what is below */
        struct json_object *parameters;
        struct text error; /* empty when it is none */
        bool continues;
};

/* The same for replies: an error is the last one. -EFBIG when longer than WIRE_REPLY_MAX. */
_must_check_ int wire_parse_reply(struct text message, struct wire_reply *ret, const char **reterr_cause);
void wire_reply_done(struct wire_reply *reply);
#define _cleanup_wire_reply_ _cleanup_(wire_reply_done)

/* Adding messages to what will be sent, NUL included. Parameters are the text of one JSON object; empty
 * stands for {}, which is always sent, since varlinkctl fails without. -EBADMSG when they are none, -EFBIG
 * when the message would be longer than WIRE_MESSAGE_MAX, -ENOMEM: nothing is added then. */
_must_check_ int wire_add_call(struct buffer *out, const char *method, struct text parameters, bool oneway,
                               bool more);
_must_check_ int wire_add_reply(struct buffer *out, struct text parameters, bool continues);
_must_check_ int wire_add_error(struct buffer *out, const char *error, struct text parameters);
