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
