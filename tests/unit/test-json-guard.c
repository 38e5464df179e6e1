/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-guard.h"
#include "base/json.h"
#include "test.h"

/* In the manner of JSONTestSuite: what is JSON and in our profile, and what is not. The guard alone decides:
 * json-c has to take everything that it lets through, whatever its version. */

#define CASE(literal)                                                                                        \
        {                                                                                                    \
                (literal), sizeof(literal) - 1                                                               \
        }

static const struct text good[] = {
        CASE("{}"),
        CASE(" \t\r\n{ \t\r\n} \t\r\n"),
        CASE("{\"a\":1}"),
        CASE("{\"a\" : 1 , \"b\" : 2}"),
        CASE("{\"\":0}"),
        CASE("{\"a\":[]}"),
        CASE("{\"a\":[ ]}"),
        CASE("{\"a\":{}}"),
        CASE("{\"a\":[[],{},[{}]]}"),
        CASE("{\"a\":[1,\"x\",true,false,null,{\"b\":[2]}]}"),
        CASE("{\"a\":0}"),
        CASE("{\"a\":-1}"),
        CASE("{\"a\":10}"),
        CASE("{\"a\":9007199254740992}"),
        CASE("{\"a\":-9007199254740992}"),
        CASE("{\"a\":\"\"}"),
        CASE("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}"),
        CASE("{\"a\":\"\\u0001\\u00e9\\u20aC\\uFfFf\"}"),
        CASE("{\"a\":\"\\ud83d\\ude00\"}"),
        CASE("{\"a\":\"\\\\u0000\"}"),
        CASE("{\"a\":\"'/*{[]}:,\"}"),
        CASE("{\"a\":\"\x7f \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"}"),
        CASE("{\"\\u0061\\n\":true}"),
        CASE("{\"a\":1,\"a\":2}"),
        CASE("{\"a\":\"\\\\\"}"),
        CASE("{\"true\":null}"),
};

