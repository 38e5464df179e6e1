/* SPDX-License-Identifier: Apache-2.0 */
#include "varlink/wire.h"
#include "base/json-guard.h"

#include <string.h>

/* Input */

int wire_input_add(struct wire_input *input, const void *data, size_t len)
{
        if (input->start > 0) {
                /* Both are NULL or neither is: a start above 0 means that there were bytes. */
                memmove(input->bytes.data, input->bytes.data + input->start, input->bytes.len - input->start);
                input->bytes.len -= input->start;
                input->scanned -= input->start;
                input->start = 0;
        }

        buffer_add(&input->bytes, data, len);
        return input->bytes.failed ? -ENOMEM : 0;
}

int wire_input_next(struct wire_input *input, size_t limit, struct text *ret)
{
        const char *data = input->bytes.data, *end;
        size_t len;

        if (input->start == input->bytes.len) {
                wire_input_done(input);
                return 0;
        }

        end = memchr(data + input->scanned, '\0', input->bytes.len - input->scanned);
        input->scanned = end ? (size_t) (end - data) + 1 : input->bytes.len;
        len = input->scanned - input->start - (end ? 1 : 0);
        if (len > limit)
                return -EFBIG;
        if (!end)
                return 0;

        *ret = (struct text){ data + input->start, len };
        input->start = input->scanned;
        return 1;
}

bool wire_input_pending(const struct wire_input *input)
{
        return input->bytes.len > input->start;
}

void wire_input_done(struct wire_input *input)
{
        buffer_done(&input->bytes);
        *input = (struct wire_input){ .bytes = { 0 } };
}

/* Parsing */

/* How many members the document itself has, as they were written: json-c keeps one of those that are called
 * the same. The guard has let the text through, so that brackets match and each string ends. */
static size_t count_members(struct text document)
{
        size_t n = 0, depth = 0;
        bool in_string = false;

        for (size_t i = 0; i < document.len; i++) {
                char c = document.data[i];

                if (in_string && c == '\\')
                        i++;
                else if (c == '"')
                        in_string = !in_string;
                else if (in_string)
                        continue;
                else if (c == '{' || c == '[')
                        depth++;
                else if (c == '}' || c == ']')
                        depth--;
                else if (c == ':' && depth == 1)
                        n++;
        }

        return n;
}

struct member {
        const char *name;
        const char *types; /* letters of json_type_letter() */
};

/* One object that has members of this table only, each once. */
static int parse_message(struct text message, size_t limit, const struct member *members,
                         struct json_object **ret, const char **reterr_cause)
{
        _cleanup_json_ struct json_object *object = NULL;
        size_t known = 0;
        int r;

        r = json_parse(message.data, message.len, limit, &object, reterr_cause);
        if (r < 0)
                return r;

        for (; members->name; members++) {
                char letter = json_type_letter(object, members->name);

                if (letter == '\0')
                        continue;
                known++;
                if (!strchr(members->types, letter)) {
                        *reterr_cause = "a member of another type";
                        return -EBADMSG;
                }
        }
        if (known != json_object_size(object)) {
                *reterr_cause = "a member that is not known";
                return -EBADMSG;
        }
        if (known != count_members(message)) {
                *reterr_cause = "a member that is there twice";
                return -EBADMSG;
        }

        *ret = take_ptr(object);
        return 0;
}

int wire_parse_call(struct text message, struct wire_call *ret, const char **reterr_cause)
{
        static const struct member members[] = {
                { "method", "s" }, { "parameters", "on" }, { "oneway", "b" },
                { "more", "b" },   { "upgrade", "b" },     { NULL, NULL },
        };
        _cleanup_wire_call_ struct wire_call call = { 0 };
        int r;

        r = parse_message(message, WIRE_MESSAGE_MAX, members, &call.message, reterr_cause);
        if (r < 0)
                return r;

        if (json_get_text(call.message, "method", &call.method) < 0 || call.method.len == 0) {
                *reterr_cause = "no method";
                return -EBADMSG;
        }
        call.parameters = json_get_object(call.message, "parameters");
        call.oneway = json_get_true(call.message, "oneway");
        call.more = json_get_true(call.message, "more");
        call.upgrade = json_get_true(call.message, "upgrade");
        if (call.oneway + call.more + call.upgrade > 1) {
                *reterr_cause = "more than one of oneway, more, upgrade";
                return -EBADMSG;
        }

        *ret = call;
        call.message = NULL;
        return 0;
}

void wire_call_done(struct wire_call *call)
{
        json_free(call->message);
        *call = (struct wire_call){ 0 };
}

int wire_parse_reply(struct text message, struct wire_reply *ret, const char **reterr_cause)
{
        static const struct member members[] = {
                { "parameters", "on" },
                { "continues", "b" },
                { "error", "s" },
                { NULL, NULL },
        };
        _cleanup_wire_reply_ struct wire_reply reply = { 0 };
        bool is_error;
        int r;

        r = parse_message(message, WIRE_REPLY_MAX, members, &reply.message, reterr_cause);
        if (r < 0)
                return r;

        reply.parameters = json_get_object(reply.message, "parameters");
        reply.continues = json_get_true(reply.message, "continues");
        is_error = json_get_text(reply.message, "error", &reply.error) >= 0;
        if (is_error && (reply.continues || reply.error.len == 0)) {
                *reterr_cause = "an error that continues, or has no name";
                return -EBADMSG;
        }

        *ret = reply;
        reply.message = NULL;
        return 0;
}

void wire_reply_done(struct wire_reply *reply)
{
        json_free(reply->message);
        *reply = (struct wire_reply){ 0 };
}

/* Building */

/* {HEAD"parameters":{…}TAIL} and its NUL. */
static int add_message(struct buffer *out, const char *head, struct text parameters, const char *tail)
{
        static const char name[] = "\"parameters\":";
        size_t before = out->len;

        if (parameters.len == 0)
                parameters = TEXT("{}");
        else if (json_guard(parameters))
                return -EBADMSG;
        if (parameters.len > WIRE_MESSAGE_MAX ||
            parameters.len + strlen(head) + strlen(name) + strlen(tail) + strlen("{}") > WIRE_MESSAGE_MAX)
                return -EFBIG;

        buffer_add_char(out, '{');
        buffer_add_string(out, head);
        buffer_add_string(out, name);
        buffer_add_text(out, parameters);
        buffer_add_string(out, tail);
        buffer_add(out, "}", sizeof("}"));
        if (!out->failed)
                return 0;

        /* What was there remains and can still be sent. */
        out->len = before;
        out->failed = false;
        return -ENOMEM;
}

/* "KEY":"NAME", where the name is one of ours: it needs no escapes. */
static char *named(const char *key, const char *name)
{
        return string_format("\"%s\":\"%s\",", key, name);
}

int wire_add_call(struct buffer *out, const char *method, struct text parameters, bool oneway, bool more)
{
        _cleanup_free_ char *head = named("method", method);

        if (!head)
                return -ENOMEM;

        return add_message(out, head, parameters, more ? ",\"more\":true" : oneway ? ",\"oneway\":true" : "");
}

int wire_add_reply(struct buffer *out, struct text parameters, bool continues)
{
        return add_message(out, "", parameters, continues ? ",\"continues\":true" : "");
}

int wire_add_error(struct buffer *out, const char *error, struct text parameters)
{
        _cleanup_free_ char *head = named("error", error);

        if (!head)
                return -ENOMEM;

        return add_message(out, head, parameters, "");
}
