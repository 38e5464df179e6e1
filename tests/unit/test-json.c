/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "test.h"

TEST(builds_a_document)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);
        struct json_object *array = json_new_array(&builder);

        json_append_string(&builder, array, "x\ty");
        json_add(&builder, object, "array", array);
        json_add_text(&builder, object, "bytes", TEXT("\xff\0/"));
        json_add_string(&builder, object, "none", NULL);
        json_add_int(&builder, object, "number", -7);
        json_add_bool(&builder, object, "truth", true);
        CHECK_INT(json_print(&builder, object, JSON_PLAIN, &out), 0);
        CHECK_STRING(out.data, "{\"array\":[\"x\\ty\"],\"bytes\":\"\xef\xbf\xbd\xef\xbf\xbd/\",\"none\":null,"
                               "\"number\":-7,\"truth\":true}");
}

TEST(a_lost_part_is_not_printed)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);

        json_add(&builder, object, "lost", NULL);
        CHECK_INT(json_print(&builder, object, JSON_PLAIN, &out), -ENOMEM);
}

static int parse(struct text text)
{
        _cleanup_json_ struct json_object *object = NULL;
        const char *cause = NULL;
        int r = json_parse(text.data, text.len, 4096, &object, &cause);

        CHECK((r < 0) == (object == NULL));
        CHECK(r != -EBADMSG || cause);
        return r;
}

TEST(accepts_what_is_json)
{
        static const char *const good[] = {
                "{}",
                " {\"a\":1}\r\n",
                "{\"a\":[true,false,null,-1,0]}",
                "{\"a\":\"\\u00e9 \\\" \\\\ / ' \xc3\xa4\"}",
                "{\"a\":9007199254740992}",
                "{\"a\":{\"b\":{}}}",
                "{\"a\":\"\\\\u0000\"}",
        };

        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                if (parse(text_from_string(good[i])) != 0)
                        test_failed(__FILE__, __LINE__, "refused: %s", good[i]);
}

TEST(refuses_what_json_c_would_take)
{
        static const struct text bad[] = {
                { "", 0 },
                { "null", 4 },
                { "[]", 2 },
                { "{'a':1}", 7 },
                { "{\"a\":1}x", 8 },
                { "{\"a\":1}{}", 9 },
                { "{\"a\":1 /* c */}", 15 },
                { "{\"a\":1.5}", 9 },
                { "{\"a\":1e3}", 9 },
                { "{\"a\":01}", 8 },
                { "{\"a\":1-2}", 9 },
                { "{\"a\":TRUE}", 10 },
                { "{\"a\":NaN}", 9 },
                { "{\"a\":+1}", 8 },
                { "{\"a\":[1,]}", 10 },
                { "{\"a\":1,}", 8 },
                { "{\"a\":\"x\ny\"}", 11 },
                { "{\"a\":\"\xff\"}", 9 },
                { "{\"a\":\"\xc0\xaf\"}", 10 },
                { "{\"a\":\"\\u0000\"}", 14 },
                { "{\"a\\u0000b\":1}", 14 },
                { "{\"a\":\"\0\"}", 9 },
                { "{\"a\":9007199254740993}", 22 },
                { "{\"a\":18446744073709551616}", 26 },
                { "{\"a\":", 5 },
                { "{\"a\":\"x", 7 },
                { "{\"a\":\"\\", 7 },
                { "}", 1 },
                { "{\"a\":[}]", 8 },
                { "\xef\xbb\xbf{}", 5 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                if (parse(bad[i]) != -EBADMSG)
                        test_failed(__FILE__, __LINE__, "accepted: %.*s", TEXT_ARGS(bad[i]));
}

TEST(limits_depth_and_length)
{
        char text[5000];

        for (unsigned depth = 31; depth <= 32; depth++) {
                int len = snprintf(text, sizeof(text), "{\"a\":%.*s%.*s}", (int) depth,
                                   "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", (int) depth,
                                   "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");

                CHECK_INT(parse((struct text){ text, (size_t) len }), depth <= 31 ? 0 : -EBADMSG);
        }

        memset(text, ' ', sizeof(text));
        CHECK_INT(parse((struct text){ text, sizeof(text) }), -EFBIG);
}

TEST(getters_know_types)
{
        static const char data[] =
                "{\"s\":\"12\",\"i\":12,\"b\":true,\"n\":null,\"a\":[\"x\",1],\"o\":{\"k\":2}}";
        _cleanup_json_ struct json_object *object = NULL;
        const char *cause;
        struct text text;
        int64_t number = 0;

        CHECK_INT(json_parse(data, strlen(data), 4096, &object, &cause), 0);
        CHECK_INT(json_get_text(object, "s", &text), 0);
        CHECK_TEXT(text, "12");
        CHECK_INT(json_get_int(object, "s", &number), -EINVAL);
        CHECK_INT(json_get_text(object, "i", &text), -EINVAL);
        CHECK_INT(json_get_text(object, "n", &text), -EINVAL);
        CHECK_INT(json_get_text(object, "none", &text), -ENOENT);
        CHECK_INT(json_get_text(NULL, "none", &text), -ENOENT);
        CHECK(json_get_true(object, "b") && !json_get_true(object, "i"));
        CHECK_INT(json_array_size(json_get_array(object, "a")), 2);
        CHECK_TEXT(json_item_text(json_get_array(object, "a"), 0), "x");
        CHECK_TEXT(json_item_text(json_get_array(object, "a"), 1), "");
        CHECK_INT(json_array_size(json_get_array(object, "o")), 0);
        CHECK_STRING(json_object_key(json_get_object(object, "o"), 0), "k");
        CHECK(json_type_letter(object, "n") == 'n' && json_type_letter(object, "none") == '\0');
}
