/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"

#include <stdarg.h>
#include <stdint.h>

/* A borrowed run of bytes. It may hold NUL bytes and ends where its length says. */
struct text {
        const char *data;
        size_t len;
};

#define TEXT(literal) ((struct text){ (literal), sizeof(literal) - 1 })
/* The same in the initializer of a static table, where GCC 4.8 takes no compound literal. */
#define TEXT_INIT(literal)                                                                                   \
        {                                                                                                    \
                (literal), sizeof(literal) - 1                                                               \
        }
/* For printf's "%.*s". */
#define TEXT_ARGS(text) ((int) (text).len), ((text).data ? (text).data : "")

struct text text_from_string(const char *string);
bool text_equal(struct text text, const char *string);
bool text_same(struct text a, struct text b);
bool text_starts(struct text text, const char *prefix);
bool text_ends(struct text text, const char *suffix);
bool text_contains(struct text text, const char *needle);
bool text_has_nul(struct text text);
/* Removes blanks and tabs at both ends. */
struct text text_trim(struct text text);
/* Removes the line ending: "\n" or "\r\n". */
struct text text_chomp(struct text line);
/* Takes the next line, ending included, off the front of rest. False at the end. */
bool text_next_line(struct text *rest, struct text *ret_line);
/* Takes the next word off the front of rest; words are separated by any bytes of separators. */
bool text_next_word(struct text *rest, const char *separators, struct text *ret_word);
/* Splits at the first occurrence of c; false, and nothing set, where there is none. */
bool text_split(struct text text, char c, struct text *ret_before, struct text *ret_after);
/* Decimal, digits only, no sign. -EINVAL for anything else, -ERANGE beyond 64 bits. */
_must_check_ int text_parse_u64(struct text text, uint64_t *ret);
/* A NUL-terminated copy, cut at a NUL byte inside; NULL without memory. */
char *text_dup(struct text text);

/* A growing string. After the first failed allocation it stays failed and adding does nothing, so that a
 * caller checks once, at the end. Always NUL-terminated; starts zeroed. */
struct buffer {
        char *data;
        size_t len;
        size_t size;
        bool failed;
};

/* Makes room for more bytes: adding as many moves nothing. False without memory, which the buffer keeps. */
bool buffer_reserve(struct buffer *buffer, size_t more);
void buffer_add(struct buffer *buffer, const void *data, size_t len);
void buffer_add_text(struct buffer *buffer, struct text text);
void buffer_add_string(struct buffer *buffer, const char *string);
void buffer_add_char(struct buffer *buffer, char c);
void buffer_addf(struct buffer *buffer, const char *format, ...) _printf_(2, 3);
void buffer_addv(struct buffer *buffer, const char *format, va_list arguments) _printf_(2, 0);
/* Hands the string over; -ENOMEM if any addition failed. The buffer is empty afterwards. */
_must_check_ int buffer_finish(struct buffer *buffer, char **ret, size_t *ret_len);
void buffer_done(struct buffer *buffer);

#define _cleanup_buffer_ _cleanup_(buffer_done)

/* Formatted strings; NULL without memory. */
char *string_format(const char *format, ...) _printf_(1, 2);
char *string_formatv(const char *format, va_list arguments) _printf_(1, 0);
static inline bool string_equal(const char *a, const char *b)
{
        return text_equal(text_from_string(a), b);
}
/* Whether name is in a NULL-terminated list (NULL means the empty list). */
bool string_in_list(const char *name, const char *const *list);

/* Adds text with control characters, backslashes and invalid UTF-8 escaped (\n, \t, \xHH): what came from a
 * file must not reach a terminal raw. */
void buffer_add_escaped(struct buffer *buffer, struct text text);
/* Adds text as valid UTF-8 without NUL: each byte that is not part of a valid sequence becomes U+FFFD. */
void buffer_add_utf8(struct buffer *buffer, struct text text);
/* The same, and U+FFFD too for control characters and noncharacters, which no receiver wants (plain.c). */
void buffer_add_plain(struct buffer *buffer, struct text text);
/* Length of the valid UTF-8 sequence at the start (1 to 4), 0 when there is none. */
size_t utf8_sequence(struct text text);

/* Makes room for one more element in an array of n: capacity is the next power of two, so that no size is
 * kept. -ENOMEM leaves the array as it was. Use: array_grow(&array, n, sizeof(*array)). */
_must_check_ int array_grow(void *array_pointer, size_t n, size_t element);
