/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/shell-lexer.h"

#include <string.h>

/* Constructs inside each other; the functions below call each other once a level. */
#define DEPTH_MAX 16

/* A walk over the bytes in front of a lexer. */
struct walk {
        struct shell_lexer *lexer;
        size_t at;
        unsigned depth;
};

static bool skip_double_quotes(struct walk *walk);
static bool skip_dollar(struct walk *walk);

size_t shell_name_length(struct text text)
{
        size_t len = 0;

        while (len < text.len) {
                char c = text.data[len];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                      (len > 0 && c >= '0' && c <= '9')))
                        break;
                len++;
        }

        return len;
}

static void note_trouble(struct shell_lexer *lexer, const char *cause)
{
        if (lexer->trouble)
                return;

        lexer->trouble = cause;
        lexer->trouble_line = lexer->line;
}

/* Always false, so that a walk ends with it. */
static bool stop(struct walk *walk, const char *cause)
{
        note_trouble(walk->lexer, cause);
        walk->lexer->stopped = true;
        return false;
}

/* The byte at an offset from the walk; NUL, which no accepted file contains, beyond the end. */
static char peek(const struct walk *walk, size_t offset)
{
        struct text rest = walk->lexer->rest;

        return offset < rest.len - walk->at ? rest.data[walk->at + offset] : '\0';
}

static bool at_end(const struct walk *walk)
{
        return walk->at >= walk->lexer->rest.len;
}

static bool starts(const struct walk *walk, const char *prefix)
{
        struct text rest = walk->lexer->rest;

        return text_starts((struct text){ rest.data + walk->at, rest.len - walk->at }, prefix);
}

static void skip_backslash(struct walk *walk)
{
        walk->at++;
        if (!at_end(walk))
                walk->at++;
}

static bool skip_single_quotes(struct walk *walk)
{
        struct text rest = walk->lexer->rest;
        const char *end = memchr(rest.data + walk->at + 1, '\'', rest.len - walk->at - 1);

        if (!end)
                return stop(walk, "a quote that is not closed");

        walk->at = (size_t) (end - rest.data) + 1;
        return true;
}

/* Up to the next backtick that is not escaped. What is inside is not looked at, except for what would make
 * the shell refuse the whole file. */
static bool skip_backticks(struct walk *walk)
{
        size_t singles = 0, doubles = 0;

        for (walk->at++; !at_end(walk); walk->at++) {
                char c = peek(walk, 0);

                if (c == '`') {
                        walk->at++;
                        if (singles % 2 != 0 || doubles % 2 != 0)
                                return stop(walk, "a command substitution that is too complex");
                        return true;
                }
                if (starts(walk, "<<") || starts(walk, "case"))
                        return stop(walk, "a command substitution that is too complex");
                singles += c == '\'';
                doubles += c == '"';
                if (c == '\\' && peek(walk, 1) != '\0')
                        walk->at++;
        }

        return stop(walk, "a backtick that is not closed");
}

static bool in_set(char c, const char *set)
{
        return c != '\0' && strchr(set, c) != NULL;
}

static bool skip_substitution(struct walk *walk)
{
        size_t parentheses = 1;

        if (starts(walk, "$(("))
                note_trouble(walk->lexer, "arithmetic, which may change variables");
        for (walk->at += 2; !at_end(walk);) {
                char c = peek(walk, 0);
                bool known = true;

                if (c == '`' || starts(walk, "<<") || starts(walk, "case") ||
                    (c == '#' && in_set(walk->lexer->rest.data[walk->at - 1], " \t\n;&|()")))
                        return stop(walk, "a command substitution that is too complex");
                if (c == '\\')
                        skip_backslash(walk);
                else if (c == '\'')
                        known = skip_single_quotes(walk);
                else if (c == '"')
                        known = skip_double_quotes(walk);
                else if (c == '$')
                        known = skip_dollar(walk);
                else {
                        parentheses += c == '(';
                        parentheses -= c == ')';
                        walk->at++;
                }
                if (!known || parentheses == 0)
                        return known;
        }

        return stop(walk, "a '$(' that is not closed");
}

/* "${NAME}" and "${NAME:-word}" and the like. Others assign, fail, or are bash's own: "${X:=y}", "${X?}",
 * "${X@P}", "${X[i++]}". */
static bool skip_braces(struct walk *walk)
{
        struct text rest = walk->lexer->rest;
        size_t name;

        walk->at += 2;
        name = shell_name_length((struct text){ rest.data + walk->at, rest.len - walk->at });
        walk->at += name;
        if (peek(walk, 0) != '}') {
                bool colon = peek(walk, 0) == ':';

                if (name == 0 || !in_set(peek(walk, colon), colon ? "-+" : "-+#%"))
                        note_trouble(walk->lexer, "a parameter expansion that may change variables");
        } else if (name == 0)
                note_trouble(walk->lexer, "a parameter expansion that the shell refuses");

        for (; !at_end(walk); walk->at++) {
                if (peek(walk, 0) == '}') {
                        walk->at++;
                        return true;
                }
                /* A plain "$NAME" inside is no complication. */
                if (peek(walk, 0) == '$' &&
                    shell_name_length((struct text){ rest.data + walk->at + 1, rest.len - walk->at - 1 }) > 0)
                        continue;
                if (in_set(peek(walk, 0), "'\"\\$`{\n"))
                        break;
        }

        return stop(walk, "a parameter expansion that is too complex");
}

