/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grubenv.h"

#include <string.h>

#define HEADER "# GRUB Environment Block\n"

static const char *const fault_causes[] = {
        [GRUBENV_FAULT_SIZE] = "the block is not 1024 bytes long",
        [GRUBENV_FAULT_HEADER] = "the block does not begin with '# GRUB Environment Block'",
        [GRUBENV_FAULT_LAST_BYTE] =
                "the last byte is not '#': the block is full or was saved by a text editor",
        [GRUBENV_FAULT_UNTERMINATED] = "the last entry has no newline at its end",
        [GRUBENV_FAULT_PADDING] = "the bytes after the last entry are not only '#'",
        [GRUBENV_FAULT_ENTRY] = "a line is not 'name=value'",
};
_Static_assert(ARRAY_SIZE(fault_causes) == GRUBENV_FAULT_COUNT, "a cause for each fault");

const char *grubenv_fault_cause(enum grubenv_fault fault)
{
        return fault < GRUBENV_FAULT_COUNT ? fault_causes[fault] : NULL;
}

/* Takes the next line, ending included, off the front of rest. A newline after a backslash does not end it;
 * GRUB goes by that rule in comments too. */
static bool next_line(struct text *rest, struct text *ret_line)
{
        size_t len = 0;

        if (rest->len == 0)
                return false;

        while (len < rest->len && rest->data[len] != '\n')
                len += rest->data[len] == '\\' ? 2 : 1;
        len = len < rest->len ? len + 1 : rest->len;

        *ret_line = (struct text){ rest->data, len };
        rest->data += len;
        rest->len -= len;
        return true;
}

static unsigned count_newlines(struct text text)
{
        unsigned n = 0;

        for (size_t i = 0; i < text.len; i++)
                n += text.data[i] == '\n';

        return n;
}

static bool is_padding(struct text text)
{
        for (size_t i = 0; i < text.len; i++)
                if (text.data[i] != '#')
                        return false;

        return true;
}

/* Writes the value without escapes to decoded, which has room for as many bytes as the raw value. */
static struct text unescape(struct text raw, char *decoded)
{
        size_t len = 0;

        for (size_t i = 0; i < raw.len; i++) {
                if (raw.data[i] == '\\' && i + 1 < raw.len)
                        i++;
                decoded[len++] = raw.data[i];
        }

        return (struct text){ decoded, len };
}

/* decoded is the place in grubenv->decoded that corresponds to the line's place in the data. */
static struct grubenv_line parse_line(struct text raw, unsigned number, char *decoded)
{
        struct grubenv_line line = { .line = number, .raw = raw };
        struct text after;
        size_t ending = raw.data[raw.len - 1] == '\n';

        if (ending == 0 && is_padding(raw)) {
                line.kind = GRUBENV_PADDING;
                return line;
        }
        if (raw.data[0] == '#') {
                line.kind = GRUBENV_COMMENT;
                return line;
        }
        if (!text_split(raw, '=', &line.name, &after) || line.name.len == 0 ||
            count_newlines(line.name) > 0) {
                line.kind = GRUBENV_MALFORMED;
                line.name = (struct text){ 0 };
                return line;
        }

        line.kind = GRUBENV_ENTRY;
        /* An escaped newline at the very end belongs to the value. */
        if (ending > 0 && after.len > 1 && after.data[after.len - 2] == '\\') {
                size_t backslashes = 0;

                while (backslashes + 1 < after.len && after.data[after.len - 2 - backslashes] == '\\')
                        backslashes++;
                ending = backslashes % 2 == 0;
        }
        line.raw_value = (struct text){ after.data, after.len - ending };
        line.ending = (struct text){ after.data + after.len - ending, ending };
        line.value = unescape(line.raw_value, decoded);
        return line;
}

static int parse_lines(struct grubenv *grubenv, size_t len)
{
        struct text rest = { grubenv->data, len }, raw;
        unsigned number = 1;

        while (next_line(&rest, &raw)) {
                int r;

                r = array_grow(&grubenv->lines, grubenv->n_lines, sizeof(*grubenv->lines));
                if (r < 0)
                        return r;

                grubenv->lines[grubenv->n_lines++] =
                        parse_line(raw, number, grubenv->decoded + (raw.data - grubenv->data));
                number += count_newlines(raw);
        }

        return 0;
}

