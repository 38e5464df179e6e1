/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/shell-blocks.h"
#include "formats/shell-scope.h"
#include "formats/shell-words.h"

#include <string.h>

enum command {
        COMMAND_NONE, /* assignments only, so far */
        COMMAND_EXPORT,
        COMMAND_UNSET,
        COMMAND_OTHER,
};

struct parser {
        struct shell_vars *vars;
        struct shell_scope *scope;
        unsigned file;
        struct shell_lexer lexer;
        struct shell_blocks blocks;
        const char *value_end; /* of the last assignment */

        /* The simple command that is being read. */
        size_t first; /* its first assignment */
        size_t list;  /* the first assignment of the commands joined by "&&", "||" or "|" */
        bool started;
        bool closed; /* it is the end of a compound command */
        bool redirected;
        bool target; /* the next word is the file of a redirection */
        enum command command;
        /* Why its assignments may not be carried out, from what stands before it. */
        const char *conditional;
        bool connected; /* after "&&", "||" or "|": a command has to follow */
        const char *parenthesis_end;
};

static void lose(struct parser *parser, unsigned line, const char *cause)
{
        shell_scope_lose(parser->scope, parser->file, line, cause);
}

static int doubt(struct parser *parser, struct text name, unsigned line, const char *cause)
{
        struct shell_value value = { .cause = cause, .file = parser->file, .line = line };

        return shell_scope_set(parser->scope, name, &value, NULL);
}

/* 1 when the word is an assignment, 0 when not. */
static int add_assignment(struct parser *parser, const struct shell_token *token)
{
        struct shell_assignment assignment = { .line = token->line };
        int r;

        if (!shell_split_assignment(token->raw, &assignment.name, &assignment.append, &assignment.raw_value))
                return 0;

        assignment.exported = parser->command == COMMAND_EXPORT;
        assignment.before =
                (struct text){ parser->value_end, (size_t) (assignment.raw_value.data - parser->value_end) };
        parser->value_end = assignment.raw_value.data + assignment.raw_value.len;
        r = shell_vars_add(parser->vars, &assignment);
        return r < 0 ? r : 1;
}

static enum command classify(struct parser *parser, const struct shell_token *token)
{
        const char *harm;

        if (text_equal(token->raw, "export"))
                return COMMAND_EXPORT;
        if (text_equal(token->raw, "unset"))
                return COMMAND_UNSET;
        harm = shell_harm_of(token->raw);
        if (harm)
                lose(parser, token->line, harm);
        return COMMAND_OTHER;
}

static int take_argument(struct parser *parser, const struct shell_token *token)
{
        bool name = shell_name_length(token->raw) == token->raw.len;
        int r;

        switch (parser->command) {
        case COMMAND_NONE:
                r = add_assignment(parser, token);
                if (r == 0)
                        parser->command = classify(parser, token);
                return r < 0 ? r : 0;
        case COMMAND_EXPORT:
                r = add_assignment(parser, token);
                if (r == 0 && !name)
                        lose(parser, token->line, "an argument of export that is not understood");
                return r < 0 ? r : 0;
        case COMMAND_UNSET:
                if (name)
                        return doubt(parser, token->raw, token->line, "unset removes the variable");
                lose(parser, token->line, "an argument of unset that is not understood");
                return 0;
        case COMMAND_OTHER:
        default:
                return 0;
        }
}

/* A reason that holds for every assignment of the command. */
static const char *find_doubt(const struct parser *parser, struct text operator)
{
        const struct shell_vars *vars = parser->vars;

        if (parser->blocks.n > 0)
                return "set inside of a block (if, for, while, case or parentheses)";
        if (parser->conditional)
                return parser->conditional;
        if (parser->redirected)
                return "set together with a redirection";
        if (text_starts(operator, "&") && !text_equal(operator, "&&"))
                return "set in the background";
        if (text_starts(operator, "|") && !text_equal(operator, "||"))
                return "set in a pipeline";
        if (parser->command == COMMAND_OTHER || parser->command == COMMAND_UNSET)
                return "set for one command only";
        for (size_t i = parser->first; i < vars->n_assignments; i++)
                if (!vars->assignments[i].exported && parser->command == COMMAND_EXPORT)
                        return "set for one command only";
                else if (vars->assignments[i].append && !shell_scope_is_bash(parser->scope))
                        return "only bash knows '+='";

        return NULL;
}

