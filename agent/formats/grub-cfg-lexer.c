/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-cfg-lexer.h"

#include <string.h>

static void skip(struct grub_cfg_lexer *lexer, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (lexer->rest.data[i] == '\n')
                        lexer->line++;
        lexer->rest.data += len;
        lexer->rest.len -= len;
}

/* Blanks, comments, continued lines. */
static void skip_blanks(struct grub_cfg_lexer *lexer)
{
        struct text *rest = &lexer->rest;

        while (rest->len > 0) {
                if (strchr(" \t\r", rest->data[0]) && rest->data[0] != '\0')
                        skip(lexer, 1);
                else if (rest->len > 1 && rest->data[0] == '\\' && rest->data[1] == '\n')
                        skip(lexer, 2);
                else if (rest->data[0] == '#') {
                        const char *end = memchr(rest->data, '\n', rest->len);

                        skip(lexer, end ? (size_t) (end - rest->data) : rest->len);
                } else
                        return;
        }
}

/* The length of a quoted string with both quotes; 0 when it is not closed. */
static size_t measure_quoted(struct text text)
{
        for (size_t i = 1; i < text.len; i++) {
                if (text.data[i] == text.data[0])
                        return i + 1;
                if (text.data[i] == '\\' && text.data[0] == '"')
                        i++;
        }

        return 0;
}

/* The length of the word at the front; 0 when a quote in it is not closed. */
static size_t measure_word(struct text text)
{
        size_t i = 0;

        while (i < text.len && !(strchr("{}|&;<> \t\r\n", text.data[i]) && text.data[i] != '\0')) {
                struct text rest = { text.data + i, text.len - i };
                size_t len = 1;

                if (rest.data[0] == '\'' || rest.data[0] == '"')
                        len = measure_quoted(rest);
                else if (rest.data[0] == '\\')
                        len = rest.len > 1 ? 2 : 1;
                else if (rest.data[0] == '$' && rest.len > 1 && rest.data[1] == '{') {
                        const char *end = memchr(rest.data, '}', rest.len);

                        len = end ? (size_t) (end - rest.data) + 1 : 0;
                }
                if (len == 0)
                        return 0;
                i += len;
        }

        return i;
}

enum grub_cfg_token grub_cfg_next_token(struct grub_cfg_lexer *lexer, struct text *ret_word,
                                        unsigned *ret_line)
{
        size_t len = 1;
        enum grub_cfg_token kind = GRUB_CFG_TOKEN_WORD;

        skip_blanks(lexer);
        *ret_line = lexer->line;
        if (lexer->rest.len == 0)
                return GRUB_CFG_TOKEN_END;

        switch (lexer->rest.data[0]) {
        case '\n':
        case ';':
                kind = GRUB_CFG_TOKEN_NEWLINE;
                break;
        case '{':
                kind = GRUB_CFG_TOKEN_OPEN;
                break;
        case '}':
                kind = GRUB_CFG_TOKEN_CLOSE;
                break;
        case '&':
        case '|':
        case '<':
        case '>':
                kind = GRUB_CFG_TOKEN_OPERATOR;
                break;
        default:
                len = measure_word(lexer->rest);
        }

        if (len == 0)
                return GRUB_CFG_TOKEN_FAULT;
        *ret_word = (struct text){ lexer->rest.data, len };
        skip(lexer, len);
        return kind;
}
