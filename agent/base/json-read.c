/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-guard.h"
#include "base/json.h"

#include <json.h>
#include <limits.h>

/* The guard lets neither fractions nor large integers in. Looked at once more, since old versions of json-c
 * turn what they cannot hold into INT64_MAX without a word. */
static bool values_allowed(struct json_object *object, const char **ret_cause)
{
        static const int64_t limit = (int64_t) 1 << 53;

        switch (json_object_get_type(object)) {
        case json_type_double:
                *ret_cause = "a number with a fraction";
                return false;
        case json_type_int:
                if (json_object_get_int64(object) >= -limit && json_object_get_int64(object) <= limit)
                        return true;
                *ret_cause = "an integer beyond 2^53";
                return false;
        case json_type_array:
                for (size_t i = 0; i < json_array_size(object); i++)
                        if (!values_allowed(json_array_item(object, i), ret_cause))
                                return false;
                return true;
        case json_type_object: {
                json_object_object_foreach(object, key, value)
                {
                        (void) key;
                        if (!values_allowed(value, ret_cause))
                                return false;
                }
                return true;
        }
        default:
                return true;
        }
}

int json_parse(const char *data, size_t len, size_t cap, struct json_object **ret, const char **reterr_cause)
{
        _cleanup_json_ struct json_object *object = NULL;
        enum json_tokener_error error;
        struct json_tokener *tokener;
        const char *cause;

        if (len > cap || len >= INT_MAX) {
                *reterr_cause = "too long";
                return -EFBIG;
        }
        cause = json_guard((struct text){ data, len });
        if (cause) {
                *reterr_cause = cause;
                return -EBADMSG;
        }

        tokener = json_tokener_new_ex(JSON_GUARD_DEPTH + 8);
        if (!tokener)
                return -ENOMEM;
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
        object = json_tokener_parse_ex(tokener, data, (int) len);
        error = json_tokener_get_error(tokener);
        json_tokener_free(tokener);
        if (error != json_tokener_success || !object) {
                *reterr_cause = "not JSON";
                return -EBADMSG;
        }
        if (!values_allowed(object, &cause)) {
                *reterr_cause = cause;
                return -EBADMSG;
        }

        *ret = take_ptr(object);
        return 0;
}

/* The value under a key; -ENOENT when it is absent or the object is none, -EINVAL when its type is another.
 */
static int get(struct json_object *object, const char *key, enum json_type type, struct json_object **ret)
{
        struct json_object *value;

        if (!object || json_object_get_type(object) != json_type_object ||
            !json_object_object_get_ex(object, key, &value))
                return -ENOENT;
        if (json_object_get_type(value) != type)
                return -EINVAL;

        *ret = value;
        return 0;
}

static struct text text_of(struct json_object *string)
{
        return (struct text){ json_object_get_string(string), (size_t) json_object_get_string_len(string) };
}

int json_get_text(struct json_object *object, const char *key, struct text *ret)
{
        struct json_object *value;
        int r = get(object, key, json_type_string, &value);

        if (r >= 0)
                *ret = text_of(value);

        return r;
}

int json_dup_string(struct json_object *object, const char *key, char **ret)
{
        struct text text;
        char *copy;
        int r = json_get_text(object, key, &text);

        if (r < 0)
                return r;
        copy = text_dup(text);
        if (!copy)
                return -ENOMEM;

        *ret = copy;
        return 0;
}

int json_get_int(struct json_object *object, const char *key, int64_t *ret)
{
        struct json_object *value;
        int r = get(object, key, json_type_int, &value);

        if (r >= 0)
                *ret = json_object_get_int64(value);

        return r;
}

int json_get_bool(struct json_object *object, const char *key, bool *ret)
{
        struct json_object *value;
        int r = get(object, key, json_type_boolean, &value);

        if (r >= 0)
                *ret = json_object_get_boolean(value);

        return r;
}

bool json_get_true(struct json_object *object, const char *key)
{
        bool value = false;

        return json_get_bool(object, key, &value) >= 0 && value;
}

struct json_object *json_get_object(struct json_object *object, const char *key)
{
        struct json_object *value;

        return get(object, key, json_type_object, &value) < 0 ? NULL : value;
}

struct json_object *json_get_array(struct json_object *object, const char *key)
{
        struct json_object *value;

        return get(object, key, json_type_array, &value) < 0 ? NULL : value;
}

static char letter_of(struct json_object *value)
{
        static const char letters[] = {
                [json_type_null] = 'n',   [json_type_boolean] = 'b', [json_type_double] = 'd',
                [json_type_int] = 'i',    [json_type_object] = 'o',  [json_type_array] = 'a',
                [json_type_string] = 's',
        };

        return letters[json_object_get_type(value)];
}

char json_type_letter(struct json_object *object, const char *key)
{
        struct json_object *value;

        if (!object || json_object_get_type(object) != json_type_object ||
            !json_object_object_get_ex(object, key, &value))
                return '\0';

        return letter_of(value);
}

size_t json_object_size(struct json_object *object)
{
        return object && json_object_get_type(object) == json_type_object
                       ? (size_t) json_object_object_length(object)
                       : 0;
}

const char *json_object_key(struct json_object *object, size_t index)
{
        if (index >= json_object_size(object))
                return NULL;

        json_object_object_foreach(object, key, value)
        {
                (void) value;
                if (index-- == 0)
                        return key;
        }

        return NULL;
}

size_t json_array_size(struct json_object *array)
{
        return array && json_object_get_type(array) == json_type_array
                       ? (size_t) json_object_array_length(array)
                       : 0;
}

struct json_object *json_array_item(struct json_object *array, size_t index)
{
        return index < json_array_size(array) ? json_object_array_get_idx(array, index) : NULL;
}

char json_item_letter(struct json_object *array, size_t index)
{
        return index < json_array_size(array) ? letter_of(json_array_item(array, index)) : '\0';
}

struct text json_item_text(struct json_object *array, size_t index)
{
        struct json_object *item = json_array_item(array, index);

        return item && json_object_get_type(item) == json_type_string ? text_of(item) : TEXT("");
}
