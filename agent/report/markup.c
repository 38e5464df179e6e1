/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

static const char *entity(char c)
{
        switch (c) {
        case '&':
                return "&amp;";
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '"':
                return "&quot;";
        case '\'':
                return "&#39;";
        default:
                return NULL;
        }
}

void print_markup(struct buffer *out, const char *text)
{
        _cleanup_buffer_ struct buffer escaped = { 0 };
        _cleanup_buffer_ struct buffer plain = { 0 };

        print_text(&escaped, text);
        /* XML 1.0 has no way to write some characters, not even as numbers. */
        buffer_add_plain(&plain, (struct text){ escaped.data, escaped.len });
        out->failed = out->failed || escaped.failed || plain.failed;
        for (size_t i = 0; i < plain.len; i++) {
                const char *name = entity(plain.data[i]);

                if (name)
                        buffer_add_string(out, name);
                else
                        buffer_add_char(out, plain.data[i]);
        }
}

void print_markupf(struct buffer *out, const char *format, ...)
{
        va_list arguments;
        _cleanup_free_ char *text = NULL;

        va_start(arguments, format);
        text = string_formatv(format, arguments);
        va_end(arguments);
        out->failed = out->failed || !text;
        if (text)
                print_markup(out, text);
}
