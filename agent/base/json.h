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
/* Adds all members of another object, which shares them, except the one called but (NULL for none). */
void json_add_members(struct json_builder *builder, struct json_object *object, struct json_object *from,
                      const char *but);
void json_append_string(struct json_builder *builder, struct json_object *array, const char *value);
/* The same object once more, for a second parent. */
struct json_object *json_share(struct json_object *object);
/* Adds the member of that name of another object, which shares it; nothing where there is none. */
void json_add_member(struct json_builder *builder, struct json_object *object, struct json_object *from,
                     const char *key);

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

/* Reading (json-read.c). One object of at most cap bytes: valid UTF-8, no NUL, depth at most 32, integers
 * within 2^53, no fractions, nothing behind it. -EBADMSG or -EFBIG with the cause (static text); -ENOMEM. The
 * result is the caller's; whatever the getters hand out is borrowed from it. */
_must_check_ int json_parse(const char *data, size_t len, size_t cap, struct json_object **ret,
                            const char **reterr_cause);

/* -ENOENT when the key is absent, or the object is NULL; -EINVAL when the value has another type (null too).
 */
_must_check_ int json_get_text(struct json_object *object, const char *key, struct text *ret);
/* A copy, cut at nothing: json_parse() lets no NUL in. */
_must_check_ int json_dup_string(struct json_object *object, const char *key, char **ret);
_must_check_ int json_get_int(struct json_object *object, const char *key, int64_t *ret);
_must_check_ int json_get_bool(struct json_object *object, const char *key, bool *ret);
/* Whether the value is there, a boolean, and true. */
bool json_get_true(struct json_object *object, const char *key);
/* NULL when absent or of another type; the functions below take NULL as empty. */
struct json_object *json_get_object(struct json_object *object, const char *key);
struct json_object *json_get_array(struct json_object *object, const char *key);
/* 's', 'i', 'b', 'o', 'a', 'n' (null), 'd' (a fraction); NUL when the key is absent. */
char json_type_letter(struct json_object *object, const char *key);
size_t json_object_size(struct json_object *object);
const char *json_object_key(struct json_object *object, size_t index);
size_t json_array_size(struct json_object *array);
struct json_object *json_array_item(struct json_object *array, size_t index);
/* The letter of an item; NUL where there is none. */
char json_item_letter(struct json_object *array, size_t index);
/* Empty where the item is no string. */
struct text json_item_text(struct json_object *array, size_t index);
