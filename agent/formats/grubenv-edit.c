/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grubenv.h"

#include <string.h>

static bool is_name(struct text name)
{
        return name.len > 0 && name.data[0] != '#' && !text_has_nul(name) && !text_contains(name, "=") &&
               !text_contains(name, "\n") && !text_contains(name, "\\");
}

/* The name, the value, and the value with its escapes, in one allocation that the block owns. */
static int make_entry(struct grubenv *grubenv, struct text name, struct text value, struct grubenv_line *ret)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        char *memory;
        size_t len;
        int r;

        buffer_add_text(&out, name);
        buffer_add_text(&out, value);
        for (size_t i = 0; i < value.len; i++) {
                if (value.data[i] == '\\' || value.data[i] == '\n')
                        buffer_add_char(&out, '\\');
                buffer_add_char(&out, value.data[i]);
        }
        r = array_grow(&grubenv->edits, grubenv->n_edits, sizeof(*grubenv->edits));
        if (r < 0)
                return r;
        r = buffer_finish(&out, &memory, &len);
        if (r < 0)
                return r;

        grubenv->edits[grubenv->n_edits++] = memory;
        *ret = (struct grubenv_line){ .kind = GRUBENV_ENTRY, .ending = TEXT("\n") };
        ret->name = (struct text){ memory, name.len };
        ret->value = (struct text){ memory + name.len, value.len };
        ret->raw_value = (struct text){ memory + name.len + value.len, len - name.len - value.len };
        return 0;
}

static struct text make_padding(size_t len)
{
        static char padding[GRUBENV_SIZE];

        memset(padding, '#', sizeof(padding));
        return (struct text){ padding, len };
}

static size_t count_newlines(struct text text)
{
        size_t n = 0;

        for (size_t i = 0; i < text.len; i++)
                n += text.data[i] == '\n';

        return n;
}

/* Line numbers after an edit are those of what will be printed. */
static void renumber(struct grubenv *grubenv)
{
        size_t line = 1;

        for (size_t i = 0; i < grubenv->n_lines; i++) {
                struct grubenv_line *this = &grubenv->lines[i];

                this->line = (unsigned) line;
                line += this->kind == GRUBENV_ENTRY
                                ? count_newlines(this->name) + count_newlines(this->raw_value) + 1
                                : count_newlines(this->raw);
        }
}

/* The padding is the last line of a block without faults; a new entry takes its place and it moves on. */
static int add_line(struct grubenv *grubenv, const struct grubenv_line *line)
{
        size_t last = grubenv->n_lines - 1;
        int r;

        r = array_grow(&grubenv->lines, grubenv->n_lines, sizeof(*grubenv->lines));
        if (r < 0)
                return r;

        grubenv->lines[last + 1] = grubenv->lines[last];
        grubenv->lines[last] = *line;
        grubenv->n_lines++;
        return 0;
}

int grubenv_set(struct grubenv *grubenv, struct text name, struct text value)
{
        const struct grubenv_line *old = grubenv_find(grubenv, name);
        size_t room = grubenv->free, needed;
        struct grubenv_line line;
        int r;

        if (grubenv->fault != GRUBENV_OK)
                return -EPERM;
        if (!is_name(name) || text_has_nul(value))
                return -EINVAL;
        r = make_entry(grubenv, name, value, &line);
        if (r < 0)
                return r;

        room += old ? old->raw_value.len : 0;
        needed = line.raw_value.len + (old ? 0 : name.len + strlen("=\n"));
        if (needed > room)
                return -ENOSPC;

        if (old)
                grubenv->lines[old - grubenv->lines] = line;
        else {
                r = add_line(grubenv, &line);
                if (r < 0)
                        return r;
        }
        grubenv->free = room - needed;
        grubenv->lines[grubenv->n_lines - 1].raw = make_padding(grubenv->free + 1);
        renumber(grubenv);
        return 0;
}
