/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-cfg.h"
#include "formats/grub-cfg-lexer.h"
#include "formats/grub-cfg-words.h"

#include <string.h>

#define DEPTH_MAX 32
#define WORDS_MAX 4096
/* Far beyond what a menu holds; what a hostile file may cost. */
#define ENTRIES_MAX 4096
#define COMMANDS_MAX 16384

enum block_kind {
        BLOCK_GROUP, /* { } without anything before it */
        BLOCK_ENTRY,
        BLOCK_FUNCTION,
        BLOCK_IF,
        BLOCK_LOOP,
};

struct block {
        enum block_kind kind;
        unsigned line;
        unsigned entry;    /* BLOCK_ENTRY: its number */
        unsigned n_inside; /* BLOCK_ENTRY: entries so far of this submenu */
        bool condition;    /* BLOCK_IF: between if and then */
        struct text empty; /* BLOCK_IF, in its first branch: the variable that was tested for being empty */
};

struct parser {
        struct grub_cfg *cfg;
        struct grub_cfg_lexer lexer;
        struct block blocks[DEPTH_MAX];
        size_t n_blocks;
        unsigned n_top;     /* entries so far that are in no submenu */
        struct text *words; /* of the command that is being read */
        size_t n_words;
        unsigned words_line;
        bool after_operator; /* "a && b": b is run or not */
};

static void set_fault(struct parser *parser, unsigned line, const char *fault)
{
        if (parser->cfg->fault)
                return;

        parser->cfg->fault = fault;
        parser->cfg->fault_line = line;
}

static struct block *innermost(struct parser *parser)
{
        return parser->n_blocks > 0 ? &parser->blocks[parser->n_blocks - 1] : NULL;
}

static void push(struct parser *parser, struct block block)
{
        if (parser->n_blocks == DEPTH_MAX) {
                set_fault(parser, block.line, "blocks are nested too deeply");
                return;
        }

        parser->blocks[parser->n_blocks++] = block;
}

static void pop(struct parser *parser, bool matches, unsigned line, const char *fault)
{
        if (matches)
                parser->n_blocks--;
        else
                set_fault(parser, line, fault);
}

static struct block *innermost_entry(struct parser *parser)
{
        for (size_t i = parser->n_blocks; i > 0; i--)
                if (parser->blocks[i - 1].kind == BLOCK_ENTRY)
                        return &parser->blocks[i - 1];

        return NULL;
}

static unsigned current_entry(struct parser *parser)
{
        const struct block *block = innermost_entry(parser);

        return block ? block->entry : 0;
}

static bool is_conditional(const struct parser *parser)
{
        for (size_t i = 0; i < parser->n_blocks; i++)
                if (parser->blocks[i].kind != BLOCK_ENTRY && parser->blocks[i].kind != BLOCK_GROUP)
                        return true;

        return parser->after_operator;
}

/* "title" --id ID, or $menuentry_id_option ID, which stands for --id. */
static int read_entry_words(const struct parser *parser, struct grub_cfg_entry *entry)
{
        static const char *const id_options[] = { "--id",
                                                  "$menuentry_id_option",
                                                  "${menuentry_id_option}",
                                                  "\"$menuentry_id_option\"",
                                                  "\"${menuentry_id_option}\"",
                                                  NULL };
        static const char *const options[] = { "--class", "--users", "--hotkey", "--source", NULL };
        bool variable;

        for (size_t i = 1; i < parser->n_words; i++) {
                _cleanup_free_ char *word = grub_cfg_unquote(parser->words[i], &variable);
                _cleanup_free_ char *raw = text_dup(parser->words[i]);

                if (!word || !raw)
                        return -ENOMEM;
                if (string_in_list(raw, options))
                        i++;
                else if (string_in_list(raw, id_options) && i + 1 < parser->n_words && !entry->id) {
                        entry->id = grub_cfg_unquote(parser->words[++i], &variable);
                        if (!entry->id)
                                return -ENOMEM;
                } else if (text_starts(parser->words[i], "--id=") && !entry->id)
                        entry->id = strdup(word + strlen("--id="));
                else if (!text_starts(parser->words[i], "--") && !entry->title)
                        entry->title = take_ptr(word);
        }

        if (!entry->title)
                entry->title = strdup("");
        return entry->title ? 0 : -ENOMEM;
}