static bool skip_dollar_inside(struct walk *walk)
{
        switch (peek(walk, 1)) {
        case '(':
                return skip_substitution(walk);
        case '{':
                return skip_braces(walk);
        case '[':
                return stop(walk, "'$[', which only some shells know");
        default:
                walk->at++;
                return true;
        }
}

static bool skip_dollar(struct walk *walk)
{
        bool known;

        if (walk->depth == DEPTH_MAX)
                return stop(walk, "substitutions that are nested too deeply");

        walk->depth++;
        known = skip_dollar_inside(walk);
        walk->depth--;
        return known;
}

static bool skip_double_quotes(struct walk *walk)
{
        bool known = true;

        for (walk->at++; known && !at_end(walk);) {
                char c = peek(walk, 0);

                if (c == '"') {
                        walk->at++;
                        return true;
                }
                if (c == '\\')
                        skip_backslash(walk);
                else if (c == '`')
                        known = skip_backticks(walk);
                else if (c == '$')
                        known = skip_dollar(walk);
                else
                        walk->at++;
        }

        return known ? stop(walk, "a quote that is not closed") : false;
}

/* In bash a backslash counts inside $'...', in dash it does not: the end would be a guess. */
static bool skip_dollar_quotes(struct walk *walk)
{
        size_t begin = walk->at++;

        if (!skip_single_quotes(walk))
                return false;
        if (memchr(walk->lexer->rest.data + begin, '\\', walk->at - begin))
                return stop(walk, "a backslash in $'...', which only some shells know");

        return true;
}

static bool skip_word_byte(struct walk *walk)
{
        switch (peek(walk, 0)) {
        case '\\':
                skip_backslash(walk);
                return true;
        case '\'':
                return skip_single_quotes(walk);
        case '"':
                return skip_double_quotes(walk);
        case '`':
                return skip_backticks(walk);
        case '$':
                return peek(walk, 1) == '\'' ? skip_dollar_quotes(walk) : skip_dollar(walk);
        default:
                walk->at++;
                return true;
        }
}

/* Takes len bytes off the front of rest. */
static struct text take(struct shell_lexer *lexer, size_t len)
{
        struct text taken = { lexer->rest.data, len };

        for (size_t i = 0; i < len; i++)
                lexer->line += taken.data[i] == '\n';
        lexer->rest.data += len;
        lexer->rest.len -= len;
        return taken;
}

/* Blanks, continued lines, and a comment. */
static void skip_blanks(struct shell_lexer *lexer)
{
        for (;;) {
                const char *end;

                if (text_starts(lexer->rest, " ") || text_starts(lexer->rest, "\t"))
                        (void) take(lexer, 1);
                else if (text_starts(lexer->rest, "\\\n"))
                        (void) take(lexer, 2);
                else if (text_starts(lexer->rest, "#")) {
                        end = memchr(lexer->rest.data, '\n', lexer->rest.len);
                        (void) take(lexer, end ? (size_t) (end - lexer->rest.data) : lexer->rest.len);
                } else
                        return;
        }
}

static size_t operator_length(struct text rest)
{
        static const char *const operators[] = { ";;", ";&", "&&", "||", "|&", "<<", ">>", ">&", "<&", "<>",
                                                 ">|", "&>", ";",  "&",  "|",  "<",  ">",  "(",  ")" };

        for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
                if (text_starts(rest, operators[i]))
                        return strlen(operators[i]);

        return 0;
}

struct shell_token shell_lexer_next(struct shell_lexer *lexer)
{
        struct shell_token token = { SHELL_END };
        struct walk walk = { lexer };
        size_t operator;

        if (!lexer->stopped)
                skip_blanks(lexer);
        token.line = lexer->line;
        if (lexer->stopped || lexer->rest.len == 0)
                return token;

        operator= operator_length(lexer->rest);
        if (lexer->rest.data[0] == '\n' || operator> 0) {
                token.kind = operator> 0 ? SHELL_OPERATOR : SHELL_NEWLINE;
                token.raw = take(lexer, operator> 0 ? operator: 1);
                return token;
        }

        while (!at_end(&walk) && !in_set(peek(&walk, 0), " \t\n;&|<>()"))
                if (!skip_word_byte(&walk))
                        return token;

        token.kind = SHELL_WORD;
        token.raw = take(lexer, walk.at);
        return token;
}