static const struct {
        struct text text;
        const char *cause;
} bad[] = {
        { CASE(""), "not an object" },
        { CASE(" "), "not an object" },
        { CASE("null"), "not an object" },
        { CASE("true"), "not an object" },
        { CASE("1"), "not an object" },
        { CASE("\"a\""), "not an object" },
        { CASE("[]"), "not an object" },
        { CASE("[{}]"), "not an object" },
        { CASE("\0{}"), "not an object" },
        { CASE("\xef\xbb\xbf{}"), "not an object" },
        { CASE("/**/{}"), "not an object" },
        { CASE("}"), "not an object" },
        { CASE("{}{}"), "bytes behind the document" },
        { CASE("{}}"), "bytes behind the document" },
        { CASE("{},"), "bytes behind the document" },
        { CASE("{}\0"), "bytes behind the document" },
        { CASE("{}//x"), "bytes behind the document" },
        { CASE("{}\v"), "bytes behind the document" },
        { CASE("{"), "a string is expected" },
        { CASE("{ "), "a string is expected" },
        { CASE("{,}"), "a string is expected" },
        { CASE("{a:1}"), "a string is expected" },
        { CASE("{'a':1}"), "a string is expected" },
        { CASE("{1:1}"), "a string is expected" },
        { CASE("{null:1}"), "a string is expected" },
        { CASE("{\"a\":1,}"), "a string is expected" },
        { CASE("{/**/\"a\":1}"), "a string is expected" },
        { CASE("{\v}"), "a string is expected" },
        { CASE("{]"), "a string is expected" },
        { CASE("{\"a\"}"), "a colon is expected" },
        { CASE("{\"a\"=1}"), "a colon is expected" },
        { CASE("{\"a\"1}"), "a colon is expected" },
        { CASE("{\"a\""), "a colon is expected" },
        { CASE("{\"a\":"), "a value is expected" },
        { CASE("{\"a\":}"), "a value is expected" },
        { CASE("{\"a\"::1}"), "a value is expected" },
        { CASE("{\"a\":'x'}"), "a value is expected" },
        { CASE("{\"a\":TRUE}"), "a value is expected" },
        { CASE("{\"a\":nuLL}"), "a value is expected" },
        { CASE("{\"a\":tru}"), "a value is expected" },
        { CASE("{\"a\":NaN}"), "a value is expected" },
        { CASE("{\"a\":Infinity}"), "a value is expected" },
        { CASE("{\"a\":-Infinity}"), "a value is expected" },
        { CASE("{\"a\":-}"), "a value is expected" },
        { CASE("{\"a\":--1}"), "a value is expected" },
        { CASE("{\"a\":+1}"), "a value is expected" },
        { CASE("{\"a\":.5}"), "a value is expected" },
        { CASE("{\"a\":[,1]}"), "a value is expected" },
        { CASE("{\"a\":[1,]}"), "a value is expected" },
        { CASE("{\"a\":[1,,2]}"), "a value is expected" },
        { CASE("{\"a\":[}"), "a value is expected" },
        { CASE("{\"a\":["), "a value is expected" },
        { CASE("{\"a\":\0}"), "a value is expected" },
        { CASE("{\"a\":\xa0}"), "a value is expected" },
        { CASE("{\"a\":truee}"), "a comma or a closing bracket is expected" },
        { CASE("{\"a\":null0}"), "a comma or a closing bracket is expected" },
        { CASE("{\"a\":1-2}"), "a comma or a closing bracket is expected" },
        { CASE("{\"a\":0x10}"), "a comma or a closing bracket is expected" },
        { CASE("{\"a\":1 2}"), "a comma or a closing bracket is expected" },
        { CASE("{\"a\":1\"b\":2}"), "a comma or a closing bracket is expected" },
        { CASE("{\"a\":1;\"b\":2}"), "a comma or a closing bracket is expected" },
        { CASE("{\"a\":1]"), "a comma or a closing bracket is expected" },
        { CASE("{\"a\":[1}"), "a comma or a closing bracket is expected" },
        { CASE("{\"a\":[1:2]}"), "a comma or a closing bracket is expected" },
        { CASE("{\"a\":1/**/}"), "a comma or a closing bracket is expected" },
        { CASE("{\"a\":\"x\"\"y\"}"), "a comma or a closing bracket is expected" },
        { CASE("{\"a\":1\f}"), "a comma or a closing bracket is expected" },
        { CASE("{\"a\":1"), "ends too early" },
        { CASE("{\"a\":[1"), "ends too early" },
        { CASE("{\"a\":{}"), "ends too early" },
        { CASE("{\"a\":[] "), "ends too early" },
        { CASE("{\"a\":01}"), "a number with a leading zero" },
        { CASE("{\"a\":-01}"), "a number with a leading zero" },
        { CASE("{\"a\":00}"), "a number with a leading zero" },
        { CASE("{\"a\":-0}"), "a number with a leading zero" },
        { CASE("{\"a\":1.5}"), "a number with a fraction or exponent" },
        { CASE("{\"a\":1.}"), "a number with a fraction or exponent" },
        { CASE("{\"a\":1e3}"), "a number with a fraction or exponent" },
        { CASE("{\"a\":0E0}"), "a number with a fraction or exponent" },
        { CASE("{\"a\":1e}"), "a number with a fraction or exponent" },
        { CASE("{\"a\":9007199254740993}"), "an integer beyond 2^53" },
        { CASE("{\"a\":-9007199254740993}"), "an integer beyond 2^53" },
        { CASE("{\"a\":9223372036854775808}"), "an integer beyond 2^53" },
        { CASE("{\"a\":18446744073709551616}"), "an integer beyond 2^53" },
        { CASE("{\"a\":\"x"), "a string without an end" },
        { CASE("{\"a"), "a string without an end" },
        { CASE("{\"a\":\"x\\"), "an incomplete escape in a string" },
        { CASE("{\"a\":\"\\u12\"}"), "an incomplete escape in a string" },
        { CASE("{\"a\":\"\\u12g4\"}"), "an incomplete escape in a string" },
        { CASE("{\"a\":\"\\u"), "an incomplete escape in a string" },
        { CASE("{\"a\":\"\\x41\"}"), "an unknown escape in a string" },
        { CASE("{\"a\":\"\\'\"}"), "an unknown escape in a string" },
        { CASE("{\"a\":\"\\U0041\"}"), "an unknown escape in a string" },
        { CASE("{\"a\":\"\\\0\"}"), "an unknown escape in a string" },
        { CASE("{\"a\":\"\\u0000\"}"), "a NUL in a string" },
        { CASE("{\"a\\u0000b\":1}"), "a NUL in a string" },
        { CASE("{\"a\":\"\\\\\\u0000\"}"), "a NUL in a string" },
        { CASE("{\"a\":\"x\0y\"}"), "a control character in a string" },
        { CASE("{\"a\":\"x\ny\"}"), "a control character in a string" },
        { CASE("{\"a\":\"x\ty\"}"), "a control character in a string" },
        { CASE("{\"a\":\"\x1f\"}"), "a control character in a string" },
        { CASE("{\"a\":\"\\ud83d\"}"), "half a surrogate pair" },
        { CASE("{\"a\":\"\\ud83dx\"}"), "half a surrogate pair" },
        { CASE("{\"a\":\"\\ude00\"}"), "half a surrogate pair" },
        { CASE("{\"a\":\"\\ud83d\\ud83d\"}"), "half a surrogate pair" },
        { CASE("{\"a\":\"\\ud83d\\u0041\"}"), "half a surrogate pair" },
        { CASE("{\"a\":\"\xff\"}"), "not UTF-8" },
        { CASE("{\"a\":\"\xc0\xaf\"}"), "not UTF-8" },
        { CASE("{\"a\":\"\xed\xa0\x80\"}"), "not UTF-8" },
        { CASE("{\"a\":\"\xf4\x90\x80\x80\"}"), "not UTF-8" },
        { CASE("{\"a\":\"\xe2\x82\"}"), "not UTF-8" },
        { CASE("{\"\x80\":1}"), "not UTF-8" },
};