static int evaluate(struct parser *parser, size_t i, const char *cause)
{
        struct shell_assignment *assignment = &parser->vars->assignments[i];
        _cleanup_buffer_ struct buffer out = { 0 };
        struct shell_value value = { .file = parser->file, .line = assignment->line }, old = { 0 };
        enum shell_state before = shell_scope_get(parser->scope, assignment->name, &old);
        const char *unknown = NULL;
        int r;

        if (shell_is_special(assignment->name))
                lose(parser, assignment->line, "a variable with a meaning of its own for the shell is set");
        if (assignment->append && assignment->exported)
                lose(parser, assignment->line, "some shells refuse '+=' after export");

        if (before == SHELL_UNSET && shell_scope_is_empty(parser->scope, assignment->name))
                before = SHELL_CERTAIN;
        if (assignment->append && before == SHELL_CERTAIN && shell_scope_spend(parser->scope, old.text.len))
                buffer_add_text(&out, old.text);
        else if (assignment->append)
                unknown = "appends to a value that is not known";
        if (!unknown)
                unknown = shell_value_decode(parser->scope, assignment->raw_value, assignment->exported, &out,
                                             &assignment->expands);

        value.cause = assignment->uncertain = unknown ? unknown : cause;
        if (!unknown) {
                r = buffer_finish(&out, &parser->vars->decoded[i], &assignment->value.len);
                if (r < 0)
                        return r;
                assignment->value.data = parser->vars->decoded[i];
        } else
                assignment->value = TEXT("");
        value.text = value.cause ? (struct text){ 0 } : assignment->value;
        return shell_scope_set(parser->scope, assignment->name, &value, &assignment->nth);
}

static void begin_command(struct parser *parser)
{
        parser->first = parser->vars->n_assignments;
        parser->started = parser->closed = parser->redirected = false;
        parser->command = COMMAND_NONE;
}

static void end_list(struct parser *parser)
{
        /* What is inside of a block is never certain; a list that contains blocks goes on after them. */
        if (parser->blocks.n == 0)
                parser->list = parser->vars->n_assignments;
}

