/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/unified-diff.h"
#include "fuzz.h"

#include <string.h>

/* A patch(1) that takes nothing but what is exactly so. The input is NAME<>BEFORE<>AFTER. */

static struct text take_line(struct text *rest)
{
        struct text line;

        FUZZ_ASSERT(text_next_line(rest, &line) && line.data[line.len - 1] == '\n');
        return line;
}

static bool take_string(struct text *rest, const char *string)
{
        if (!text_starts(*rest, string))
                return false;

        rest->data += strlen(string);
        rest->len -= strlen(string);
        return true;
}

static char take_char(struct text *rest)
{
        FUZZ_ASSERT(rest->len > 0);
        rest->len--;
        return *rest->data++;
}

static size_t take_number(struct text *rest)
{
        size_t n = 0;

        FUZZ_ASSERT(rest->len > 0 && rest->data[0] >= '0' && rest->data[0] <= '9');
        while (rest->len > 0 && rest->data[0] >= '0' && rest->data[0] <= '9')
                n = 10 * n + (size_t) (take_char(rest) - '0');

        return n;
}

static char take_escaped(struct text *rest)
{
        static const char letters[] = "abtnvfr\"\\", meant[] = "\a\b\t\n\v\f\r\"\\";
        unsigned c = (unsigned char) take_char(rest);
        const char *letter = memchr(letters, (int) c, sizeof(letters) - 1);

        if (letter)
                return meant[letter - letters];

        c -= '0';
        c = 8 * c + (unsigned) (take_char(rest) - '0');
        c = 8 * c + (unsigned) (take_char(rest) - '0');
        FUZZ_ASSERT(c < 256);
        return (char) c;
}

/* What patch reads from the line: the name in quotes, or all up to a blank. */
static void check_name(struct text line, const char *mark, const char *name)
{
        _cleanup_buffer_ struct buffer read = { 0 };
        bool quoted;

        FUZZ_ASSERT(take_string(&line, mark));
        quoted = take_string(&line, "\"");
        for (;;) {
                char c = take_char(&line);

                FUZZ_ASSERT(c != '\0' && (c >= ' ' || c == '\n'));
                if (c == (quoted ? '"' : '\n'))
                        break;
                FUZZ_ASSERT(quoted || c != ' ');
                buffer_add_char(&read, quoted && c == '\\' ? take_escaped(&line) : c);
        }
        FUZZ_ASSERT(text_equal(line, quoted ? "\n" : ""));
        FUZZ_ASSERT(read.failed || text_equal((struct text){ read.data, read.len }, name));
}

struct range {
        size_t start, n;
};

static struct range take_range(struct text *rest, const char *mark)
{
        struct range range = { .n = 1 };

        FUZZ_ASSERT(take_string(rest, mark));
        range.start = take_number(rest);
        if (take_string(rest, ","))
                range.n = take_number(rest);
        /* The number of the line above stands for no lines. */
        FUZZ_ASSERT(range.start > 0 || range.n == 0);
        range.start -= range.n > 0;
        return range;
}

struct patch {
        struct text diff, before;
        struct buffer after;
        size_t line_before, line_after;
};

/* Up to the lines where a hunk begins. */
static void copy_lines(struct patch *patch, size_t n)
{
        struct text line;

        for (; n > 0; n--) {
                FUZZ_ASSERT(text_next_line(&patch->before, &line));
                buffer_add_text(&patch->after, line);
                patch->line_before++;
                patch->line_after++;
        }
}

static void apply_line(struct patch *patch, struct range *before, struct range *after, size_t *n_context)
{
        static const char no_newline[] = "\\ No newline at end of file\n";
        struct text line = take_line(&patch->diff), old;
        char mark = take_char(&line);

        if (take_string(&patch->diff, no_newline))
                line.len--;
        FUZZ_ASSERT(mark == ' ' || mark == '-' || mark == '+');
        *n_context = mark == ' ' ? *n_context + 1 : 0;
        if (mark != '+') {
                FUZZ_ASSERT(before->n-- > 0 && text_next_line(&patch->before, &old) && text_same(line, old));
                patch->line_before++;
        }
        if (mark != '-') {
                FUZZ_ASSERT(after->n-- > 0);
                buffer_add_text(&patch->after, line);
                patch->line_after++;
        }
}

static void apply_hunk(struct patch *patch)
{
        struct text head = take_line(&patch->diff);
        struct range before, after;
        size_t n_context = 0;

        FUZZ_ASSERT(take_string(&head, "@@ "));
        before = take_range(&head, "-");
        after = take_range(&head, " +");
        FUZZ_ASSERT(text_equal(head, " @@\n") && before.start >= patch->line_before);
        copy_lines(patch, before.start - patch->line_before);
        FUZZ_ASSERT(after.start == patch->line_after);
        while (before.n > 0 || after.n > 0)
                apply_line(patch, &before, &after, &n_context);
        FUZZ_ASSERT(n_context == 3 || (n_context < 3 && patch->before.len == 0));
}

static void check(const char *name, struct text before, struct text after)
{
        _cleanup_buffer_ struct buffer out = { 0 }, a = { 0 }, b = { 0 };
        struct patch patch = { .before = before };

        FUZZ_ASSERT(unified_diff(before, after, name, name, &out) == 0);
        FUZZ_ASSERT((out.len == 0) == text_same(before, after));
        patch.diff = (struct text){ out.data, out.len };
        if (out.len > 0) {
                buffer_addf(&a, "a%s%s", name[0] == '/' ? "" : "/", name);
                buffer_addf(&b, "b%s%s", name[0] == '/' ? "" : "/", name);
                check_name(take_line(&patch.diff), "--- ", a.data);
                check_name(take_line(&patch.diff), "+++ ", b.data);
        }
        while (patch.diff.len > 0)
                apply_hunk(&patch);
        buffer_add_text(&patch.after, patch.before);
        FUZZ_ASSERT(text_same((struct text){ patch.after.data, patch.after.len }, after));
        buffer_done(&patch.after);
}

/* Takes what stands before the next "<>", or all. */
static struct text take_part(struct text *rest)
{
        const char *end = rest->len > 0 ? memmem(rest->data, rest->len, "<>", 2) : NULL;
        struct text part = { rest->data, end ? (size_t) (end - rest->data) : rest->len };
        size_t taken = end ? part.len + 2 : part.len;

        rest->data += taken;
        rest->len -= taken;
        return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text rest = { (const char *) data, size }, before;
        _cleanup_free_ char *name = text_dup(take_part(&rest));

        if (!name)
                return 0;

        before = take_part(&rest);
        check(name, before, rest);
        return 0;
}