static int open_entry(struct parser *parser, bool submenu)
{
        struct grub_cfg *cfg = parser->cfg;
        struct block *menu = innermost_entry(parser);
        struct grub_cfg_entry *entry;
        int r;

        if (cfg->n_entries == ENTRIES_MAX) {
                set_fault(parser, parser->words_line, "too many menu entries");
                return 0;
        }

        r = array_grow(&cfg->entries, cfg->n_entries, sizeof(*cfg->entries));
        if (r < 0)
                return r;
        entry = &cfg->entries[cfg->n_entries++];
        *entry = (struct grub_cfg_entry){ .line = parser->words_line, .submenu = submenu };
        entry->parent = menu ? menu->entry : 0;
        entry->position = menu ? menu->n_inside++ : parser->n_top++;

        push(parser, (struct block){ BLOCK_ENTRY, parser->words_line, .entry = (unsigned) cfg->n_entries });
        return read_entry_words(parser, entry);
}

static int open_block(struct parser *parser, unsigned line)
{
        struct text name = parser->n_words > 0 ? parser->words[0] : TEXT("");
        int r = 0;

        if (text_equal(name, "menuentry") || text_equal(name, "submenu"))
                r = open_entry(parser, text_equal(name, "submenu"));
        else
                push(parser,
                     (struct block){ text_equal(name, "function") ? BLOCK_FUNCTION : BLOCK_GROUP, line });
        parser->n_words = 0;
        return r;
}

/* Words that shape blocks. True when the word was one and is done with. */
static bool take_keyword(struct parser *parser, struct text word, unsigned line)
{
        struct block *block = innermost(parser);
        bool in_if = block && block->kind == BLOCK_IF;

        if (text_equal(word, "if"))
                push(parser, (struct block){ BLOCK_IF, line, .condition = true });
        else if (text_equal(word, "while") || text_equal(word, "until") || text_equal(word, "for"))
                push(parser, (struct block){ BLOCK_LOOP, line });
        else if (text_equal(word, "then") && in_if)
                block->condition = false;
        else if ((text_equal(word, "else") || text_equal(word, "elif")) && in_if) {
                block->empty = TEXT("");
        } else if (text_equal(word, "fi"))
                pop(parser, in_if, line, "\"fi\" without \"if\"");
        else if (text_equal(word, "done"))
                pop(parser, block && block->kind == BLOCK_LOOP, line, "\"done\" without a loop");
        else
                return text_equal(word, "do");

        return true;
}

static void fill_set(struct parser *parser, struct grub_cfg_command *command)
{
        const struct block *block = parser->n_blocks == 1 ? &parser->blocks[0] : NULL;
        struct text name, value;

        /* In a "name=value" that is quoted as a whole there is no value to replace, and no plain name. */
        if (command->n_words == 0 || !text_split(command->words[0], '=', &name, &value) ||
            !grub_cfg_is_plain_name(name))
                return;
        command->name = name;
        command->value = command->place = value;
        command->fallback = block && block->kind == BLOCK_IF && !parser->after_operator &&
                            block->empty.len > 0 && text_same(block->empty, command->name);
}

/* Everything from the second word on; without one, the place after the last word. */
static void fill_linux(struct parser *parser, struct grub_cfg_command *command)
{
        struct text last = parser->words[parser->n_words - 1];
        const char *end = last.data + last.len;
        const char *begin = command->n_words > 1 ? command->words[1].data : end;

        command->arguments = command->place = (struct text){ begin, (size_t) (end - begin) };
}

static int add_command(struct parser *parser, enum grub_cfg_kind kind)
{
        struct grub_cfg *cfg = parser->cfg;
        struct grub_cfg_command *command;
        size_t n_words = parser->n_words - 1;
        int r;

        if (cfg->n_commands == COMMANDS_MAX) {
                set_fault(parser, parser->words_line, "too many commands");
                return 0;
        }

        r = array_grow(&cfg->commands, cfg->n_commands, sizeof(*cfg->commands));
        if (r < 0)
                return r;
        command = &cfg->commands[cfg->n_commands];
        *command = (struct grub_cfg_command){ .kind = kind, .line = parser->words_line, .n_words = n_words };
        command->words = calloc(n_words + 1, sizeof(*command->words));
        if (!command->words)
                return -ENOMEM;

        cfg->n_commands++;
        memcpy(command->words, parser->words + 1, n_words * sizeof(*command->words));
        command->entry = current_entry(parser);
        command->conditional = is_conditional(parser);
        if (kind == GRUB_CFG_SET)
                fill_set(parser, command);
        if (kind == GRUB_CFG_LINUX)
                fill_linux(parser, command);
        return 0;
}

