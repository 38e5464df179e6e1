/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/finding.h"
#include "report/report.h"

#include <string.h>

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

void print_text(struct buffer *out, const char *text)
{
        _cleanup_buffer_ struct buffer utf8 = { 0 };

        buffer_add_utf8(&utf8, text_from_string(text));
        out->failed = out->failed || utf8.failed;
        buffer_add_escaped(out, (struct text){ utf8.data, utf8.len });
}

void print_ink(struct buffer *out, const struct report_style *style, enum ink ink, const char *text)
{
        _cleanup_buffer_ struct buffer escaped = { 0 };

        print_text(&escaped, text);
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
        _cleanup_buffer_ struct buffer utf8 = { 0 };
        struct text rest, word;
        size_t column = indent;
        bool first = true;

        buffer_add_utf8(&utf8, text_from_string(text));
        out->failed = out->failed || utf8.failed;
        rest = (struct text){ utf8.data, utf8.len };
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

/* Where less than this is left of a line, folding begins on the next one. */
enum { LEAST_COLUMNS = 24, NEXT_LINE_INDENT = 10 };

static char *summary_text(const struct finding *finding, bool place)
{
        if (!place || !finding->path)
                return strdup(finding->summary);
        if (finding->line == 0)
                return string_format("%s (%s)", finding->summary, finding->path);

        return string_format("%s (%s:%u)", finding->summary, finding->path, finding->line);
}

void print_summary(struct buffer *out, const struct report_style *style, enum ink ink, size_t column,
                   const struct finding *finding, bool place)
{
        _cleanup_buffer_ struct buffer folded = { 0 };
        _cleanup_free_ char *text = summary_text(finding, place);

        if (!text) {
                out->failed = true;
                return;
        }
        if (style->fold && column + LEAST_COLUMNS > style->width) {
                buffer_addf(out, "\n%*s", NEXT_LINE_INDENT, "");
                column = NEXT_LINE_INDENT;
        }
        if (style->fold)
                print_wrapped(&folded, style, column, text);
        else
                print_text(&folded, text);
        /* The ink ends before the line does. */
        if (folded.len > 0 && folded.data[folded.len - 1] == '\n')
                folded.data[--folded.len] = '\0';
        out->failed = out->failed || folded.failed;
        print_ink_raw(out, style, ink, folded.data ? folded.data : "");
        buffer_add_char(out, '\n');
}
