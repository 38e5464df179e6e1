/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/fstab.h"

#include <string.h>

static struct fstab_line *find_line(struct fstab *fstab, size_t number)
{
        return number > 0 && number <= fstab->n_lines ? fstab->lines + number - 1 : NULL;
}

/* Keeps the memory of an edit until the fstab is freed; the buffer is empty afterwards. */
static int keep_edit(struct fstab *fstab, struct buffer *buffer, struct text *ret)
{
        char *data;
        size_t len;
        int r;

        r = array_grow(&fstab->edits, fstab->n_edits, sizeof(*fstab->edits));
        if (r < 0)
                return r;
        r = buffer_finish(buffer, &data, &len);
        if (r < 0)
                return r;

        fstab->edits[fstab->n_edits++] = data;
        *ret = (struct text){ data, len };
        return 0;
}

/* getmntent() knows no escape for '#', so it is written only where it would begin a comment. */
static void escape(struct buffer *out, struct text value, enum fstab_field field)
{
        for (size_t i = 0; i < value.len; i++) {
                char c = value.data[i];

                if (strchr(" \t\r\n\\", c) || (c == '#' && i == 0 && field == FSTAB_SPEC))
                        buffer_addf(out, "\\%03o", (unsigned char) c);
                else
                        buffer_add_char(out, c);
        }
}

/* Takes over a field as it was made, when the line is still an entry with it. The buffers are empty
 * afterwards. */
static int put_field(struct fstab *fstab, struct fstab_line *line, enum fstab_field field, struct buffer *raw,
                     struct buffer *decoded)
{
        struct fstab_line edited = *line;
        struct text *const fields[] = { &edited.spec, &edited.file, &edited.vfstype, &edited.mntops };
        struct text decoded_text;
        int r;

        r = keep_edit(fstab, raw, &edited.raw[field]);
        if (r < 0)
                return r;
        r = keep_edit(fstab, decoded, &decoded_text);
        if (r < 0)
                return r;

        if (field == line->n_fields) {
                edited.blanks[field] = TEXT(" ");
                edited.n_fields++;
        }
        if (field < ARRAY_SIZE(fields))
                *fields[field] = decoded_text;
        r = fstab_judge_line(&edited);
        if (r < 0)
                return r;
        if (edited.kind != FSTAB_ENTRY)
                return -EINVAL;

        *line = edited;
        return 0;
}

int fstab_set_field(struct fstab *fstab, size_t number, enum fstab_field field, struct text value)
{
        _cleanup_buffer_ struct buffer raw = { 0 }, decoded = { 0 };
        struct fstab_line *line = find_line(fstab, number);

        if (!line || line->kind != FSTAB_ENTRY || field > line->n_fields || value.len == 0)
                return -EINVAL;

        escape(&raw, value, field);
        buffer_add_text(&decoded, value);
        return put_field(fstab, line, field, &raw, &decoded);
}

static bool is_in_effect(const struct fstab_line *line, struct text option)
{
        struct text other;
        size_t at = 0;

        if (text_equal(option, "nofail"))
                return fstab_nofail(line);
        if (text_equal(option, "noauto"))
                return fstab_noauto(line);
        while (fstab_next_option(line, &at, &other))
                if (text_same(option, other))
                        return true;

        return false;
}

int fstab_add_option(struct fstab *fstab, size_t number, struct text option)
{
        _cleanup_buffer_ struct buffer raw = { 0 }, decoded = { 0 };
        struct fstab_line *line = find_line(fstab, number), before;
        int r;

        if (!line || line->kind != FSTAB_ENTRY || option.len == 0 || text_contains(option, ","))
                return -EINVAL;
        if (is_in_effect(line, option))
                return 0;
        /* Newer versions of systemd take a comma behind a backslash for a part of the option. */
        if (text_ends(line->mntops, "\\"))
                return -EINVAL;

        if (line->n_fields > FSTAB_MNTOPS) {
                buffer_add_text(&raw, line->raw[FSTAB_MNTOPS]);
                buffer_add_text(&decoded, line->mntops);
                if (!text_ends(line->mntops, ",")) {
                        buffer_add_char(&raw, ',');
                        buffer_add_char(&decoded, ',');
                }
        }
        escape(&raw, option, FSTAB_MNTOPS);
        buffer_add_text(&decoded, option);

        before = *line;
        r = put_field(fstab, line, FSTAB_MNTOPS, &raw, &decoded);
        if (r < 0)
                return r;
        /* Behind a quote that is not closed it is none. */
        if (!is_in_effect(line, option)) {
                *line = before;
                return -EINVAL;
        }

        return 0;
}

/* The first option of that name, with or without a value, and one of the commas beside it. */
static bool find_option(const struct fstab_line *line, const char *name, size_t *ret_from, size_t *ret_to)
{
        struct text option;
        size_t at = 0;

        while (fstab_next_option(line, &at, &option)) {
                size_t from = (size_t) (option.data - line->mntops.data);

                if (!text_starts(option, name) ||
                    (option.len > strlen(name) && option.data[strlen(name)] != '='))
                        continue;
                /* The last one takes the comma in front of it along. */
                if (from > 0 && from + option.len == line->mntops.len)
                        from--;
                *ret_from = from;
                *ret_to = at;
                return true;
        }

        return false;
}

static bool has_options(struct text options)
{
        struct text word;

        return text_next_word(&options, ",", &word);
}

/* Takes the decoded bytes [from, to) out of the options, and what they are written as. */
static int cut_options(struct fstab *fstab, struct fstab_line *line, size_t from, size_t to)
{
        _cleanup_buffer_ struct buffer raw = { 0 }, decoded = { 0 };
        struct text old = line->raw[FSTAB_MNTOPS];
        size_t raw_from = fstab_raw_length(old, from), raw_to = fstab_raw_length(old, to);

        buffer_add(&decoded, line->mntops.data, from);
        buffer_add(&decoded, line->mntops.data + to, line->mntops.len - to);
        if (decoded.failed)
                return -ENOMEM;
        if (!has_options((struct text){ decoded.data, decoded.len }))
                return fstab_set_field(fstab, line->number, FSTAB_MNTOPS, TEXT("defaults"));

        buffer_add(&raw, old.data, raw_from);
        buffer_add(&raw, old.data + raw_to, old.len - raw_to);
        return put_field(fstab, line, FSTAB_MNTOPS, &raw, &decoded);
}

int fstab_remove_option(struct fstab *fstab, size_t number, const char *name)
{
        struct fstab_line *line = find_line(fstab, number), before;
        size_t from, to;
        int r;

        if (!line || line->kind != FSTAB_ENTRY || name[0] == '\0')
                return -EINVAL;

        before = *line;
        while (find_option(line, name, &from, &to)) {
                r = cut_options(fstab, line, from, to);
                if (r < 0) {
                        *line = before;
                        return r;
                }
        }

        return 0;
}

int fstab_comment_out(struct fstab *fstab, size_t number, struct text prefix)
{
        _cleanup_buffer_ struct buffer whole = { 0 };
        struct fstab_line *line = find_line(fstab, number);
        struct text text;
        int r;

        if (!line || !text_starts(prefix, "#") || text_contains(prefix, "\n") || text_contains(prefix, "\r"))
                return -EINVAL;

        buffer_add_text(&whole, prefix);
        fstab_print_line(line, &whole);
        r = keep_edit(fstab, &whole, &text);
        if (r < 0)
                return r;

        *line = (struct fstab_line){
                .number = number, .kind = FSTAB_COMMENT, .tail = text, .ending = line->ending
        };
        return 0;
}
