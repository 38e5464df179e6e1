/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <json.h>
#include <limits.h>
#include <string.h>

static struct json_object *checked(struct json_builder *builder, struct json_object *object)
{
        if (!object)
                builder->failed = true;

        return object;
}

struct json_object *json_new_object(struct json_builder *builder)
{
        return checked(builder, json_object_new_object());
}

struct json_object *json_new_array(struct json_builder *builder)
{
        return checked(builder, json_object_new_array());
}

/* The adder is void until 0.12. */
static int object_add(struct json_object *object, const char *key, struct json_object *child)
{
#if JSON_C_VERSION_NUM >= 0x000d00
        return json_object_object_add(object, key, child);
#else
        json_object_object_add(object, key, child);
        return 0;
#endif
}

void json_add_null(struct json_builder *builder, struct json_object *object, const char *key)
{
        if (object && object_add(object, key, NULL) < 0)
                builder->failed = true;
}

void json_add(struct json_builder *builder, struct json_object *object, const char *key,
              struct json_object *child)
{
        if (!object || !child || object_add(object, key, child) < 0) {
                json_object_put(child);
                builder->failed = true;
        }
}

void json_append(struct json_builder *builder, struct json_object *array, struct json_object *child)
{
        if (!array || !child || json_object_array_add(array, child) < 0) {
                json_object_put(child);
                builder->failed = true;
        }
}

struct json_object *json_share(struct json_object *object)
{
        return json_object_get(object);
}

void json_add_member(struct json_builder *builder, struct json_object *object, struct json_object *from,
                     const char *key)
{
        struct json_object *value;

        if (json_object_get_type(from) != json_type_object || !json_object_object_get_ex(from, key, &value))
                return;
        if (value)
                json_add(builder, object, key, json_object_get(value));
        else
                json_add_null(builder, object, key);
}

void json_add_members(struct json_builder *builder, struct json_object *object, struct json_object *from,
                      const char *but)
{
        if (json_object_get_type(from) != json_type_object)
                return;

        json_object_object_foreach(from, key, value)
        {
                if (but && strcmp(key, but) == 0)
                        continue;
                if (value)
                        json_add(builder, object, key, json_object_get(value));
                else
                        json_add_null(builder, object, key);
        }
}

static struct json_object *new_string(struct json_builder *builder, struct text value)
{
        _cleanup_buffer_ struct buffer utf8 = { 0 };

        buffer_add_utf8(&utf8, value);
        if (utf8.failed || utf8.len > INT_MAX)
                return checked(builder, NULL);

        return checked(builder, json_object_new_string_len(utf8.data ? utf8.data : "", (int) utf8.len));
}

void json_add_text(struct json_builder *builder, struct json_object *object, const char *key,
                   struct text value)
{
        json_add(builder, object, key, new_string(builder, value));
}

void json_add_string(struct json_builder *builder, struct json_object *object, const char *key,
                     const char *value)
{
        if (value)
                json_add_text(builder, object, key, text_from_string(value));
        else
                json_add_null(builder, object, key);
}

void json_append_string(struct json_builder *builder, struct json_object *array, const char *value)
{
        json_append(builder, array, new_string(builder, text_from_string(value)));
}

void json_add_int(struct json_builder *builder, struct json_object *object, const char *key, int64_t value)
{
        json_add(builder, object, key, checked(builder, json_object_new_int64(value)));
}

void json_add_bool(struct json_builder *builder, struct json_object *object, const char *key, bool value)
{
        json_add(builder, object, key, checked(builder, json_object_new_boolean(value)));
}

/* json-c writes "\/" for a slash, and only newer versions can be asked not to: so every version gets the same
 * treatment. A backslash in its output always begins an escape. */
static void add_without_slash_escapes(struct buffer *out, const char *text)
{
        const char *from = text, *escape;

        while ((escape = strchr(from, '\\'))) {
                size_t before = (size_t) (escape - from);

                buffer_add(out, from, escape[1] == '/' ? before : before + 1);
                buffer_add(out, escape + 1, 1);
                from = escape + 2;
        }
        buffer_add_string(out, from);
}

int json_print(const struct json_builder *builder, struct json_object *object, enum json_layout layout,
               struct buffer *out)
{
        static const int flags[] = {
                [JSON_PLAIN] = JSON_C_TO_STRING_PLAIN,
                [JSON_PRETTY] = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED,
        };
        const char *text;

        if (builder->failed || !object)
                return -ENOMEM;

        text = json_object_to_json_string_ext(object, flags[layout]);
        if (!text)
                return -ENOMEM;

        add_without_slash_escapes(out, text);
        if (layout == JSON_PRETTY)
                buffer_add_char(out, '\n');
        return out->failed ? -ENOMEM : 0;
}

void json_free(struct json_object *object)
{
        (void) json_object_put(object);
}
