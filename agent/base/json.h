/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The one place that calls json-c. */

#include "base/text.h"

struct json_object;

/* Building. A failed allocation is remembered and shows when the document is printed; until then NULL objects
 * are accepted everywhere. Keys are ours and plain; values may be any bytes: they are made valid UTF-8. */
struct json_builder {
        bool failed;
};

struct json_object *json_new_object(struct json_builder *builder);
struct json_object *json_new_array(struct json_builder *builder);
/* NULL becomes null. */
void json_add_string(struct json_builder *builder, struct json_object *object, const char *key,
                     const char *value);
void json_add_text(struct json_builder *builder, struct json_object *object, const char *key,
                   struct text value);
void json_add_int(struct json_builder *builder, struct json_object *object, const char *key, int64_t value);
void json_add_bool(struct json_builder *builder, struct json_object *object, const char *key, bool value);
void json_add_null(struct json_builder *builder, struct json_object *object, const char *key);
/* Hand the child over to its parent, also on failure. */
void json_add(struct json_builder *builder, struct json_object *object, const char *key,
              struct json_object *child);
void json_append(struct json_builder *builder, struct json_object *array, struct json_object *child);
void json_append_string(struct json_builder *builder, struct json_object *array, const char *value);

enum json_layout {
        JSON_PLAIN,  /* one line: the wire */
        JSON_PRETTY, /* for people, with a newline at the end */
};

/* -ENOMEM when anything was lost on the way. */
_must_check_ int json_print(const struct json_builder *builder, struct json_object *object,
                            enum json_layout layout, struct buffer *out);
void json_free(struct json_object *object);

static inline void json_free_pointer(struct json_object **object)
{
        json_free(*object);
}
#define _cleanup_json_ _cleanup_(json_free_pointer)
