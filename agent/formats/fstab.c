/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/fstab.h"

#include <libmount.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define LINES_MAX 65536
/* glibc's getmntent() reads into 4096 bytes and drops the rest of a longer line. */
#define LINE_BYTES_MAX 4094
#define BOM "\xef\xbb\xbf"

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

static bool is_octal(char c)
{
        return c >= '0' && c <= '7';
}

/* Takes what is blank, or what is not, off the front of rest. */
static struct text take_run(struct text *rest, bool blank)
{
        struct text run = { rest->data, 0 };

        while (run.len < rest->len && is_blank(rest->data[run.len]) == blank)
                run.len++;
        rest->data += run.len;
        rest->len -= run.len;
        return run;
}

static bool is_escape(struct text raw, size_t at)
{
        const char *s = raw.data + at;

        return raw.len - at > 3 && s[0] == '\\' && is_octal(s[1]) && is_octal(s[2]) && is_octal(s[3]);
}

size_t fstab_raw_length(struct text raw, size_t decoded_len)
{
        size_t at = 0;

        while (decoded_len-- > 0 && at < raw.len)
                at += is_escape(raw, at) ? 4 : 1;

        return at;
}

/* Resolves "\ooo" into memory at *at, which has room, and moves *at behind the result and its NUL. */
static struct text unescape(struct text raw, char **at)
{
        char *out = *at;
        struct text decoded = { out, 0 };

