/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

static const char *const inks[] = {
        [INK_PLAIN] = "",           [INK_BOLD] = "\033[1m",
        [INK_RED] = "\033[1;31m",   [INK_YELLOW] = "\033[1;33m",
        [INK_GREEN] = "\033[1;32m", [INK_DIM] = "\033[2m",
};
_Static_assert(ARRAY_SIZE(inks) == INK_COUNT, "a sequence for each ink");

void print_ink_raw(struct buffer *out, const struct report_style *style, enum ink ink, const char *text)
{
        bool colored = style->color && ink != INK_PLAIN;

        if (colored)
                buffer_add_string(out, inks[ink]);
        buffer_add_string(out, text);
        if (colored)
                buffer_add_string(out, "\033[0m");
}

void print_ink(struct buffer *out, const struct report_style *style, enum ink ink, const char *text)
{
        _cleanup_buffer_ struct buffer escaped = { 0 };

        buffer_add_escaped(&escaped, text_from_string(text));
        out->failed = out->failed || escaped.failed;
        print_ink_raw(out, style, ink, escaped.data ? escaped.data : "");
}

/* Columns, near enough: one for each character. */
static size_t columns(struct text text)
{
        size_t n = 0;

        for (size_t i = 0; i < text.len; i++)
                n += ((unsigned char) text.data[i] & 0xc0) != 0x80;

        return n;
}

void print_wrapped(struct buffer *out, const struct report_style *style, size_t indent, const char *text)
{
        struct text rest = text_from_string(text), word;
        size_t column = indent;
        bool first = true;

        while (text_next_word(&rest, " ", &word)) {
                size_t width = columns(word);

                if (!first && column + 1 + width > style->width) {
                        buffer_addf(out, "\n%*s", (int) indent, "");
                        column = indent;
                } else if (!first) {
                        buffer_add_char(out, ' ');
                        column++;
                }
                buffer_add_escaped(out, word);
                column += width;
                first = false;
        }
        buffer_add_char(out, '\n');
}