static int end_command(struct parser *parser)
{
        struct block *block = innermost(parser);
        enum grub_cfg_kind kind;
        int r = 0;

        if (parser->n_words > 0 && block && block->kind == BLOCK_IF && block->condition)
                block->empty = parser->after_operator
                                       ? TEXT("")
                                       : grub_cfg_tested_variable(parser->words, parser->n_words);

        if (parser->n_words > 0 && grub_cfg_find_kind(parser->words[0], &kind))
                r = add_command(parser, kind);
        parser->n_words = 0;
        parser->after_operator = false;
        return r;
}

static int take_word(struct parser *parser, struct text word, unsigned line)
{
        int r;

        if (parser->n_words == 0) {
                if (take_keyword(parser, word, line))
                        return 0;
                parser->words_line = line;
        }
        if (parser->n_words == WORDS_MAX) {
                set_fault(parser, line, "a command has too many words");
                return 0;
        }

        r = array_grow(&parser->words, parser->n_words, sizeof(*parser->words));
        if (r == 0)
                parser->words[parser->n_words++] = word;
        return r;
}

static int take_close(struct parser *parser, unsigned line)
{
        struct block *block;
        int r;

        r = end_command(parser);
        block = innermost(parser);
        pop(parser, block && block->kind != BLOCK_IF && block->kind != BLOCK_LOOP, line,
            "\"}\" without \"{\"");
        return r;
}

static int run(struct parser *parser)
{
        enum grub_cfg_token kind;
        struct text word;
        unsigned line;
        int r = 0;

        while (r == 0 && !parser->cfg->fault) {
                kind = grub_cfg_next_token(&parser->lexer, &word, &line);
                if (kind == GRUB_CFG_TOKEN_END)
                        break;
                else if (kind == GRUB_CFG_TOKEN_FAULT)
                        set_fault(parser, line, "a quote is not closed");
                else if (kind == GRUB_CFG_TOKEN_WORD)
                        r = take_word(parser, word, line);
                else if (kind == GRUB_CFG_TOKEN_OPEN)
                        r = open_block(parser, line);
                else if (kind == GRUB_CFG_TOKEN_CLOSE)
                        r = take_close(parser, line);
                else {
                        r = end_command(parser);
                        parser->after_operator = kind == GRUB_CFG_TOKEN_OPERATOR;
                }
        }

        if (r == 0)
                r = end_command(parser);
        if (parser->n_blocks > 0)
                set_fault(parser, innermost(parser)->line, "a block is not closed");
        return r;
}

int grub_cfg_parse(const char *data, size_t len, struct grub_cfg **ret)
{
        _cleanup_grub_cfg_ struct grub_cfg *cfg = NULL;
        struct parser parser = { .lexer.line = 1 };
        int r;

        cfg = calloc(1, sizeof(*cfg));
        if (!cfg)
                return -ENOMEM;
        cfg->data = malloc(len + 1);
        if (!cfg->data)
                return -ENOMEM;
        if (len > 0)
                memcpy(cfg->data, data, len);
        cfg->data[len] = '\0';
        cfg->len = len;

        parser.cfg = cfg;
        parser.lexer.rest = (struct text){ cfg->data, len };
        if (text_has_nul(parser.lexer.rest))
                set_fault(&parser, 0, "a NUL byte");
        r = run(&parser);
        free(parser.words);
        if (r < 0)
                return r;

        *ret = take_ptr(cfg);
        return 0;
}

struct grub_cfg *grub_cfg_free(struct grub_cfg *cfg)
{
        if (!cfg)
                return NULL;

        for (size_t i = 0; i < cfg->n_commands; i++)
                free(cfg->commands[i].words);
        for (size_t i = 0; i < cfg->n_entries; i++) {
                free(cfg->entries[i].title);
                free(cfg->entries[i].id);
        }
        for (size_t i = 0; i < cfg->n_edits; i++)
                free(cfg->edits[i]);
        free(cfg->edits);
        free(cfg->commands);
        free(cfg->entries);
        free(cfg->data);
        free(cfg);
        return NULL;
}
