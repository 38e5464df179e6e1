/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-expand.h"

#include <string.h>

struct expander {
        struct text rest;
        grub_lookup lookup;
        void *userdata;
        struct grub_expansion *expansion;
        /* Script only: the word being made, and whether a blank in it was quoted. */
        struct buffer word;
        bool in_word;
        bool quoted_blank;
};

static bool is_name(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Takes "$name" or "${name}" off the front of rest. False, and nothing taken, where the '$' is literal. */
static bool next_variable(struct text *rest, struct text *ret_name)
{
        bool brace = rest->len > 1 && rest->data[1] == '{';
        size_t begin = brace ? 2 : 1, end = begin;

        while (end < rest->len && is_name(rest->data[end]))
                end++;
        if (end == begin || (brace && (end == rest->len || rest->data[end] != '}')))
                return false;

        *ret_name = (struct text){ rest->data + begin, end - begin };
        rest->data += end + brace;
        rest->len -= end + brace;
        return true;
}

static int note_variable(struct grub_expansion *expansion, struct text name, bool defined)
{
        for (size_t i = 0; i < expansion->n_variables; i++)
                if (text_same(expansion->variables[i].name, name))
                        return 0;
        if (expansion->n_variables == GRUB_EXPANSION_VARIABLES)
                return -E2BIG;

        expansion->variables[expansion->n_variables].name = name;
        expansion->variables[expansion->n_variables++].defined = defined;
        return 0;
}

/* The value of the variable at the front of rest, or the '$' itself. */
static int take_variable(struct expander *expander, struct text *ret_value)
{
        struct text name;
        bool defined;

        *ret_value = (struct text){ expander->rest.data, 1 };
        if (!next_variable(&expander->rest, &name)) {
                expander->rest.data++;
                expander->rest.len--;
                return 0;
        }

        defined = expander->lookup && expander->lookup(expander->userdata, name, ret_value);
        if (!defined)
                *ret_value = TEXT("");
        return note_variable(expander->expansion, name, defined);
}

static int check_size(const struct buffer *buffer)
{
        if (buffer->failed)
                return -ENOMEM;

        return buffer->len > GRUB_EXPANSION_MAX ? -E2BIG : 0;
}

int grub_expand(struct text text, grub_lookup lookup, void *userdata, struct grub_expansion *expansion)
{
        struct expander expander = { text, lookup, userdata, expansion };
        struct text *rest = &expander.rest;

        while (rest->len > 0) {
                const char *dollar = memchr(rest->data, '$', rest->len);
                struct text literal = { rest->data, dollar ? (size_t) (dollar - rest->data) : rest->len };
                struct text value = { 0 };
                int r;

                buffer_add_text(&expansion->text, literal);
                rest->data += literal.len;
                rest->len -= literal.len;
                if (dollar) {
                        r = take_variable(&expander, &value);
                        if (r < 0)
                                return r;
                        buffer_add_text(&expansion->text, value);
                }

                r = check_size(&expansion->text);
                if (r < 0)
                        return r;
        }

        return 0;
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void end_word(struct expander *expander)
{
        struct buffer *out = &expander->expansion->text;

        if (!expander->in_word)
                return;

        if (out->len > 0)
                buffer_add_char(out, ' ');
        if (expander->quoted_blank)
                buffer_add_char(out, '"');
        buffer_add(out, expander->word.data, expander->word.len);
        if (expander->quoted_blank)
                buffer_add_char(out, '"');
        expander->word.len = 0;
        expander->in_word = expander->quoted_blank = false;
}

/* A quoted byte. GRUB escapes quotes and backslashes on the way to the kernel. */
static void add_quoted(struct expander *expander, char c)
{
        if (c == '\\' || c == '\'' || c == '"')
                buffer_add_char(&expander->word, '\\');
        buffer_add_char(&expander->word, c);
        expander->in_word = true;
        expander->quoted_blank = expander->quoted_blank || is_blank(c);
}

/* A value outside of quotes is split at its blanks. */
static void add_value(struct expander *expander, struct text value, bool quoted)
{
        for (size_t i = 0; i < value.len; i++)
                if (!quoted && is_blank(value.data[i]))
                        end_word(expander);
                else
                        add_quoted(expander, value.data[i]);
}

/* The byte after a backslash, which is at the front of rest. In "..." only some bytes may be escaped. */
static void take_backslash(struct expander *expander, bool quoted)
{
        struct text *rest = &expander->rest;
        char next = rest->len > 1 ? rest->data[1] : '\\';
        size_t len = rest->len > 1 ? 2 : 1;

        if (len == 2 && next == '\n')
                ; /* a continued line */
        else if (quoted && next != '\\' && next != '"' && next != '$') {
                add_quoted(expander, '\\');
                len = 1;
        } else
                add_quoted(expander, next);
        rest->data += len;
        rest->len -= len;
}

static int take_script_byte(struct expander *expander, char *quote)
{
        struct text *rest = &expander->rest, value;
        char c = rest->data[0];
        int r;

        if (c == '\\' && *quote != '\'') {
                take_backslash(expander, *quote == '"');
                return 0;
        }
        if (c == '$' && *quote != '\'') {
                r = take_variable(expander, &value);
                if (r < 0)
                        return r;
                add_value(expander, value, *quote == '"');
                return 0;
        }

        rest->data++;
        rest->len--;
        if (c == *quote)
                *quote = '\0';
        else if (*quote == '\0' && (c == '\'' || c == '"')) {
                *quote = c;
                expander->in_word = true;
        } else if (*quote == '\0' && is_blank(c))
                end_word(expander);
        else
                add_quoted(expander, c);
        return 0;
}

int grub_expand_script(struct text text, grub_lookup lookup, void *userdata, struct grub_expansion *expansion)
{
        struct expander expander = { text, lookup, userdata, expansion };
        char quote = '\0';
        int r = 0;

        while (r == 0 && expander.rest.len > 0) {
                bool open = quote != '\0';

                /* A NUL byte would look like "no quote" below; GRUB's scripts end there anyway. */
                if (expander.rest.data[0] == '\0' && !open)
                        break;
                r = take_script_byte(&expander, &quote);
                if (r == 0)
                        r = check_size(&expander.word);
                if (r == 0)
                        r = check_size(&expansion->text);
        }
        if (r == 0)
                end_word(&expander);
        if (r == 0)
                r = check_size(&expansion->text);

        buffer_done(&expander.word);
        return r;
}

bool grub_expansion_complete(const struct grub_expansion *expansion)
{
        for (size_t i = 0; i < expansion->n_variables; i++)
                if (!expansion->variables[i].defined)
                        return false;

        return true;
}

struct text grub_expansion_text(const struct grub_expansion *expansion)
{
        return expansion->text.data ? (struct text){ expansion->text.data, expansion->text.len } : TEXT("");
}

void grub_expansion_done(struct grub_expansion *expansion)
{
        buffer_done(&expansion->text);
        expansion->n_variables = 0;
}
