/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/shell-blocks.h"

#define IN(kind) (1U << SHELL_BLOCK_##kind)
#define ANYWHERE 0U

/* A keyword (or ")"): where it may stand, whether it needs a command before it, and what it does. */
static const struct keyword {
        const char *word;
        unsigned inside; /* the innermost block is one of these, or ANYWHERE */
        enum { PUSH, CHANGE, POP } action;
        enum shell_block_kind kind;
        bool may_be_empty;
} keywords[] = {
        { "if", ANYWHERE, PUSH, SHELL_BLOCK_IF_CONDITION },
        { "then", IN(IF_CONDITION), CHANGE, SHELL_BLOCK_IF_BODY },
        { "elif", IN(IF_BODY), CHANGE, SHELL_BLOCK_IF_CONDITION },
        { "else", IN(IF_BODY), CHANGE, SHELL_BLOCK_ELSE_BODY },
        { "fi", IN(IF_BODY) | IN(ELSE_BODY), POP },
        { "while", ANYWHERE, PUSH, SHELL_BLOCK_LOOP_CONDITION },
        { "until", ANYWHERE, PUSH, SHELL_BLOCK_LOOP_CONDITION },
        { "do", IN(LOOP_CONDITION), CHANGE, SHELL_BLOCK_LOOP_BODY },
        { "done", IN(LOOP_BODY), POP },
        { "for", ANYWHERE, PUSH, SHELL_BLOCK_FOR_NAME },
        { "case", ANYWHERE, PUSH, SHELL_BLOCK_CASE_WORD },
        { "esac", IN(CASE_BODY), POP, 0, true },
        { "{", ANYWHERE, PUSH, SHELL_BLOCK_GROUP },
        { "}", IN(GROUP), POP },
        { "(", ANYWHERE, PUSH, SHELL_BLOCK_SUBSHELL },
        { ")", IN(SUBSHELL), POP },
        { ";;", IN(CASE_BODY), CHANGE, SHELL_BLOCK_CASE_PATTERN, true },
};

static enum shell_block_answer push(struct shell_blocks *blocks, enum shell_block_kind kind, unsigned line)
{
        if (blocks->n == SHELL_BLOCKS_MAX)
                return SHELL_BLOCKS_SYNTAX;

        blocks->stack[blocks->n].kind = kind;
        blocks->stack[blocks->n].line = line;
        blocks->stack[blocks->n++].filled = false;
        return SHELL_BLOCKS_TAKEN;
}

static enum shell_block_answer change(struct shell_blocks *blocks, enum shell_block_kind kind)
{
        blocks->stack[blocks->n - 1].kind = kind;
        blocks->stack[blocks->n - 1].filled = false;
        return SHELL_BLOCKS_TAKEN;
}

static enum shell_block_answer pop(struct shell_blocks *blocks)
{
        blocks->n--;
        shell_blocks_fill(blocks);
        return SHELL_BLOCKS_CLOSED;
}

static enum shell_block_answer apply(struct shell_blocks *blocks, const struct keyword *keyword,
                                     const struct shell_token *token)
{
        if (keyword->inside != ANYWHERE &&
            (blocks->n == 0 || !(keyword->inside & 1U << blocks->stack[blocks->n - 1].kind) ||
             !(keyword->may_be_empty || blocks->stack[blocks->n - 1].filled)))
                return SHELL_BLOCKS_SYNTAX;

        switch (keyword->action) {
        case PUSH:
                return push(blocks, keyword->kind, token->line);
        case CHANGE:
                return change(blocks, keyword->kind);
        case POP:
        default:
                return pop(blocks);
        }
}

enum shell_block_answer shell_blocks_keyword(struct shell_blocks *blocks, const struct shell_token *token)
{
        for (size_t i = 0; i < ARRAY_SIZE(keywords); i++)
                if (text_equal(token->raw, keywords[i].word))
                        return apply(blocks, &keywords[i], token);

        return SHELL_BLOCKS_NOT_OURS;
}

void shell_blocks_fill(struct shell_blocks *blocks)
{
        if (blocks->n > 0)
                blocks->stack[blocks->n - 1].filled = true;
}

static enum shell_block_answer case_head(struct shell_blocks *blocks, enum shell_block_kind kind,
                                         const struct shell_token *token)
{
        bool word = token->kind == SHELL_WORD;

        if (kind == SHELL_BLOCK_CASE_WORD)
                return word ? change(blocks, SHELL_BLOCK_CASE_IN) : SHELL_BLOCKS_SYNTAX;
        if (kind == SHELL_BLOCK_CASE_IN && word)
                return text_equal(token->raw, "in") ? change(blocks, SHELL_BLOCK_CASE_PATTERN)
                                                    : SHELL_BLOCKS_SYNTAX;
        if (kind == SHELL_BLOCK_CASE_IN)
                return token->kind == SHELL_NEWLINE ? SHELL_BLOCKS_TAKEN : SHELL_BLOCKS_SYNTAX;

        /* Patterns: whatever stands before the ")". */
        if (text_equal(token->raw, "esac"))
                return pop(blocks);
        if (text_equal(token->raw, ")"))
                return change(blocks, SHELL_BLOCK_CASE_BODY);

        return SHELL_BLOCKS_TAKEN;
}

static enum shell_block_answer for_head(struct shell_blocks *blocks, enum shell_block_kind kind,
                                        const struct shell_token *token)
{
        bool word = token->kind == SHELL_WORD;

        if (kind == SHELL_BLOCK_FOR_NAME) {
                if (!word || shell_name_length(token->raw) != token->raw.len)
                        return SHELL_BLOCKS_SYNTAX;
                (void) change(blocks, SHELL_BLOCK_FOR_IN);
                return SHELL_BLOCKS_VARIABLE;
        }
        if (kind == SHELL_BLOCK_FOR_IN && word && text_equal(token->raw, "in"))
                return change(blocks, SHELL_BLOCK_FOR_LIST);
        if (kind == SHELL_BLOCK_FOR_LIST && word)
                return SHELL_BLOCKS_TAKEN;
        if (kind != SHELL_BLOCK_FOR_LIST && word)
                return text_equal(token->raw, "do") ? change(blocks, SHELL_BLOCK_LOOP_BODY)
                                                    : SHELL_BLOCKS_SYNTAX;
        if (kind == SHELL_BLOCK_FOR_LIST && (token->kind == SHELL_NEWLINE || text_equal(token->raw, ";")))
                return change(blocks, SHELL_BLOCK_FOR_DO);

        return token->kind == SHELL_NEWLINE ? SHELL_BLOCKS_TAKEN : SHELL_BLOCKS_SYNTAX;
}

enum shell_block_answer shell_blocks_head(struct shell_blocks *blocks, const struct shell_token *token)
{
        enum shell_block_kind kind;

        if (blocks->n == 0 || token->kind == SHELL_END)
                return SHELL_BLOCKS_NOT_OURS;

        kind = blocks->stack[blocks->n - 1].kind;
        if (kind < SHELL_BLOCK_CASE_WORD)
                return SHELL_BLOCKS_NOT_OURS;

        return kind < SHELL_BLOCK_FOR_NAME ? case_head(blocks, kind, token) : for_head(blocks, kind, token);
}
