/* SPDX-License-Identifier: Apache-2.0 */
#include "varlink/server-internal.h"

#include <assert.h>
#include <string.h>

int call_new(struct varlink_connection *connection, struct text message)
{
        struct varlink_call *call = calloc(1, sizeof(*call));
        const char *cause = "no memory";
        int r = -ENOMEM;

        if (call)
                r = wire_parse_call(message, &call->wire, &cause);
        if (r >= 0) {
                call->method = text_dup(call->wire.method);
                r = call->method ? 0 : -ENOMEM;
        }
        if (r < 0) {
                server_note(connection->server, cause);
                call_free(call);
                return r;
        }

        call->connection = connection;
        connection->call = call;
        return 0;
}

void call_free(struct varlink_call *call)
{
        if (!call)
                return;

        if (call->connection)
                call->connection->call = NULL;
        wire_call_done(&call->wire);
        free(call->method);
        free(call);
}

const char *varlink_call_method(const struct varlink_call *call)
{
        return call->method;
}

uid_t varlink_call_uid(const struct varlink_call *call)
{
        return call->connection->uid;
}

pid_t varlink_call_pid(const struct varlink_call *call)
{
        return call->connection->pid;
}

bool varlink_call_wants_more(const struct varlink_call *call)
{
        return call->wire.more;
}

struct json_object *varlink_call_parameters(const struct varlink_call *call)
{
        return call->wire.parameters;
}

bool varlink_call_is_full(const struct varlink_call *call)
{
        return call->connection->full;
}

void varlink_call_defer(struct varlink_call *call, void (*hangup)(struct varlink_call *call, void *userdata),
                        void (*space)(struct varlink_call *call, void *userdata), void *userdata)
{
        assert(hangup);
        call->deferred = true;
        call->hangup = hangup;
        call->space = space;
        call->userdata = userdata;
}

/* Nobody hears the answer: not wanted, or the client has gone. */
static bool is_silent(const struct varlink_call *call)
{
        return call->wire.oneway || call->connection->gone;
}

static void end(struct varlink_call *call)
{
        struct varlink_connection *connection = call->connection;

        connection->full = false;
        call_free(call);
        connection_kick(connection);
}

/* An error that could not even be queued leaves the client without the answer that it counts on. */
static void end_with_error(struct varlink_call *call, const char *error, struct text parameters)
{
        struct varlink_connection *connection = call->connection;

        if (!is_silent(call) && wire_add_error(&connection->output, error, parameters) < 0) {
                server_note(connection->server, "an answer that could not be made");
                connection->dropped = true;
        }
        end(call);
}

static void end_failed(struct varlink_call *call, int error)
{
        varlink_call_failed(call, "%s", error == -EFBIG ? "the answer is too long" : strerror(-error));
}

/* The text of parameters, borrowed from the buffer. */
static int print(const struct json_builder *builder, struct json_object *parameters, struct buffer *out,
                 struct text *ret)
{
        int r = parameters || builder->failed ? json_print(builder, parameters, JSON_PLAIN, out) : 0;

        if (r >= 0)
                *ret = (struct text){ out->data, out->len };

        return r;
}

void varlink_call_reply_text(struct varlink_call *call, struct text parameters)
{
        int r = 0;

        if (!is_silent(call))
                r = wire_add_reply(&call->connection->output, parameters, false);
        if (r < 0)
                end_failed(call, r);
        else
                end(call);
}

void varlink_call_reply(struct varlink_call *call, const struct json_builder *builder,
                        struct json_object *parameters)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct text text;
        int r = print(builder, parameters, &out, &text);

        if (r < 0)
                end_failed(call, r);
        else
                varlink_call_reply_text(call, text);
}

void varlink_call_error(struct varlink_call *call, const char *error, const struct json_builder *builder,
                        struct json_object *parameters)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct text text;

        if (print(builder, parameters, &out, &text) < 0)
                text = TEXT("");
        end_with_error(call, error, text);
}

void varlink_call_error_string(struct varlink_call *call, const char *error, const char *key,
                               const char *value)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);

        if (key)
                json_add_string(&builder, object, key, value);
        varlink_call_error(call, error, &builder, object);
}

void varlink_call_invalid(struct varlink_call *call, const char *parameter)
{
        varlink_call_error_string(call, VARLINK_SERVICE ".InvalidParameter", "parameter", parameter);
}

void varlink_call_failed(struct varlink_call *call, const char *format, ...)
{
        _cleanup_buffer_ struct buffer reason = { 0 };
        va_list arguments;

        va_start(arguments, format);
        buffer_addv(&reason, format, arguments);
        va_end(arguments);
        varlink_call_error_string(call, VARLINK_AGENT ".Failed", "reason",
                                  reason.failed || !reason.data ? "no memory" : reason.data);
}

int varlink_call_stream_text(struct varlink_call *call, struct text parameters)
{
        struct varlink_connection *connection = call->connection;
        int r;

        /* The client would take a second answer for that of the next call. */
        assert(call->wire.more);
        if (is_silent(call))
                return 0;
        if (connection->full)
                return -EAGAIN;
        r = wire_add_reply(&connection->output, parameters, true);
        if (r < 0)
                return r;

        if (connection_unsent(connection) >= OUTPUT_HIGH) {
                connection_send(connection);
                connection->full = connection_unsent(connection) >= OUTPUT_LOW;
        }
        connection_kick(connection);
        return 0;
}

int varlink_call_stream(struct varlink_call *call, const struct json_builder *builder,
                        struct json_object *parameters)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct text text;
        int r = print(builder, parameters, &out, &text);

        return r < 0 ? r : varlink_call_stream_text(call, text);
}

static const struct varlink_parameter *find_parameter(const struct varlink_parameter *parameters,
                                                      const char *name)
{
        for (; parameters && parameters->name; parameters++)
                if (string_equal(parameters->name, name))
                        return parameters;

        return NULL;
}

bool varlink_call_accepts(struct varlink_call *call, const struct varlink_parameter *parameters)
{
        struct json_object *given = call->wire.parameters;
        const char *name;

        for (size_t i = 0; (name = json_object_key(given, i)); i++)
                if (!find_parameter(parameters, name)) {
                        varlink_call_invalid(call, name);
                        return false;
                }
        for (; parameters && parameters->name; parameters++) {
                char letter = json_type_letter(given, parameters->name);

                if (!strchr(parameters->types, letter == '\0' ? 'n' : letter)) {
                        varlink_call_invalid(call, parameters->name);
                        return false;
                }
        }

        return true;
}
