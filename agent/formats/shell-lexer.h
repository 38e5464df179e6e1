/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tokens of a shell file (POSIX, "Token Recognition"), for formats/shell-vars. Words keep their quotes. Where
 * dash and bash read the same bytes differently, or the end of a construct needs a real parser, the lexer
 * says so rather than guess. */

#include "base/text.h"

enum shell_token_kind {
        SHELL_END,
        SHELL_NEWLINE,
        SHELL_WORD,
        SHELL_OPERATOR,
};

struct shell_token {
        enum shell_token_kind kind;
        struct text raw;
        unsigned line; /* where it begins, from 1 */
};

/* Starts with rest and line = 1 set, everything else zero. */
struct shell_lexer {
        struct text rest;
        unsigned line;

        const char *trouble; /* the first construct that may change variables, or that was not understood */
        unsigned trouble_line;
        bool stopped; /* it was not understood: what follows cannot be told apart any more */
};

/* Takes the next token; SHELL_END at the end and once the lexer has stopped. */
struct shell_token shell_lexer_next(struct shell_lexer *lexer);

/* Length of the variable name at the start, 0 when there is none. */
size_t shell_name_length(struct text text);
