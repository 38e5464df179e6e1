/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-cfg.h"

#include "formats/grub-cfg-lexer.h"

#include <string.h>

void grub_cfg_print(const struct grub_cfg *cfg, struct buffer *out)
{
        const char *end = cfg->data;

        for (size_t i = 0; i < cfg->n_commands; i++) {
                const struct grub_cfg_command *command = &cfg->commands[i];

                if (!command->place.data)
                        continue;

                buffer_add(out, end, (size_t) (command->place.data - end));
                buffer_add_text(out, command->kind == GRUB_CFG_SET ? command->value : command->arguments);
                end = command->place.data + command->place.len;
        }
        buffer_add(out, end, (size_t) (cfg->data + cfg->len - end));
}

/* Whether GRUB takes the text as words and nothing else: no operator, comment, line break or open quote. */
static bool is_words(struct text text, size_t *ret_n)
{
        struct grub_cfg_lexer lexer = { text, 1 };
        const char *end = text.data;
        enum grub_cfg_token kind;
        struct text word;
        unsigned line;

        *ret_n = 0;
        if (text_has_nul(text) || text_contains(text, "\n") || text_contains(text, "\r") ||
            text_ends(text, "\\"))
                return false;

        while ((kind = grub_cfg_next_token(&lexer, &word, &line)) == GRUB_CFG_TOKEN_WORD) {
                if (text_trim((struct text){ end, (size_t) (word.data - end) }).len > 0)
                        return false;
                end = word.data + word.len;
                (*ret_n)++;
        }

        return kind == GRUB_CFG_TOKEN_END &&
               text_trim((struct text){ end, (size_t) (text.data + text.len - end) }).len == 0;
}

/* Puts the text, which it takes, in the place of the one there. */
static int keep(struct grub_cfg *cfg, char *text, struct text *place)
{
        _cleanup_free_ char *owned = text;
        int r;

        if (!owned)
                return -ENOMEM;
        r = array_grow(&cfg->edits, cfg->n_edits, sizeof(*cfg->edits));
        if (r < 0)
                return r;

        *place = text_from_string(owned);
        cfg->edits[cfg->n_edits++] = take_ptr(owned);
        return 0;
}

int grub_cfg_set_arguments(struct grub_cfg *cfg, struct grub_cfg_command *command, struct text text)
{
        bool blank = command->place.len == 0;
        size_t n;

        if (command->kind != GRUB_CFG_LINUX || command->n_words == 0 || !is_words(text, &n))
                return -EINVAL;
        if (cfg->fault)
                return -EPERM;
        /* A backslash at the end of the file would hide the blank. */
        if (blank && text_ends(command->words[0], "\\"))
                return -EINVAL;

        /* Without arguments before, the place is right behind the path. */
        return keep(cfg, string_format("%s%.*s", blank && text.len > 0 ? " " : "", TEXT_ARGS(text)),
                    &command->arguments);
}

int grub_cfg_set_value(struct grub_cfg *cfg, struct grub_cfg_command *command, struct text text)
{
        size_t n;

        if (command->kind != GRUB_CFG_SET || !command->place.data || !is_words(text, &n) || n != 1)
                return -EINVAL;
        if (cfg->fault)
                return -EPERM;

        return keep(cfg, text_dup(text), &command->value);
}

bool grub_cfg_is_stub(const struct grub_cfg *cfg)
{
        bool leads_on = false;

        if (cfg->n_entries > 0)
                return false;

        for (size_t i = 0; i < cfg->n_commands; i++) {
                const struct grub_cfg_command *command = &cfg->commands[i];

                if (command->kind == GRUB_CFG_LINUX || command->kind == GRUB_CFG_MULTIBOOT ||
                    command->kind == GRUB_CFG_BLSCFG)
                        return false;
                if (command->kind == GRUB_CFG_CONFIGFILE && command->n_words > 0)
                        leads_on = leads_on || text_contains(command->words[0], "/grub.cfg");
        }

        return leads_on;
}
