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

int fstab_set_field(struct fstab *fstab, size_t number, enum fstab_field field, struct text value)
{
        _cleanup_buffer_ struct buffer raw = { 0 }, decoded = { 0 };
        struct fstab_line *line = find_line(fstab, number), edited;
        struct text raw_text, decoded_text;
        int r;

        if (!line || line->kind != FSTAB_ENTRY || field > line->n_fields || value.len == 0)
                return -EINVAL;

        escape(&raw, value, field);
        buffer_add_text(&decoded, value);
        r = keep_edit(fstab, &raw, &raw_text);
        if (r < 0)
                return r;
        r = keep_edit(fstab, &decoded, &decoded_text);
        if (r < 0)
                return r;

        edited = *line;
        edited.raw[field] = raw_text;
        if (field == line->n_fields) {
                edited.blanks[field] = TEXT(" ");
                edited.n_fields++;
        }
        if (field <= FSTAB_MNTOPS)
                *(struct text *[]){ &edited.spec, &edited.file, &edited.vfstype, &edited.mntops }[field] =
                        decoded_text;
        r = fstab_judge_line(&edited);
        if (r < 0)
                return r;
        if (edited.kind != FSTAB_ENTRY)
                return -EINVAL;

        *line = edited;
        return 0;
}

int fstab_add_option(struct fstab *fstab, size_t number, struct text option)
{
        _cleanup_buffer_ struct buffer options = { 0 };
        struct fstab_line *line = find_line(fstab, number);
        struct text rest, word;

        if (!line || line->kind != FSTAB_ENTRY || option.len == 0)
                return -EINVAL;

        rest = line->mntops;
        while (text_next_word(&rest, ",", &word))
                if (text_same(word, option))
                        return 0;

        if (line->mntops.len > 0 && !text_equal(line->mntops, "defaults")) {
                buffer_add_text(&options, line->mntops);
                buffer_add_char(&options, ',');
        }
        buffer_add_text(&options, option);
        if (options.failed)
                return -ENOMEM;

        return fstab_set_field(fstab, number, FSTAB_MNTOPS, (struct text){ options.data, options.len });
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