/* "A=1 && true &": the whole list ran in a process of its own. */
static int doubt_list(struct parser *parser, size_t end)
{
        for (size_t i = parser->list; i < end; i++) {
                struct shell_assignment *assignment = &parser->vars->assignments[i];
                int r;

                if (!assignment->uncertain)
                        assignment->uncertain = "set in the background";
                r = doubt(parser, assignment->name, assignment->line, assignment->uncertain);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* The command ends before this operator; newline and end of file are operators of length 1 and 0. */
static int end_command(struct parser *parser, const struct shell_token *token)
{
        const char *cause = find_doubt(parser, token->raw);

        if (parser->target)
                lose(parser, token->line, "a redirection without a file");
        for (size_t i = parser->first; i < parser->vars->n_assignments; i++) {
                int r;

                r = evaluate(parser, i, cause);
                if (r < 0)
                        return r;
        }

        if (parser->started)
                shell_blocks_fill(&parser->blocks);
        else if (token->kind == SHELL_OPERATOR || parser->connected)
                if (token->kind != SHELL_NEWLINE)
                        lose(parser, token->line, "a syntax error");
        if (parser->started || token->kind != SHELL_NEWLINE) {
                parser->conditional = NULL;
                parser->connected = false;
        }
        if (token->kind == SHELL_NEWLINE && !parser->connected)
                end_list(parser);
        parser->target = false;
        begin_command(parser);
        return 0;
}

static void open_parenthesis(struct parser *parser, const struct shell_token *token)
{
        /* Two in a row are arithmetic in bash. */
        if (parser->started || parser->parenthesis_end == token->raw.data)
                lose(parser, token->line, "a function, an array or arithmetic");
        else if (shell_blocks_keyword(&parser->blocks, token) == SHELL_BLOCKS_SYNTAX)
                lose(parser, token->line, "blocks that are nested too deeply");
        parser->parenthesis_end = token->raw.data + 1;
}

/* At ")" or ";;". */
static int end_block(struct parser *parser, const struct shell_token *token)
{
        struct shell_token end = { SHELL_END, { "", 0 }, token->line };
        enum shell_block_answer answer;
        int r;

        r = end_command(parser, &end);
        if (r < 0)
                return r;

        answer = shell_blocks_keyword(&parser->blocks, token);
        if (answer == SHELL_BLOCKS_SYNTAX)
                lose(parser, token->line, "a syntax error");
        if (answer == SHELL_BLOCKS_CLOSED)
                parser->started = parser->closed = true;
        return 0;
}

static int take_operator(struct parser *parser, const struct shell_token *token)
{
        bool connects = text_equal(token->raw, "&&") || text_starts(token->raw, "|");
        int r;

        if (strchr("<>", token->raw.data[0]) || text_equal(token->raw, "&>")) {
                if (text_equal(token->raw, "<<")) {
                        lose(parser, token->line, "a here document");
                        parser->lexer.stopped = true;
                }
                if (parser->target)
                        lose(parser, token->line, "a redirection without a file");
                parser->started = parser->redirected = parser->target = true;
                return 0;
        }
        if (text_equal(token->raw, "(")) {
                open_parenthesis(parser, token);
                return 0;
        }
        if (text_equal(token->raw, ")") || text_equal(token->raw, ";;"))
                return end_block(parser, token);
        if (text_equal(token->raw, ";&"))
                lose(parser, token->line, "a syntax error");
        r = end_command(parser, token);
        if (r < 0)
                return r;
        if (text_equal(token->raw, "&")) {
                r = doubt_list(parser, parser->first);
                if (r < 0)
                        return r;
        }
        if (!connects)
                end_list(parser);
        else {
                parser->conditional = "set after '&&', '||' or '|'";
                parser->connected = true;
        }
        return 0;
}

/* What the block before or around the token makes of it. 1 when nothing is left to do. */
static int take_block_answer(struct parser *parser, const struct shell_token *token,
                             enum shell_block_answer answer)
{
        switch (answer) {
        case SHELL_BLOCKS_SYNTAX:
                lose(parser, token->line, "a syntax error");
                return 1;
        case SHELL_BLOCKS_VARIABLE: {
                int r = doubt(parser, token->raw, token->line, "the variable of a loop");

                return r < 0 ? r : 1;
        }
        case SHELL_BLOCKS_CLOSED:
                parser->started = parser->closed = true;
                return 1;
        case SHELL_BLOCKS_TAKEN:
                parser->conditional = NULL;
                parser->connected = false;
                return 1;
        case SHELL_BLOCKS_NOT_OURS:
        default:
                return 0;
        }
}

static int take_word(struct parser *parser, const struct shell_token *token)
{
        size_t depth = parser->blocks.n;
        int r;

        if (parser->target) {
                parser->target = false;
                return 0;
        }
        if (!parser->started || parser->closed) {
                bool connected = parser->connected;

                r = take_block_answer(parser, token, shell_blocks_keyword(&parser->blocks, token));
                /* Only a keyword that opens a block may stand where a command has to follow. */
                if (r > 0 && (parser->blocks.n > depth ? parser->started : connected))
                        lose(parser, token->line, "a syntax error");
                if (r != 0)
                        return r < 0 ? r : 0;
                if (parser->closed)
                        lose(parser, token->line, "a syntax error");
        }
        if (!parser->started && text_equal(token->raw, "!")) {
                parser->conditional = "set after '!'";
                parser->connected = true;
                return 0;
        }

        parser->started = true;
        return take_argument(parser, token);
}

static int take_token(struct parser *parser, const struct shell_token *token)
{
        int r;

        r = take_block_answer(parser, token, shell_blocks_head(&parser->blocks, token));
        if (r != 0)
                return r < 0 ? r : 0;

        switch (token->kind) {
        case SHELL_WORD:
                return take_word(parser, token);
        case SHELL_OPERATOR:
                return take_operator(parser, token);
        case SHELL_NEWLINE:
        case SHELL_END:
        default:
                return end_command(parser, token);
        }
}

int shell_parse(struct shell_vars *vars, struct text text, struct shell_scope *scope, unsigned file)
{
        struct parser state = { .vars = vars, .scope = scope, .file = file, .value_end = text.data };
        struct parser *parser = &state;
        struct shell_token token;
        int r;

        parser->lexer = (struct shell_lexer){ .rest = text, .line = 1 };
        begin_command(parser);
        do {
                token = shell_lexer_next(&parser->lexer);
                if (parser->lexer.trouble)
                        lose(parser, parser->lexer.trouble_line, parser->lexer.trouble);
                r = take_token(parser, &token);
                if (r < 0)
                        return r;
        } while (token.kind != SHELL_END);

        if (parser->blocks.n > 0)
                lose(parser, parser->blocks.stack[parser->blocks.n - 1].line, "a block that is not closed");
        return 0;
}