/* What the last line, the one that should be the padding, has wrong. */
static enum grubenv_fault last_line_fault(const struct grubenv_line *last)
{
        if (last->kind == GRUBENV_ENTRY && last->ending.len == 0)
                return GRUBENV_FAULT_UNTERMINATED;

        return last->kind == GRUBENV_PADDING ? GRUBENV_OK : GRUBENV_FAULT_PADDING;
}

static void find_fault(struct grubenv *grubenv, size_t len)
{
        const struct grubenv_line *last = grubenv->n_lines > 0 ? &grubenv->lines[grubenv->n_lines - 1] : NULL;

        if (len != GRUBENV_SIZE)
                grubenv->fault = GRUBENV_FAULT_SIZE;
        else if (!text_starts((struct text){ grubenv->data, len }, HEADER))
                grubenv->fault = GRUBENV_FAULT_HEADER;
        else if (grubenv->data[len - 1] != '#')
                grubenv->fault = GRUBENV_FAULT_LAST_BYTE;
        else
                grubenv->fault = last_line_fault(last);
        if (grubenv->fault != GRUBENV_OK) {
                grubenv->fault_line = grubenv->fault > GRUBENV_FAULT_HEADER ? last->line : 0;
                return;
        }

        for (size_t i = 0; i < grubenv->n_lines; i++)
                if (grubenv->lines[i].kind == GRUBENV_MALFORMED) {
                        grubenv->fault = GRUBENV_FAULT_ENTRY;
                        grubenv->fault_line = grubenv->lines[i].line;
                        return;
                }
}

int grubenv_parse(const char *data, size_t len, struct grubenv **ret)
{
        _cleanup_grubenv_ struct grubenv *grubenv = calloc(1, sizeof(*grubenv));
        int r;

        if (!grubenv)
                return -ENOMEM;
        grubenv->data = malloc(len + 1);
        grubenv->decoded = malloc(len + 1);
        if (!grubenv->data || !grubenv->decoded)
                return -ENOMEM;
        if (len > 0)
                memcpy(grubenv->data, data, len);
        r = parse_lines(grubenv, len);
        if (r < 0)
                return r;

        find_fault(grubenv, len);
        if (grubenv->fault == GRUBENV_OK || grubenv->fault == GRUBENV_FAULT_ENTRY)
                grubenv->free = grubenv->lines[grubenv->n_lines - 1].raw.len - 1;
        *ret = take_ptr(grubenv);
        return 0;
}

void grubenv_print(const struct grubenv *grubenv, struct buffer *out)
{
        for (size_t i = 0; i < grubenv->n_lines; i++) {
                const struct grubenv_line *line = &grubenv->lines[i];

                if (line->kind != GRUBENV_ENTRY) {
                        buffer_add_text(out, line->raw);
                        continue;
                }
                buffer_add_text(out, line->name);
                buffer_add_char(out, '=');
                buffer_add_text(out, line->raw_value);
                buffer_add_text(out, line->ending);
        }
}

struct grubenv *grubenv_free(struct grubenv *grubenv)
{
        if (!grubenv)
                return NULL;

        for (size_t i = 0; i < grubenv->n_edits; i++)
                free(grubenv->edits[i]);
        free(grubenv->edits);
        free(grubenv->lines);
        free(grubenv->decoded);
        free(grubenv->data);
        free(grubenv);
        return NULL;
}

const struct grubenv_line *grubenv_find(const struct grubenv *grubenv, struct text name)
{
        for (size_t i = grubenv->n_lines; i > 0; i--) {
                const struct grubenv_line *line = &grubenv->lines[i - 1];

                if (line->kind == GRUBENV_ENTRY && text_same(line->name, name))
                        return line;
        }

        return NULL;
}

bool grubenv_get(const struct grubenv *grubenv, const char *name, struct text *ret_value)
{
        const struct grubenv_line *line = grubenv_find(grubenv, text_from_string(name));

        if (line)
                *ret_value = line->value;
        return line != NULL;
}
