/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "varlink/wire.h"

static const char *cause;

static int parse(const char *message)
{
        _cleanup_wire_call_ struct wire_call call = { 0 };

        cause = NULL;
        return wire_parse_call(text_from_string(message), &call, &cause);
}

TEST(pieces)
{
        static const char stream[] = "{\"a\":1}\0{}\0\0{\"b\"";
        struct wire_input input = { .bytes = { 0 } };
        struct text message;

        CHECK_INT(wire_input_next(&input, 100, &message), 0);
        for (size_t i = 0; i < 7; i++) {
                CHECK_INT(wire_input_add(&input, stream + i, 1), 0);
                CHECK_INT(wire_input_next(&input, 7, &message), 0);
                CHECK(wire_input_pending(&input));
        }
        CHECK_INT(wire_input_add(&input, stream + 7, sizeof(stream) - 1 - 7), 0);
        CHECK_INT(wire_input_next(&input, 7, &message), 1);
        CHECK_TEXT(message, "{\"a\":1}");
        CHECK_INT(wire_input_next(&input, 7, &message), 1);
        CHECK_TEXT(message, "{}");
        CHECK_INT(wire_input_next(&input, 7, &message), 1);
        CHECK_INT(message.len, 0);
        CHECK_INT(wire_input_next(&input, 7, &message), 0);
        CHECK(wire_input_pending(&input));
        CHECK_INT(wire_input_add(&input, ":2}", 4), 0);
        CHECK_INT(wire_input_next(&input, 7, &message), 1);
        CHECK_TEXT(message, "{\"b\":2}");
        CHECK_INT(wire_input_next(&input, 7, &message), 0);
        CHECK(!wire_input_pending(&input));
        /* An idle connection costs no memory. */
        CHECK(!input.bytes.data);
}

TEST(limit)
{
        struct wire_input input = { .bytes = { 0 } };
        struct text message;

        CHECK_INT(wire_input_add(&input, "1234", 5), 0);
        CHECK_INT(wire_input_next(&input, 4, &message), 1);
        CHECK_TEXT(message, "1234");
        CHECK_INT(wire_input_add(&input, "12345", 6), 0);
        CHECK_INT(wire_input_next(&input, 4, &message), -EFBIG);
        wire_input_done(&input);
        /* No need to wait for its end. */
        CHECK_INT(wire_input_add(&input, "1234", 4), 0);
        CHECK_INT(wire_input_next(&input, 4, &message), 0);
        CHECK_INT(wire_input_add(&input, "5", 1), 0);
        CHECK_INT(wire_input_next(&input, 4, &message), -EFBIG);
        wire_input_done(&input);
}

TEST(calls)
{
        _cleanup_wire_call_ struct wire_call call = { 0 };
        int64_t number;

        CHECK_INT(wire_parse_call(TEXT("{\"method\":\"a.B\",\"parameters\":{\"n\":3},\"more\":true}"), &call,
                                  &cause),
                  0);
        CHECK_TEXT(call.method, "a.B");
        CHECK(call.more && !call.oneway && !call.upgrade);
        CHECK_INT(json_get_int(call.parameters, "n", &number), 0);
        CHECK_INT(number, 3);

        CHECK_INT(parse("{\"method\":\"a.B\"}"), 0);
        CHECK_INT(parse(" {\"method\":\"a.B\" , \"parameters\":null,\"oneway\":false}\n"), 0);
        CHECK_INT(parse("{\"method\":\"a.B\",\"upgrade\":true,\"more\":false}"), 0);
        CHECK_INT(
                parse("{\"method\":\"a.B\",\"parameters\":{\"method\":1,\"x\":1,\"y\":{\"z\":[{\"a:\":\":\"}"
                      "]}}}"),
                0);
}