        for (size_t i = 0; i < raw.len; i++) {
                const char *s = raw.data + i;

                if (is_escape(raw, i)) {
                        *out++ = (char) ((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
                        i += 3;
                } else
                        *out++ = *s;
        }

        decoded.len = (size_t) (out - decoded.data);
        *out++ = '\0';
        *at = out;
        return decoded;
}

static bool parse_number(struct text text, int *ret)
{
        bool negative = text_starts(text, "-");
        uint64_t value;

        if (negative || text_starts(text, "+")) {
                text.data++;
                text.len--;
        }
        if (text_parse_u64(text, &value) < 0 || value > INT_MAX)
                return false;

        *ret = negative ? -(int) value : (int) value;
        return true;
}

/* The last word is libmount's own, of the version that runs here: what it refuses, mount(8) ignores. The line
 * in front keeps it from guessing another format ("1 2 ..." looks like mountinfo). */
int fstab_libmount_accepts(struct text line)
{
        static const char first[] = "none / none\n";
        char text[sizeof(first) + LINE_BYTES_MAX];
        struct libmnt_table *table;
        bool accepts;
        size_t len;
        FILE *stream;

        if (line.len > LINE_BYTES_MAX || text_has_nul(line))
                return false;

        memcpy(text, first, sizeof(first) - 1);
        memcpy(text + sizeof(first) - 1, line.data, line.len);
        len = sizeof(first) - 1 + line.len;
        text[len++] = '\n';
        table = mnt_new_table();
        stream = fmemopen(text, len, "re");
        if (!table || !stream) {
                mnt_free_table(table);
                if (stream)
                        (void) fclose(stream);
                return -ENOMEM;
        }

        accepts = mnt_table_parse_stream(table, stream, "fstab") == 0 && mnt_table_get_nents(table) == 2;
        (void) fclose(stream);
        mnt_free_table(table);
        return accepts;
}

/* An odd number of double quotes: a blank inside quotes has split the field in two. */
static bool has_open_quote(struct text text)
{
        bool open = false;

        for (size_t i = 0; i < text.len; i++)
                open ^= text.data[i] == '"';

        return open;
}

static bool is_target(const struct fstab_line *line)
{
        return text_starts(line->file, "/") || text_equal(line->file, "none") ||
               text_equal(line->file, "swap") || text_equal(line->vfstype, "swap");
}

static bool has_nul(const struct fstab_line *line)
{
        return text_has_nul(line->spec) || text_has_nul(line->file) || text_has_nul(line->vfstype) ||
               text_has_nul(line->mntops);
}

/* Why a line with at least one field is no entry, NULL when it is one. Fills in the two numbers. */
static const char *judge(struct fstab_line *line, size_t length)
{
        line->freq = line->passno = 0;
        if (text_starts(line->raw[FSTAB_SPEC], BOM))
                return "a byte order mark stands in front of the line";
        if (length > LINE_BYTES_MAX)
                return "line is longer than 4094 bytes, systemd would cut it";
        if (line->n_fields < 3)
                return "too few fields, a line needs at least source, target and type";
        if (has_nul(line))
                return "NUL byte in a field";
        if (has_open_quote(line->spec))
                return "blank inside quotes in the source, it must be written as \\040";
        if (line->n_fields > FSTAB_FREQ && !parse_number(line->raw[FSTAB_FREQ], &line->freq))
                return "fifth field (dump frequency) is not a number";
        if (line->n_fields > FSTAB_PASSNO && !parse_number(line->raw[FSTAB_PASSNO], &line->passno))
                return "sixth field (fsck pass) is not a number";
        if (!is_target(line))
                return "target is not an absolute path";
        /* libmount drops the carriage return, getmntent() makes it part of the type or the options. */
        if (line->n_fields <= FSTAB_FREQ && text_equal(line->ending, "\r\n"))
                return "carriage return becomes part of the last field";

        return NULL;
}

static size_t line_length(const struct fstab_line *line)
{
        size_t length = line->tail.len + line->ending.len;

        for (size_t i = 0; i < line->n_fields; i++)
                length += line->blanks[i].len + line->raw[i].len;

        return length;
}

void fstab_print_line(const struct fstab_line *line, struct buffer *out)
{
        for (size_t i = 0; i < line->n_fields; i++) {
                buffer_add_text(out, line->blanks[i]);
                buffer_add_text(out, line->raw[i]);
        }
        buffer_add_text(out, line->tail);
}

int fstab_judge_line(struct fstab_line *line)
{
        _cleanup_buffer_ struct buffer text = { 0 };
        int r;

        line->error = judge(line, line_length(line));
        line->kind = line->error ? FSTAB_INVALID : FSTAB_ENTRY;
        if (line->error)
                return 0;

        fstab_print_line(line, &text);
        if (text.failed)
                return -ENOMEM;
        r = fstab_libmount_accepts((struct text){ text.data, text.len });
        if (r < 0)
                return r;
        if (r == 0) {
                line->kind = FSTAB_INVALID;
                line->error = "libmount refuses the line";
        }

        return 0;
}

static void split_fields(struct fstab_line *line, struct text rest, char **at)
{
        struct text *const decoded[] = { &line->spec, &line->file, &line->vfstype, &line->mntops };

        while (line->n_fields < FSTAB_FIELD_COUNT) {
                struct text blanks = take_run(&rest, true);
                size_t n = line->n_fields;

                if (rest.len == 0) {
                        line->tail = blanks;
                        return;
                }

                line->blanks[n] = blanks;
                line->raw[n] = take_run(&rest, false);
                if (n < ARRAY_SIZE(decoded))
                        *decoded[n] = unescape(line->raw[n], at);
                line->n_fields++;
        }
        line->tail = rest;
}

static int parse_line(struct fstab_line *line, struct text whole, char **at)
{
        struct text content = text_chomp(whole), rest = content;

        line->spec = line->file = line->vfstype = line->mntops = TEXT("");
        line->ending = (struct text){ content.data + content.len, whole.len - content.len };
        (void) take_run(&rest, true);
        if (rest.len == 0 || rest.data[0] == '#') {
                line->kind = rest.len == 0 ? FSTAB_BLANK : FSTAB_COMMENT;
                line->tail = content;
                return 0;
        }

        split_fields(line, content, at);
        return fstab_judge_line(line);
}

static int parse_lines(struct fstab *fstab, struct text rest, char *at)
{
        struct text whole;

        while (text_next_line(&rest, &whole)) {
                struct fstab_line *line;
                int r;

                if (fstab->n_lines == LINES_MAX)
                        return -E2BIG;
                r = array_grow(&fstab->lines, fstab->n_lines, sizeof(*fstab->lines));
                if (r < 0)
                        return r;

                line = fstab->lines + fstab->n_lines++;
                *line = (struct fstab_line){ .number = fstab->n_lines };
                r = parse_line(line, whole, &at);
                if (r < 0)
                        return r;
                fstab->crlf |= text_equal(line->ending, "\r\n");
                fstab->missing_newline = line->ending.len == 0;
        }

        return 0;
}

int fstab_parse(const char *data, size_t len, struct fstab **ret)
{
        _cleanup_fstab_ struct fstab *fstab = NULL;
        int r;

        if (len > SIZE_MAX / 4)
                return -E2BIG;

        fstab = calloc(1, sizeof(*fstab));
        if (!fstab)
                return -ENOMEM;
        /* The bytes, then the decoded fields: each is followed by at least one byte that is not part of a
         * field, except the last one of the file, so that a NUL behind each fits. */
        fstab->data = malloc(2 * len + 2);
        if (!fstab->data)
                return -ENOMEM;
        if (len > 0)
                memcpy(fstab->data, data, len);

        fstab->bom = text_starts((struct text){ fstab->data, len }, BOM);
        r = parse_lines(fstab, (struct text){ fstab->data, len }, fstab->data + len);
        if (r < 0)
                return r;

        *ret = take_ptr(fstab);
        return 0;
}

void fstab_print(const struct fstab *fstab, struct buffer *out)
{
        for (size_t i = 0; i < fstab->n_lines; i++) {
                fstab_print_line(fstab->lines + i, out);
                buffer_add_text(out, fstab->lines[i].ending);
        }
}

void fstab_print_plain(const struct fstab *fstab, struct buffer *out)
{
        _cleanup_buffer_ struct buffer whole = { 0 };
        struct text rest;

        for (size_t i = 0; i < fstab->n_lines; i++) {
                struct text ending = fstab->lines[i].ending;

                fstab_print_line(fstab->lines + i, &whole);
                buffer_add_text(&whole, text_equal(ending, "\r\n") ? TEXT("\n") : ending);
        }

        rest = (struct text){ whole.data, whole.len };
        while (text_starts(rest, BOM))
                rest = (struct text){ rest.data + strlen(BOM), rest.len - strlen(BOM) };
        buffer_add_text(out, rest);
        out->failed |= whole.failed;
}

struct fstab *fstab_free(struct fstab *fstab)
{
        if (!fstab)
                return NULL;

        for (size_t i = 0; i < fstab->n_edits; i++)
                free(fstab->edits[i]);
        free(fstab->edits);
        free(fstab->lines);
        free(fstab->data);
        free(fstab);
        return NULL;
}

const struct fstab_line *fstab_next_entry(const struct fstab *fstab, const struct fstab_line *entry)
{
        const struct fstab_line *line = entry ? entry + 1 : fstab->lines;

        for (; line < fstab->lines + fstab->n_lines; line++)
                if (line->kind == FSTAB_ENTRY)
                        return line;

        return NULL;
}
