/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "varlink/wire.h"

#include <string.h>

enum { LIMIT = 4096 };

/* What was understood can be said again, and is understood alike. */
static void check_call(struct text message)
{
        _cleanup_wire_call_ struct wire_call call = { 0 };
        _cleanup_wire_reply_ struct wire_reply reply = { 0 };
        _cleanup_buffer_ struct buffer parameters = { 0 }, out = { 0 }, again = { 0 };
        struct json_builder builder = { 0 };
        const char *cause = NULL;
        int r = wire_parse_call(message, &call, &cause);

        FUZZ_ASSERT(r == 0 || (r == -EBADMSG && cause));
        if (r < 0)
                return;

        FUZZ_ASSERT(call.method.len > 0 && !text_has_nul(call.method));
        FUZZ_ASSERT(call.oneway + call.more + call.upgrade <= 1);
        if (!call.parameters)
                return;

        FUZZ_ASSERT(json_print(&builder, call.parameters, JSON_PLAIN, &parameters) == 0);
        FUZZ_ASSERT(wire_add_reply(&out, (struct text){ parameters.data, parameters.len }, call.more) == 0);
        FUZZ_ASSERT(out.data[out.len - 1] == '\0');
        FUZZ_ASSERT(wire_parse_reply((struct text){ out.data, out.len - 1 }, &reply, &cause) == 0);
        FUZZ_ASSERT(reply.continues == call.more && reply.error.len == 0 && reply.parameters);
        FUZZ_ASSERT(json_print(&builder, reply.parameters, JSON_PLAIN, &again) == 0);
        FUZZ_ASSERT(strcmp(parameters.data, again.data) == 0);
}

static void check_reply(struct text message)
{
        _cleanup_wire_reply_ struct wire_reply reply = { 0 };
        const char *cause = NULL;
        int r = wire_parse_reply(message, &reply, &cause);

        FUZZ_ASSERT(r == 0 || (r == -EBADMSG && cause));
        FUZZ_ASSERT(r < 0 || reply.error.len == 0 || !reply.continues);
}

/* The next message of the stream as it is when one has all of it at once. */
static int next_of_all(struct text *rest, struct text *ret)
{
        const char *end = rest->len > 0 ? memchr(rest->data, '\0', rest->len) : NULL;
        size_t len = end ? (size_t) (end - rest->data) : rest->len;

        if (len > LIMIT)
                return -EFBIG;
        if (!end)
                return 0;

        *ret = (struct text){ rest->data, len };
        rest->data += len + 1;
        rest->len -= len + 1;
        return 1;
}

static int check_messages(struct wire_input *input, struct text *rest)
{
        struct text message, expected;
        int r;

        while ((r = wire_input_next(input, LIMIT, &message)) > 0) {
                FUZZ_ASSERT(next_of_all(rest, &expected) == 1 && text_same(message, expected));
                check_call(message);
                check_reply(message);
        }

        return r;
}

/* The first byte says in which pieces the rest comes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct wire_input input = { .bytes = { 0 } };
        struct text rest, expected;
        size_t piece, at = 1;
        int r = 0;

        if (size < 1)
                return 0;

        rest = (struct text){ (const char *) data + 1, size - 1 };
        piece = 1 + (size_t) data[0] * data[0];
        while (at < size && r >= 0) {
                size_t n = size - at < piece ? size - at : piece;

                FUZZ_ASSERT(wire_input_add(&input, data + at, n) == 0);
                r = check_messages(&input, &rest);
                at += n;
                piece = 1 + piece * 7 % 61;
        }
        FUZZ_ASSERT(next_of_all(&rest, &expected) == r);
        FUZZ_ASSERT(r < 0 || wire_input_pending(&input) == (rest.len > 0));
        wire_input_done(&input);
        return 0;
}