TEST(refused)
{
        static const struct {
                const char *message, *cause;
        } cases[] = {
                { "", "not an object" },
                { "null", "not an object" },
                { "7", "not an object" },
                { "[{\"method\":\"a.B\"}]", "not an object" },
                { "{}", "no method" },
                { "{\"method\":\"\"}", "no method" },
                { "{\"method\":null}", "a member of another type" },
                { "{\"method\":\"a.B\",\"parameters\":[]}", "a member of another type" },
                { "{\"method\":\"a.B\",\"more\":null}", "a member of another type" },
                { "{\"method\":\"a.B\",\"more\":1}", "a member of another type" },
                { "{\"method\":\"a.B\",\"Method\":\"a.B\"}", "a member that is not known" },
                { "{\"method\":\"a.B\",\"error\":\"a.E\"}", "a member that is not known" },
                { "{\"method\":\"a.B\",\"method\":\"a.B\"}", "a member that is there twice" },
                { "{\"method\":\"a.B\",\"\\u006dethod\":\"a.C\"}", "a member that is there twice" },
                { "{\"more\":false,\"method\":\"a.B\",\"more\":true}", "a member that is there twice" },
                { "{\"method\":\"a.B\",\"more\":true,\"oneway\":true}",
                  "more than one of oneway, more, upgrade" },
                { "{\"method\":\"a.B\",\"more\":true,\"upgrade\":true}",
                  "more than one of oneway, more, upgrade" },
                { "{\"method\":\"a.B\"}{}", "bytes behind the document" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                CHECK_INT(parse(cases[i].message), -EBADMSG);
                CHECK_STRING(cause, cases[i].cause);
        }
        /* Words of the guard's. */
        CHECK_INT(parse("{\"method\":\"a\xff.B\"}"), -EBADMSG);
        CHECK_INT(parse("{\"method\":\"a.B\\u0000\"}"), -EBADMSG);
        CHECK_INT(parse("{\"method\":\"a.B\",\"parameters\":{\"a\\u0000\":1}}"), -EBADMSG);
        CHECK_INT(parse("{\"method\":\"a.B\",\"parameters\":{\"a\":1.5}}"), -EBADMSG);
}

static int parse_deep(size_t depth)
{
        _cleanup_buffer_ struct buffer message = { 0 };

        buffer_add_string(&message, "{\"method\":\"a.B\",\"parameters\":{\"a\":");
        for (size_t i = 2; i < depth; i++)
                buffer_add_char(&message, '[');
        for (size_t i = 2; i < depth; i++)
                buffer_add_char(&message, ']');
        buffer_add_string(&message, "}}");
        return parse(message.data);
}

TEST(depth)
{
        CHECK_INT(parse_deep(32), 0);
        CHECK_INT(parse_deep(33), -EBADMSG);
        CHECK_INT(parse_deep(100000), -EBADMSG);
}

#define CHECK_MESSAGE(out, expected) CHECK_TEXT(((struct text){ (out).data, (out).len }), expected "\0")

TEST(building)
{
        _cleanup_buffer_ struct buffer out = { 0 }, large = { 0 };
        size_t fits = WIRE_MESSAGE_MAX - strlen("{\"parameters\":}");

        CHECK_INT(wire_add_reply(&out, TEXT(""), false), 0);
        CHECK_MESSAGE(out, "{\"parameters\":{}}");
        out.len = 0;
        CHECK_INT(wire_add_reply(&out, TEXT("{\"a\":1}"), true), 0);
        CHECK_MESSAGE(out, "{\"parameters\":{\"a\":1},\"continues\":true}");
        out.len = 0;
        CHECK_INT(wire_add_error(&out, "a.E", TEXT("{\"b\":2}")), 0);
        CHECK_MESSAGE(out, "{\"error\":\"a.E\",\"parameters\":{\"b\":2}}");
        out.len = 0;
        CHECK_INT(wire_add_call(&out, "a.B", TEXT(""), false, false), 0);
        CHECK_INT(wire_add_call(&out, "a.B", TEXT(""), false, true), 0);
        CHECK_INT(wire_add_call(&out, "a.B", TEXT(""), true, false), 0);
        CHECK_MESSAGE(out, "{\"method\":\"a.B\",\"parameters\":{}}\0"
                           "{\"method\":\"a.B\",\"parameters\":{},\"more\":true}\0"
                           "{\"method\":\"a.B\",\"parameters\":{},\"oneway\":true}");

        out.len = 0;
        CHECK_INT(wire_add_reply(&out, TEXT("{\"a\":1}x"), false), -EBADMSG);
        CHECK_INT(wire_add_reply(&out, TEXT("[]"), false), -EBADMSG);
        CHECK_INT(wire_add_reply(&out, TEXT("{\"a\":\"\xff\"}"), false), -EBADMSG);
        CHECK_INT(out.len, 0);

        buffer_add_string(&large, "{\"a\":\"");
        while (large.len < fits - 4)
                buffer_add_char(&large, 'x');
        buffer_add_string(&large, "\"}");
        CHECK_INT(wire_add_reply(&out, (struct text){ large.data, large.len }, false), 0);
        CHECK(out.len <= WIRE_MESSAGE_MAX + 1);
        out.len = 0;
        large.len -= 2;
        buffer_add_string(&large, "xxxx\"}");
        CHECK_INT(wire_add_reply(&out, (struct text){ large.data, large.len }, false), -EFBIG);
        CHECK_INT(out.len, 0);
}

static int parse_reply(const char *message)
{
        _cleanup_wire_reply_ struct wire_reply reply = { 0 };

        return wire_parse_reply(text_from_string(message), &reply, &cause);
}

TEST(replies)
{
        _cleanup_wire_reply_ struct wire_reply reply = { 0 };
        struct text text;

        CHECK_INT(wire_parse_reply(TEXT("{\"error\":\"a.E\",\"parameters\":{\"b\":\"c\"}}"), &reply, &cause),
                  0);
        CHECK_TEXT(reply.error, "a.E");
        CHECK(!reply.continues);
        CHECK_INT(json_get_text(reply.parameters, "b", &text), 0);
        CHECK_TEXT(text, "c");

        CHECK_INT(parse_reply("{}"), 0);
        CHECK_INT(parse_reply("{\"parameters\":null,\"continues\":false}"), 0);
        CHECK_INT(parse_reply("{\"error\":null}"), -EBADMSG);
        CHECK_INT(parse_reply("{\"error\":\"\"}"), -EBADMSG);
        CHECK_INT(parse_reply("{\"error\":\"a.E\",\"continues\":true}"), -EBADMSG);
        CHECK_INT(parse_reply("{\"parameters\":{},\"continue\":true}"), -EBADMSG);
        CHECK_INT(parse_reply("{\"parameters\":{},\"parameters\":{}}"), -EBADMSG);
        CHECK_INT(parse_reply("[]"), -EBADMSG);
}
