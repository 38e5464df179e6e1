/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"
#include "engine/waiver.h"
#include "report/read-internal.h"

#include <string.h>

void read_bad(struct read_result *result, const char *cause)
{
        if (result->error >= 0)
                *result = (struct read_result){ -EBADMSG, cause };
}

static void read_no_memory(struct read_result *result)
{
        if (result->error >= 0)
                *result = (struct read_result){ -ENOMEM, "out of memory" };
}

static bool has_type(struct read_result *result, struct json_object *object, const char *key, char type)
{
        if (result->error >= 0 && json_type_letter(object, key) != type)
                read_bad(result, "a field is missing or of another type");

        return result->error >= 0;
}

void read_string(struct read_result *result, struct json_object *object, const char *key, char **ret)
{
        char *copy;

        if (!has_type(result, object, key, 's'))
                return;
        if (json_dup_string(object, key, &copy) < 0)
                read_no_memory(result);
        else
                *ret = copy;
}

void read_nullable(struct read_result *result, struct json_object *object, const char *key, char **ret)
{
        if (json_type_letter(object, key) != 'n')
                read_string(result, object, key, ret);
}

bool read_bool(struct read_result *result, struct json_object *object, const char *key)
{
        return has_type(result, object, key, 'b') && json_get_true(object, key);
}

void read_expect(struct read_result *result, struct json_object *object, const char *key,
                 const char *expected)
{
        struct text text;

        if (!has_type(result, object, key, expected ? 's' : 'n') || !expected)
                return;
        if (json_get_text(object, key, &text) < 0 || !text_equal(text, expected))
                read_bad(result, "a field is not what this version would say");
}

unsigned read_word(struct read_result *result, struct json_object *object, const char *key,
                   const char *(*name)(unsigned i), unsigned count)
{
        struct text text;

        if (!has_type(result, object, key, 's') || json_get_text(object, key, &text) < 0)
                return 0;
        for (unsigned i = 0; i < count; i++)
                if (text_equal(text, name(i)))
                        return i;
        read_bad(result, "a word that this version does not know");

        return 0;
}

struct json_object *read_object(struct read_result *result, struct json_object *object, const char *key)
{
        return has_type(result, object, key, 'o') ? json_get_object(object, key) : NULL;
}

struct json_object *read_array(struct read_result *result, struct json_object *object, const char *key)
{
        return has_type(result, object, key, 'a') ? json_get_array(object, key) : NULL;
}

static void copy_item(struct read_result *result, struct json_object *array, size_t i, char **ret)
{
        if (json_item_letter(array, i) != 's')
                read_bad(result, "a list holds something else than strings");
        else if (!(*ret = text_dup(json_item_text(array, i))))
                read_no_memory(result);
}

char **read_list(struct read_result *result, struct json_object *object, const char *key)
{
        struct json_object *array = read_array(result, object, key);
        size_t n = json_array_size(array);
        char **list;

        if (result->error < 0)
                return NULL;
        list = calloc(n + 1, sizeof(*list));
        if (!list) {
                read_no_memory(result);
                return NULL;
        }
        for (size_t i = 0; i < n && result->error >= 0; i++)
                copy_item(result, array, i, &list[i]);

        return list;
}

void read_digest(struct read_result *result, struct json_object *object, const char *key, bool or_none,
                 char **ret)
{
        static const char prefix[] = "sha256:";
        _cleanup_free_ char *text = NULL;
        const char *digits;

        read_string(result, object, key, &text);
        if (result->error < 0)
                return;
        digits = text_starts(text_from_string(text), prefix) ? text + strlen(prefix) : text;
        if (digits != text && digits[0] == '\0' && or_none)
                return;
        if (digits == text || strlen(digits) != DIGEST_HEX_SIZE - 1 ||
            strspn(digits, "0123456789abcdef") != DIGEST_HEX_SIZE - 1) {
                read_bad(result, "a digest is none");
                return;
        }
        *ret = strdup(digits);
        if (!*ret)
                read_no_memory(result);
}

/* Two digits below a limit, and what follows them. */
static bool take_pair(const char **at, unsigned limit, char end, int64_t *ret)
{
        uint64_t value;

        if (strlen(*at) < 3 || text_parse_u64((struct text){ *at, 2 }, &value) < 0 || value >= limit ||
            (*at)[2] != end)
                return false;

        *ret = (int64_t) value;
        *at += 3;
        return true;
}

time_t read_time(struct read_result *result, struct json_object *object, const char *key)
{
        enum { DATE = sizeof("2026-11-22") - 1, DAY = 24 * 60 * 60 };
        _cleanup_free_ char *text = NULL;
        int64_t end, hours, minutes, seconds;
        const char *at;

        read_string(result, object, key, &text);
        if (result->error < 0)
                return 0;
        at = text + DATE + 1;
        if (strlen(text) <= DATE || text[DATE] != 'T' ||
            waiver_parse_date((struct text){ text, DATE }, &end) < 0 || !take_pair(&at, 24, ':', &hours) ||
            !take_pair(&at, 60, ':', &minutes) || !take_pair(&at, 61, 'Z', &seconds) || *at) {
                read_bad(result, "a time is none");
                return 0;
        }

        return (time_t) (end - DAY + hours * 60 * 60 + minutes * 60 + seconds);
}
