/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

bool buffer_reserve(struct buffer *buffer, size_t more)
{
        size_t size = buffer->size > 0 ? buffer->size : 64;
        char *data;

        if (buffer->failed)
                return false;
        if (more >= SIZE_MAX / 2 - buffer->len) {
                buffer->failed = true;
                return false;
        }

        while (size < buffer->len + more + 1)
                size *= 2;
        if (size == buffer->size)
                return true;

        data = realloc(buffer->data, size);
        if (!data) {
                buffer->failed = true;
                return false;
        }

        buffer->data = data;
        buffer->size = size;
        return true;
}

void buffer_add(struct buffer *buffer, const void *data, size_t len)
{
        if (!buffer_reserve(buffer, len))
                return;

        if (len > 0)
                memcpy(buffer->data + buffer->len, data, len);
        buffer->len += len;
        buffer->data[buffer->len] = '\0';
}

void buffer_add_text(struct buffer *buffer, struct text text)
{
        buffer_add(buffer, text.data, text.len);
}

void buffer_add_string(struct buffer *buffer, const char *string)
{
        buffer_add(buffer, string, strlen(string));
}

void buffer_add_char(struct buffer *buffer, char c)
{
        buffer_add(buffer, &c, 1);
}

void buffer_addv(struct buffer *buffer, const char *format, va_list arguments)
{
        char scratch[256];
        va_list again;
        int len;

        /* Nearly all fit, and are formatted once. */
        va_copy(again, arguments);
        len = vsnprintf(scratch, sizeof(scratch), format, again);
        va_end(again);
        if (len < 0) {
                buffer->failed = true;
        } else if ((size_t) len < sizeof(scratch)) {
                buffer_add(buffer, scratch, (size_t) len);
        } else if (buffer_reserve(buffer, (size_t) len)) {
                (void) vsnprintf(buffer->data + buffer->len, (size_t) len + 1, format, arguments);
                buffer->len += (size_t) len;
        }
}

void buffer_addf(struct buffer *buffer, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        buffer_addv(buffer, format, arguments);
        va_end(arguments);
}

int buffer_finish(struct buffer *buffer, char **ret, size_t *ret_len)
{
        /* An empty result is an empty string, not NULL. */
        buffer_add(buffer, "", 0);
        if (buffer->failed) {
                buffer_done(buffer);
                return -ENOMEM;
        }

        if (ret_len)
                *ret_len = buffer->len;
        *ret = take_ptr(buffer->data);
        *buffer = (struct buffer){ 0 };
        return 0;
}

void buffer_done(struct buffer *buffer)
{
        free(buffer->data);
        *buffer = (struct buffer){ 0 };
}

char *string_formatv(const char *format, va_list arguments)
{
        struct buffer buffer = { 0 };
        char *string;

        buffer_addv(&buffer, format, arguments);
        return buffer_finish(&buffer, &string, NULL) < 0 ? NULL : string;
}

char *string_format(const char *format, ...)
{
        va_list arguments;
        char *string;

        va_start(arguments, format);
        string = string_formatv(format, arguments);
        va_end(arguments);
        return string;
}

size_t utf8_sequence(struct text text)
{
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        unsigned char first;
        uint32_t code;
        size_t len;

        if (text.len == 0)
                return 0;

        first = (unsigned char) text.data[0];
        if (first < 0x80)
                return 1;
        if (first >= 0xc2 && first < 0xe0)
                len = 2;
        else if (first >= 0xe0 && first < 0xf0)
                len = 3;
        else if (first >= 0xf0 && first < 0xf5)
                len = 4;
        else
                return 0;
        if (text.len < len)
                return 0;

        code = first & (0xffU >> (len + 1));
        for (size_t i = 1; i < len; i++) {
                unsigned char next = (unsigned char) text.data[i];

                if ((next & 0xc0) != 0x80)
                        return 0;
                code = code << 6 | (next & 0x3f);
        }
        if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
                return 0;

        return len;
}

/* C0, DEL, and the C1 range (U+0080 to U+009F), which terminals obey as well. */
static bool is_control(struct text text, size_t len)
{
        unsigned char first = (unsigned char) text.data[0];

        if (len == 1)
                return first < 0x20 || first == 0x7f;

        return len == 2 && first == 0xc2 && (unsigned char) text.data[1] < 0xa0;
}

void buffer_add_escaped(struct buffer *buffer, struct text text)
{
        while (text.len > 0) {
                size_t len = utf8_sequence(text);

                if (len > 0 && !is_control(text, len)) {
                        if (text.data[0] == '\\')
                                buffer_add_char(buffer, '\\');
                        buffer_add(buffer, text.data, len);
                } else if (text.data[0] == '\n')
                        buffer_add_string(buffer, "\\n");
                else if (text.data[0] == '\t')
                        buffer_add_string(buffer, "\\t");
                else {
                        len = len > 0 ? len : 1;
                        for (size_t i = 0; i < len; i++)
                                buffer_addf(buffer, "\\x%02x", (unsigned char) text.data[i]);
                }

                text.data += len > 0 ? len : 1;
                text.len -= len > 0 ? len : 1;
        }
}

void buffer_add_utf8(struct buffer *buffer, struct text text)
{
        while (text.len > 0) {
                size_t len = utf8_sequence(text);

                if (len > 0 && text.data[0] != '\0')
                        buffer_add(buffer, text.data, len);
                else {
                        buffer_add_string(buffer, "\xef\xbf\xbd");
                        len = 1;
                }

                text.data += len;
                text.len -= len;
        }
}
