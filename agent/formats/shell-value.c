/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/shell-lexer.h"
#include "formats/shell-scope.h"

#include <string.h>

/* The lexer has seen to it that quotes and braces are closed. */
struct decoder {
        struct shell_scope *scope;
        struct text rest;
        bool argument;
        struct buffer *out;
        bool expands;
};

static char peek(const struct decoder *decoder, size_t offset)
{
        return offset < decoder->rest.len ? decoder->rest.data[offset] : '\0';
}

static void drop(struct decoder *decoder, size_t len)
{
        decoder->rest.data += len;
        decoder->rest.len -= len;
}

static void keep(struct decoder *decoder, size_t len)
{
        buffer_add(decoder->out, decoder->rest.data, len);
        drop(decoder, len);
}

static const char *decode_dollar(struct decoder *decoder, bool quoted);

static const char *add_variable(struct decoder *decoder, struct text name, bool quoted)
{
        struct shell_value value;

        decoder->expands = true;
        switch (shell_scope_get(decoder->scope, name, &value)) {
        case SHELL_UNSET:
                if (!shell_scope_is_empty(decoder->scope, name))
                        return "a variable that is not assigned before";
                value.text = TEXT("");
                break;
        case SHELL_UNCERTAIN:
                return "a variable whose value is uncertain";
        case SHELL_CERTAIN:
                break;
        }

        if (decoder->argument && !quoted)
                return "a variable without quotes after 'export'";
        if (!shell_scope_spend(decoder->scope, value.text.len))
                return "variables that grow too long";

        buffer_add_text(decoder->out, value.text);
        return NULL;
}

static bool is_plain(char c)
{
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               (c != '\0' && strchr(" $.,:/=_-", c));
}

/* A word inside of double quotes that holds nothing but plain bytes and "$NAME". */
static const char *decode_word(struct decoder *decoder, struct text word)
{
        struct text rest = decoder->rest;
        const char *cause = NULL;

        decoder->rest = word;
        while (!cause && decoder->rest.len > 0)
                if (peek(decoder, 0) == '$')
                        cause = decode_dollar(decoder, true);
                else
                        keep(decoder, 1);
        decoder->rest = rest;
        return cause;
}

/* At a "${NAME:+WORD}" in double quotes, as tuned appends with it: the word stands for nothing when the
 * variable is empty. Only words of plain bytes and "$NAME"; NULL and nothing taken for the rest. */
static const char *decode_alternative(struct decoder *decoder, struct text name, bool *ret_taken)
{
        size_t begin = 2 + name.len + 2, end = begin, before = decoder->out->len;
        struct text word;
        const char *cause;

        while (is_plain(peek(decoder, end)))
                end++;
        if (peek(decoder, end) != '}')
                return NULL;

        *ret_taken = true;
        cause = add_variable(decoder, name, true);
        word = (struct text){ decoder->rest.data + begin, end - begin };
        drop(decoder, end + 1);
        if (cause || decoder->out->len == before)
                return cause;

        decoder->out->len = before;
        return decode_word(decoder, word);
}

/* At a '$'. */
static const char *decode_dollar(struct decoder *decoder, bool quoted)
{
        bool brace = peek(decoder, 1) == '{';
        struct text after = { decoder->rest.data + 1 + brace, decoder->rest.len - 1 - brace };
        struct text name = { after.data, shell_name_length(after) };
        char next = peek(decoder, 1);

        if (next == '(')
                return "a command substitution";
        if (brace && quoted && name.len > 0 && peek(decoder, 2 + name.len) == ':' &&
            peek(decoder, 3 + name.len) == '+') {
                bool taken = false;
                const char *cause = decode_alternative(decoder, name, &taken);

                if (taken)
                        return cause;
        }
        if (brace && peek(decoder, 2 + name.len) != '}')
                return "a parameter expansion";
        if (name.len > 0) {
                drop(decoder, 1 + name.len + 2 * (size_t) brace);
                /* Shells differ in whether a name goes on after a continued line. */
                if (!brace && peek(decoder, 0) == '\\' && peek(decoder, 1) == '\n')
                        return "a variable before a continued line";
                return add_variable(decoder, name, quoted);
        }
        if ((next >= '0' && next <= '9') || (next != '\0' && strchr("@*#?-$!", next)) || (next & 0x80))
                return "a special parameter";
        if ((!quoted && (next == '\'' || next == '"')) || next == '\\')
                return "a '$' that shells read differently";

        keep(decoder, 1);
        return NULL;
}

/* At a backslash. */
static const char *decode_backslash(struct decoder *decoder, bool quoted)
{
        char next = peek(decoder, 1);

        if (decoder->rest.len == 1)
                return "a backslash at the end of the file";
        if (next == '\n') {
                drop(decoder, 2);
                return NULL;
        }
        if (quoted && !strchr("$`\"\\", next)) {
                keep(decoder, 2);
                return NULL;
        }

        drop(decoder, 1);
        keep(decoder, 1);
        return NULL;
}

static void decode_single_quotes(struct decoder *decoder)
{
        const char *end;

        drop(decoder, 1);
        end = memchr(decoder->rest.data, '\'', decoder->rest.len);
        keep(decoder, end ? (size_t) (end - decoder->rest.data) : decoder->rest.len);
        if (end)
                drop(decoder, 1);
}

static const char *decode_double_quotes(struct decoder *decoder)
{
        const char *cause = NULL;

        drop(decoder, 1);
        while (!cause && decoder->rest.len > 0 && peek(decoder, 0) != '"') {
                char c = peek(decoder, 0);

                if (c == '\\')
                        cause = decode_backslash(decoder, true);
                else if (c == '$')
                        cause = decode_dollar(decoder, true);
                else if (c == '`')
                        cause = "a command substitution";
                else
                        keep(decoder, 1);
        }
        if (!cause && decoder->rest.len > 0)
                drop(decoder, 1);

        return cause;
}

static const char *decode_unquoted(struct decoder *decoder)
{
        char c = peek(decoder, 0);

        switch (c) {
        case '\\':
                return decode_backslash(decoder, false);
        case '\'':
                decode_single_quotes(decoder);
                return NULL;
        case '"':
                return decode_double_quotes(decoder);
        case '$':
                return decode_dollar(decoder, false);
        case '`':
                return "a command substitution";
        case '~':
                return "a '~' without quotes";
        default:
                if (decoder->argument && c != '\0' && strchr("*?[{", c))
                        return "a pattern without quotes after 'export'";
                keep(decoder, 1);
                return NULL;
        }
}

const char *shell_value_decode(struct shell_scope *scope, struct text raw, bool argument, struct buffer *out,
                               bool *ret_expands)
{
        struct decoder decoder = { scope, raw, argument, out };
        const char *cause = NULL;

        while (!cause && decoder.rest.len > 0)
                cause = decode_unquoted(&decoder);

        *ret_expands = decoder.expands;
        return cause;
}
