/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/unified-diff-internal.h"

#include <string.h>

enum { CONTEXT = 3 };

/* The last lines of what stands before a place. */
static struct text lines_above(struct text text, const char *place)
{
        struct text above = { place, 0 };

        for (int i = 0; i < CONTEXT && above.data > text.data; i++) {
                const char *start = above.data - 1;

                while (start > text.data && start[-1] != '\n')
                        start--;
                above = (struct text){ start, (size_t) (place - start) };
        }

        return above;
}

static struct text lines_below(struct text text, const char *place)
{
        struct text rest = { place, (size_t) (text.data + text.len - place) }, line;

        for (int i = 0; i < CONTEXT && text_next_line(&rest, &line); i++)
                ;

        return (struct text){ place, (size_t) (rest.data - place) };
}

static void print_lines(struct buffer *out, char mark, struct text lines)
{
        struct text line;

        while (text_next_line(&lines, &line)) {
                buffer_add_char(out, mark);
                buffer_add_text(out, line);
                if (line.data[line.len - 1] != '\n')
                        buffer_add_string(out, "\n\\ No newline at end of file\n");
        }
}

/* Lines "first,n" counted from 1; of no lines the number is that of the line above. */
static void print_range(struct buffer *out, char mark, size_t above, size_t n)
{
        buffer_addf(out, " %c%zu", mark, n > 0 ? above + 1 : above);
        if (n != 1)
                buffer_addf(out, ",%zu", n);
}

static const char *end_of(struct text text)
{
        return text.data + text.len;
}

/* What stands, in "before", between two changes. */
static struct text between(const struct change *change, const struct change *next)
{
        const char *start = end_of(change->removed);

        return (struct text){ start, (size_t) (next->removed.data - start) };
}

static void print_hunk_head(const struct change *first, const struct change *last, size_t n_above,
                            size_t n_below, struct buffer *out)
{
        size_t end_before = last->line_before + last->n_removed + n_below;
        size_t end_after = last->line_after + last->n_added + n_below;
        size_t start_before = first->line_before - n_above, start_after = first->line_after - n_above;

        buffer_add_string(out, "@@");
        print_range(out, '-', start_before, end_before - start_before);
        print_range(out, '+', start_after, end_after - start_after);
        buffer_add_string(out, " @@\n");
}

static void print_hunk(const struct diff *diff, const struct change *first, const struct change *last,
                       struct buffer *out)
{
        struct text above = lines_above(diff->before, first->removed.data);
        struct text below = lines_below(diff->before, end_of(last->removed));

        print_hunk_head(first, last, diff_count_lines(above), diff_count_lines(below), out);
        print_lines(out, ' ', above);
        for (const struct change *change = first; change <= last; change++) {
                if (change > first)
                        print_lines(out, ' ', between(change - 1, change));
                print_lines(out, '-', change->removed);
                print_lines(out, '+', change->added);
        }
        print_lines(out, ' ', below);
}

/* Changes whose context would meet share a hunk. */
static void print_hunks(const struct diff *diff, struct buffer *out)
{
        const struct change *first = diff->changes, *end = first + diff->n_changes;

        while (first < end) {
                const struct change *last = first;

                while (last + 1 < end &&
                       last[1].line_before - last->line_before - last->n_removed <= 2 * CONTEXT)
                        last++;
                print_hunk(diff, first, last, out);
                first = last + 1;
        }
}

/* A letter behind the backslash for what C has one for, else three octal digits. */
static void print_quoted(struct buffer *out, struct text text)
{
        static const char plain[] = "\a\b\t\n\v\f\r\"\\", letters[] = "abtnvfr\"\\";

        for (size_t i = 0; i < text.len; i++) {
                unsigned char c = (unsigned char) text.data[i];
                const char *letter = memchr(plain, c, sizeof(plain) - 1);

                if (letter)
                        buffer_addf(out, "\\%c", letters[letter - plain]);
                else if (c < ' ' || c > '~')
                        buffer_addf(out, "\\%03o", c);
                else
                        buffer_add_char(out, (char) c);
        }
}

static bool needs_quotes(struct text text)
{
        for (size_t i = 0; i < text.len; i++)
                if (text.data[i] <= ' ' || text.data[i] > '~' || text.data[i] == '"' || text.data[i] == '\\')
                        return true;

        return false;
}

static void print_name(struct buffer *out, const char *mark, const char *prefix, const char *path)
{
        struct text name = text_from_string(path ? path : "/dev/null");
        bool quotes = needs_quotes(name);

        buffer_addf(out, "%s %s%s", mark, quotes ? "\"" : "", path ? prefix : "");
        if (path && path[0] != '/')
                buffer_add_char(out, '/');
        print_quoted(out, name);
        buffer_add_string(out, quotes ? "\"\n" : "\n");
}

/* Pointers into what is not there are pointers too. */
static struct text or_empty(struct text text)
{
        return text.data ? text : TEXT("");
}

int unified_diff(struct text before, struct text after, const char *path_before, const char *path_after,
                 struct buffer *out)
{
        _cleanup_free_ struct change *changes = NULL;
        struct diff diff = { .before = or_empty(before), .after = or_empty(after) };
        int r;

        if (text_same(before, after))
                return 0;

        r = diff_find_changes(&diff);
        changes = diff.changes;
        if (r < 0)
                return r;

        print_name(out, "---", "a", path_before);
        print_name(out, "+++", "b", path_after);
        print_hunks(&diff, out);
        return out->failed ? -ENOMEM : 0;
}