static int parse(struct text text, const char **ret_cause)
{
        _cleanup_json_ struct json_object *object = NULL;

        *ret_cause = NULL;
        return json_parse(text.data, text.len, 4096, &object, ret_cause);
}

TEST(accepts)
{
        const char *cause;

        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                CHECK_STRING(json_guard(good[i]), NULL);
                if (parse(good[i], &cause) < 0)
                        test_failed(__FILE__, __LINE__, "refused for '%s': %.*s", cause, TEXT_ARGS(good[i]));
        }
}

TEST(refuses_with_the_cause)
{
        const char *cause;

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                if (!string_equal(json_guard(bad[i].text), bad[i].cause))
                        test_failed(__FILE__, __LINE__, "'%s' instead of '%s': %.*s", json_guard(bad[i].text),
                                    bad[i].cause, TEXT_ARGS(bad[i].text));
                CHECK_INT(parse(bad[i].text, &cause), -EBADMSG);
                CHECK_STRING(cause, bad[i].cause);
        }
}

/* Every way to cut a document off is refused, and none is read beyond its end. */
TEST(refuses_every_beginning)
{
        static const char document[] =
                "{\"a\":[1,{\"b\":\"\\ud83d\\ude00\\n\xe2\x82\xac\"},true],\"c\":null}";

        for (size_t len = 0; len < sizeof(document) - 1; len++) {
                _cleanup_free_ char *copy = malloc(len > 0 ? len : 1);

                memcpy(copy, document, len);
                CHECK(json_guard((struct text){ copy, len }));
        }
        CHECK(!json_guard(text_from_string(document)));
}

static const char *guard_nested(unsigned depth, bool objects)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        buffer_add_string(&out, "{\"a\":");
        for (unsigned i = 1; i < depth; i++)
                buffer_add_string(&out, objects ? "{\"a\":" : "[");
        buffer_add_string(&out, "1");
        for (unsigned i = 1; i < depth; i++)
                buffer_add_string(&out, objects ? "}" : "]");
        buffer_add_string(&out, "}");
        return json_guard((struct text){ out.data, out.len });
}

TEST(depth)
{
        CHECK_STRING(guard_nested(32, false), NULL);
        CHECK_STRING(guard_nested(32, true), NULL);
        CHECK_STRING(guard_nested(33, false), "nested too deep");
        CHECK_STRING(guard_nested(33, true), "nested too deep");
        CHECK_STRING(guard_nested(100000, false), "nested too deep");
}

TEST(prints_what_it_read)
{
        static const char document[] =
                "{\"a\":[1,{\"b\":\"x\\ny\\\\/\\\"\xc3\xa4\"},true],\"c\":null,\"\":-7}";
        _cleanup_json_ struct json_object *object = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        struct json_builder builder = { 0 };
        const char *cause;

        CHECK_INT(json_parse(document, sizeof(document) - 1, 4096, &object, &cause), 0);
        CHECK_INT(json_print(&builder, object, JSON_PLAIN, &out), 0);
        CHECK_STRING(out.data, document);
}
