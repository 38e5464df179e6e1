/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The compound commands (if, while, for, case, { }, ( )) that surround a place in a shell file; internal to
 * formats/shell-*. Only so much of the grammar as it takes to know where they end. */

#include "formats/shell-lexer.h"

#define SHELL_BLOCKS_MAX 32

enum shell_block_kind {
        SHELL_BLOCK_IF_CONDITION,
        SHELL_BLOCK_IF_BODY,
        SHELL_BLOCK_ELSE_BODY,
        SHELL_BLOCK_LOOP_CONDITION,
        SHELL_BLOCK_LOOP_BODY,
        SHELL_BLOCK_GROUP,
        SHELL_BLOCK_SUBSHELL,
        SHELL_BLOCK_CASE_BODY,
        /* From here on there are no commands yet. */
        SHELL_BLOCK_CASE_WORD,
        SHELL_BLOCK_CASE_IN,
        SHELL_BLOCK_CASE_PATTERN,
        SHELL_BLOCK_FOR_NAME,
        SHELL_BLOCK_FOR_IN,
        SHELL_BLOCK_FOR_LIST,
        SHELL_BLOCK_FOR_DO,
        SHELL_BLOCK_COUNT,
};

struct shell_blocks {
        struct {
                enum shell_block_kind kind;
                unsigned line;
                bool filled; /* has a command since its last keyword */
        } stack[SHELL_BLOCKS_MAX];
        size_t n;
};

enum shell_block_answer {
        SHELL_BLOCKS_NOT_OURS, /* the token belongs to a simple command */
        SHELL_BLOCKS_TAKEN,    /* a keyword: the next token begins a command */
        SHELL_BLOCKS_CLOSED,   /* a compound command ended */
        SHELL_BLOCKS_VARIABLE, /* the variable of a for loop */
        SHELL_BLOCKS_SYNTAX,   /* no shell would take this token here, or it is nested too deeply */
};

/* For every token: those that belong to the head of "for" and "case". */
enum shell_block_answer shell_blocks_head(struct shell_blocks *blocks, const struct shell_token *token);
/* For a word where a command may begin, and for "(", ")" and ";;". */
enum shell_block_answer shell_blocks_keyword(struct shell_blocks *blocks, const struct shell_token *token);
/* A command ended in the innermost block. */
void shell_blocks_fill(struct shell_blocks *blocks);
