/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Fields of documents: -EBADMSG, with the cause, for one that is missing or of another type; -ENOMEM. */

#include "base/json.h"

#include <time.h>

struct read_result {
        int error;
        const char *cause;
};

/* Each does nothing after the first error, so that a caller looks once. */
void read_bad(struct read_result *result, const char *cause);
/* A copy in *ret; what was there is not freed. */
void read_string(struct read_result *result, struct json_object *object, const char *key, char **ret);
/* NULL for null. */
void read_nullable(struct read_result *result, struct json_object *object, const char *key, char **ret);
bool read_bool(struct read_result *result, struct json_object *object, const char *key);
/* Whether the string of that name is this one (or, for NULL, null). */
void read_expect(struct read_result *result, struct json_object *object, const char *key,
                 const char *expected);
/* The index of a word among count names; 0 after an error. */
unsigned read_word(struct read_result *result, struct json_object *object, const char *key,
                   const char *(*name)(unsigned i), unsigned count);
struct json_object *read_object(struct read_result *result, struct json_object *object, const char *key);
struct json_object *read_array(struct read_result *result, struct json_object *object, const char *key);
/* A NULL-terminated copy of an array of strings. */
char **read_list(struct read_result *result, struct json_object *object, const char *key);
/* The digits behind "sha256:", 64 of them; or none, where that may be. */
void read_digest(struct read_result *result, struct json_object *object, const char *key, bool or_none,
                 char **ret);
/* "2026-11-22T21:05:00Z". */
time_t read_time(struct read_result *result, struct json_object *object, const char *key);
