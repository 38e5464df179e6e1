/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/bls.h"

#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Takes len bytes off the front of rest. */
static struct text take(struct text *rest, size_t len)
{
        struct text taken = { rest->data, len };

        rest->data += len;
        rest->len -= len;
        return taken;
}

/* How many bytes at the front are blanks, or are none. */
static size_t span(struct text text, bool blanks)
{
        size_t len = 0;

        while (len < text.len && (text.data[len] == ' ' || text.data[len] == '\t') == blanks)
                len++;

        return len;
}

static const char *find_fault(const struct bls_line *line)
{
        if (line->value.len == 0)
                return "a key without a value";
        if (line->line == 1 && text_starts(line->key, BYTE_ORDER_MARK))
                return "a byte order mark before the first key";
        if (text_has_nul(line->key) || text_has_nul(line->value))
                return "a NUL byte";

        return NULL;
}

static struct bls_line parse_line(struct text raw, unsigned number)
{
        struct bls_line line = { .line = number };
        struct text rest = text_chomp(raw);

        line.ending = (struct text){ raw.data + rest.len, raw.len - rest.len };
        line.indent = take(&rest, span(rest, true));
        if (rest.len == 0) {
                line.kind = BLS_BLANK;
                return line;
        }

        if (rest.data[0] == '#')
                line.kind = BLS_COMMENT;
        else {
                line.kind = BLS_FIELD;
                line.key = take(&rest, span(rest, false));
                line.gap = take(&rest, span(rest, true));
        }
        line.value = text_trim(rest);
        line.tail = (struct text){ rest.data + line.value.len, rest.len - line.value.len };
        if (line.kind == BLS_FIELD)
                line.fault = find_fault(&line);
        if (line.fault)
                line.kind = BLS_MALFORMED;
        return line;
}

int bls_parse(const char *data, size_t len, struct bls **ret)
{
        _cleanup_bls_ struct bls *bls = calloc(1, sizeof(*bls));
        struct text rest, raw;

        if (!bls)
                return -ENOMEM;
        bls->data = malloc(len + 1);
        if (!bls->data)
                return -ENOMEM;
        if (len > 0)
                memcpy(bls->data, data, len);

        rest = (struct text){ bls->data, len };
        while (text_next_line(&rest, &raw)) {
                int r;

                r = array_grow(&bls->lines, bls->n_lines, sizeof(*bls->lines));
                if (r < 0)
                        return r;

                bls->lines[bls->n_lines] = parse_line(raw, (unsigned) bls->n_lines + 1);
                bls->n_malformed += bls->lines[bls->n_lines++].kind == BLS_MALFORMED;
        }

        *ret = take_ptr(bls);
        return 0;
}

void bls_print(const struct bls *bls, struct buffer *out)
{
        for (size_t i = 0; i < bls->n_lines; i++) {
                const struct bls_line *line = &bls->lines[i];

                buffer_add_text(out, line->indent);
                buffer_add_text(out, line->key);
                buffer_add_text(out, line->gap);
                buffer_add_text(out, line->value);
                buffer_add_text(out, line->tail);
                buffer_add_text(out, line->ending);
        }
}

struct bls *bls_free(struct bls *bls)
{
        if (!bls)
                return NULL;

        for (size_t i = 0; i < bls->n_edits; i++)
                free(bls->edits[i]);
        free(bls->edits);
        free(bls->lines);
        free(bls->data);
        free(bls);
        return NULL;
}

const struct bls_line *bls_next(const struct bls *bls, const char *key, const struct bls_line *previous)
{
        for (size_t i = previous ? (size_t) (previous - bls->lines) + 1 : 0; i < bls->n_lines; i++)
                if (bls->lines[i].kind == BLS_FIELD && text_equal(bls->lines[i].key, key))
                        return &bls->lines[i];

        return NULL;
}

bool bls_get(const struct bls *bls, const char *key, struct text *ret_value)
{
        const struct bls_line *line = bls_next(bls, key, NULL);

        if (line)
                *ret_value = line->value;
        return line != NULL;
}

void bls_add_values(const struct bls *bls, const char *key, struct buffer *out)
{
        const struct bls_line *line = NULL;
        const char *blank = "";

        while ((line = bls_next(bls, key, line))) {
                buffer_add_string(out, blank);
                buffer_add_text(out, line->value);
                blank = " ";
        }
}

int bls_expand(const struct bls *bls, const char *key, grub_lookup lookup, void *userdata,
               struct grub_expansion *expansion)
{
        const struct bls_line *line = NULL;

        while ((line = bls_next(bls, key, line))) {
                int r;

                if (expansion->text.len > 0)
                        buffer_add_char(&expansion->text, ' ');
                r = grub_expand(line->value, lookup, userdata, expansion);
                if (r < 0)
                        return r;
        }

        return expansion->text.failed ? -ENOMEM : 0;
}

int bls_set_value(struct bls *bls, const struct bls_line *line, struct text value)
{
        int r;

        if (line->kind != BLS_FIELD || value.len == 0 || text_trim(value).len != value.len ||
            text_has_nul(value) || text_contains(value, "\n") || text_contains(value, "\r"))
                return -EINVAL;

        r = array_grow(&bls->edits, bls->n_edits, sizeof(*bls->edits));
        if (r < 0)
                return r;
        bls->edits[bls->n_edits] = text_dup(value);
        if (!bls->edits[bls->n_edits])
                return -ENOMEM;

        bls->lines[line - bls->lines].value = text_from_string(bls->edits[bls->n_edits]);
        bls->n_edits++;
        return 0;
}
