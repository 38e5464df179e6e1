/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

struct text text_from_string(const char *string)
{
        return (struct text){ string, string ? strlen(string) : 0 };
}

bool text_same(struct text a, struct text b)
{
        return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool text_equal(struct text text, const char *string)
{
        /* Most that are compared differ at once. */
        if (string && text.len > 0 && text.data[0] != string[0])
                return false;

        return text_same(text, text_from_string(string));
}

bool text_starts(struct text text, const char *prefix)
{
        size_t len = strlen(prefix);

        return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

bool text_ends(struct text text, const char *suffix)
{
        size_t len = strlen(suffix);

        return text.len >= len && memcmp(text.data + text.len - len, suffix, len) == 0;
}

bool text_contains(struct text text, const char *needle)
{
        return text.len > 0 && memmem(text.data, text.len, needle, strlen(needle)) != NULL;
}

bool text_has_nul(struct text text)
{
        return text.len > 0 && memchr(text.data, '\0', text.len) != NULL;
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

struct text text_trim(struct text text)
{
        while (text.len > 0 && is_blank(text.data[0])) {
                text.data++;
                text.len--;
        }
        while (text.len > 0 && is_blank(text.data[text.len - 1]))
                text.len--;

        return text;
}

struct text text_chomp(struct text line)
{
        if (line.len > 0 && line.data[line.len - 1] == '\n') {
                line.len--;
                if (line.len > 0 && line.data[line.len - 1] == '\r')
                        line.len--;
        }

        return line;
}

bool text_next_line(struct text *rest, struct text *ret_line)
{
        const char *end;
        size_t len;

        if (rest->len == 0)
                return false;

        end = memchr(rest->data, '\n', rest->len);
        len = end ? (size_t) (end - rest->data) + 1 : rest->len;
        *ret_line = (struct text){ rest->data, len };
        rest->data += len;
        rest->len -= len;
        return true;
}

static bool is_separator(char c, const char *separators)
{
        return c != '\0' && strchr(separators, c) != NULL;
}

bool text_next_word(struct text *rest, const char *separators, struct text *ret_word)
{
        size_t len = 0;

        while (rest->len > 0 && is_separator(rest->data[0], separators)) {
                rest->data++;
                rest->len--;
        }
        if (rest->len == 0)
                return false;

        while (len < rest->len && !is_separator(rest->data[len], separators))
                len++;
        *ret_word = (struct text){ rest->data, len };
        rest->data += len;
        rest->len -= len;
        return true;
}

bool text_split(struct text text, char c, struct text *ret_before, struct text *ret_after)
{
        const char *at = text.len > 0 ? memchr(text.data, c, text.len) : NULL;
        size_t len;

        if (!at)
                return false;

        len = (size_t) (at - text.data);
        *ret_before = (struct text){ text.data, len };
        *ret_after = (struct text){ at + 1, text.len - len - 1 };
        return true;
}

int text_parse_u64(struct text text, uint64_t *ret)
{
        uint64_t value = 0;

        if (text.len == 0)
                return -EINVAL;

        for (size_t i = 0; i < text.len; i++) {
                unsigned digit = (unsigned char) text.data[i] - '0';

                if (digit > 9)
                        return -EINVAL;
                if (value > (UINT64_MAX - digit) / 10)
                        return -ERANGE;
                value = value * 10 + digit;
        }

        *ret = value;
        return 0;
}

char *text_dup(struct text text)
{
        const char *end = text.len > 0 ? memchr(text.data, '\0', text.len) : NULL;
        size_t len = end ? (size_t) (end - text.data) : text.len;
        char *copy = malloc(len + 1);

        if (!copy)
                return NULL;
        if (len > 0)
                memcpy(copy, text.data, len);
        copy[len] = '\0';
        return copy;
}

bool string_in_list(const char *name, const char *const *list)
{
        for (; list && *list; list++)
                if (string_equal(name, *list))
                        return true;

        return false;
}

int array_grow(void *array_pointer, size_t n, size_t element)
{
        void **array = array_pointer;
        size_t capacity = n > 0 ? n * 2 : 4;
        void *grown;

        /* Room is left unless n is 0 or a power of two from 4 on. */
        if (n > 0 && (n < 4 || (n & (n - 1)) != 0))
                return 0;
        if (capacity > SIZE_MAX / 2 / element)
                return -ENOMEM;

        grown = realloc(*array, capacity * element);
        if (!grown)
                return -ENOMEM;

        *array = grown;
        return 0;
}
