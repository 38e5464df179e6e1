/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-guard.h"

#include <string.h>

struct guard {
        struct text rest;
        unsigned depth;
        uint64_t objects; /* bit n: level n is an object, not an array */
};

_Static_assert(JSON_GUARD_DEPTH < 64, "one bit a level");

static void skip(struct guard *guard, size_t len)
{
        guard->rest.data += len;
        guard->rest.len -= len;
}

/* NUL at the end: it is refused everywhere, as is the byte itself. */
static char peek(const struct guard *guard)
{
        return guard->rest.len > 0 ? guard->rest.data[0] : '\0';
}

static bool accept(struct guard *guard, char c)
{
        if (peek(guard) != c || guard->rest.len == 0)
                return false;

        skip(guard, 1);
        return true;
}

static void skip_blanks(struct guard *guard)
{
        while (guard->rest.len > 0 && memchr(" \t\r\n", guard->rest.data[0], 4))
                skip(guard, 1);
}

static bool in_object(const struct guard *guard)
{
        return guard->objects >> guard->depth & 1;
}

static int hex_digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c |= 0x20;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "\uXXXX"; -1 where that does not stand here. */
static int32_t take_unicode_escape(struct guard *guard)
{
        int32_t code = 0;

        if (!text_starts(guard->rest, "\\u") || guard->rest.len < 6)
                return -1;
        for (size_t i = 2; i < 6; i++) {
                int digit = hex_digit(guard->rest.data[i]);

                if (digit < 0)
                        return -1;
                code = code << 4 | digit;
        }

        skip(guard, 6);
        return code;
}

static const char *check_escape(struct guard *guard)
{
        int32_t code, second;

        if (guard->rest.len >= 2 && guard->rest.data[1] != 'u') {
                if (!memchr("\"\\/bfnrt", guard->rest.data[1], 8))
                        return "an unknown escape in a string";
                skip(guard, 2);
                return NULL;
        }

        code = take_unicode_escape(guard);
        if (code < 0)
                return "an incomplete escape in a string";
        if (code == 0)
                return "a NUL in a string";
        if (code >= 0xd800 && code < 0xdc00) {
                second = take_unicode_escape(guard);
                if (second < 0xdc00 || second > 0xdfff)
                        return "half a surrogate pair";
        } else if (code >= 0xdc00 && code <= 0xdfff)
                return "half a surrogate pair";

        return NULL;
}

static const char *check_string(struct guard *guard)
{
        if (!accept(guard, '"'))
                return "a string is expected";

        while (guard->rest.len > 0) {
                const char *cause = NULL;
                size_t len = utf8_sequence(guard->rest);

                if (len == 0)
                        return "not UTF-8";
                if (accept(guard, '"'))
                        return NULL;
                if ((unsigned char) peek(guard) < 0x20)
                        return "a control character in a string";

                if (peek(guard) == '\\')
                        cause = check_escape(guard);
                else
                        skip(guard, len);
                if (cause)
                        return cause;
        }

        return "a string without an end";
}

/* Peers keep integers in doubles, which are exact up to 2^53. */
static const char *check_number(struct guard *guard)
{
        struct text digits;
        bool negative = accept(guard, '-');
        uint64_t value;

        digits = (struct text){ guard->rest.data, 0 };
        while (peek(guard) >= '0' && peek(guard) <= '9') {
                skip(guard, 1);
                digits.len++;
        }

        if (digits.len == 0)
                return "a value is expected";
        if (digits.data[0] == '0' && (digits.len > 1 || negative))
                return "a number with a leading zero";
        if (guard->rest.len > 0 && memchr(".eE", peek(guard), 3))
                return "a number with a fraction or exponent";
        if (text_parse_u64(digits, &value) < 0 || value > (uint64_t) 1 << 53)
                return "an integer beyond 2^53";

        return NULL;
}

static const char *check_scalar(struct guard *guard)
{
        static const char *const words[] = { "true", "false", "null" };

        if (peek(guard) == '"')
                return check_string(guard);
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (text_starts(guard->rest, words[i])) {
                        skip(guard, strlen(words[i]));
                        return NULL;
                }

        return check_number(guard);
}

static const char *open_level(struct guard *guard, bool object)
{
        skip(guard, 1);
        if (++guard->depth > JSON_GUARD_DEPTH)
                return "nested too deep";

        guard->objects &= ~((uint64_t) 1 << guard->depth);
        guard->objects |= (uint64_t) object << guard->depth;
        return NULL;
}

static bool accept_close(struct guard *guard)
{
        if (!accept(guard, in_object(guard) ? '}' : ']'))
                return false;

        guard->depth--;
        return true;
}

static const char *check_key(struct guard *guard)
{
        const char *cause;

        skip_blanks(guard);
        cause = check_string(guard);
        if (cause)
                return cause;

        skip_blanks(guard);
        if (!accept(guard, ':'))
                return "a colon is expected";

        skip_blanks(guard);
        return NULL;
}

/* Behind a value: closes levels until a comma says that another value follows, or none is left. */
static const char *check_behind(struct guard *guard)
{
        do {
                skip_blanks(guard);
                if (accept(guard, ',')) {
                        skip_blanks(guard);
                        return in_object(guard) ? check_key(guard) : NULL;
                }
                if (!accept_close(guard))
                        return guard->rest.len > 0 ? "a comma or a closing bracket is expected"
                                                   : "ends too early";
        } while (guard->depth > 0);

        return NULL;
}

/* One value, or the opening of one, with what has to stand behind it. */
static const char *check_value(struct guard *guard)
{
        char first = peek(guard);
        const char *cause;

        if (first != '{' && first != '[') {
                cause = check_scalar(guard);
                return cause ? cause : check_behind(guard);
        }

        cause = open_level(guard, first == '{');
        if (cause)
                return cause;

        skip_blanks(guard);
        if (accept_close(guard))
                return guard->depth > 0 ? check_behind(guard) : NULL;

        return first == '{' ? check_key(guard) : NULL;
}

const char *json_guard(struct text document)
{
        struct guard guard = { .rest = document };
        const char *cause;

        skip_blanks(&guard);
        if (peek(&guard) != '{')
                return "not an object";

        do {
                cause = check_value(&guard);
                if (cause)
                        return cause;
        } while (guard.depth > 0);

        skip_blanks(&guard);
        return guard.rest.len > 0 ? "bytes behind the document" : NULL;
}
