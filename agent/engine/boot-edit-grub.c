/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit-internal.h"
#include "formats/grub-cfg.h"
#include "formats/grub-default.h"

#include <string.h>

/* The two that are scripts: a word may be quoted, and mean something else than its bytes. */

static int parse_cfg(struct text content, void **ret)
{
        struct grub_cfg *cfg;
        int r = grub_cfg_parse(content.data, content.len, &cfg);

        if (r >= 0)
                *ret = cfg;
        return r;
}

static void free_cfg(void *parsed)
{
        (void) grub_cfg_free(parsed);
}

static void print_cfg(const void *parsed, struct buffer *out)
{
        grub_cfg_print(parsed, out);
}

/* The only command of this kind on that line. */
static struct grub_cfg_command *find_command(struct grub_cfg *cfg, const struct boot_edit_source *source,
                                             enum grub_cfg_kind kind)
{
        struct grub_cfg_command *found = NULL;

        for (size_t i = 0; i < cfg->n_commands; i++) {
                struct grub_cfg_command *command = &cfg->commands[i];

                if (command->kind != kind || command->line != source->line ||
                    (kind == GRUB_CFG_SET && !text_equal(command->name, source->variable)))
                        continue;
                if (found)
                        return NULL;
                found = command;
        }

        return found;
}

/* A word that is a variable is no token of the line's own, nor is one that comes to nothing. */
static int add_word(struct boot_edit_words *words, struct text word, struct text token)
{
        _cleanup_free_ char *plain = NULL;
        bool variable = false;

        if (boot_edit_is_variable(word))
                return 0;
        plain = grub_cfg_unquote(word, &variable);
        if (!plain)
                return -ENOMEM;
        if (!plain[0] && !variable)
                return 0;

        /* Quotes that nothing is hidden by may go with the word. */
        return boot_edit_add_word(words, word, variable || !text_equal(token, plain));
}

static int cut_arguments(const struct grub_cfg_command *command, const struct boot_edit_source *source,
                         struct boot_edit_words *words)
{
        int r = 0;

        for (size_t i = 1; i < command->n_words && r >= 0; i++)
                r = add_word(words, command->words[i],
                             words->n < source->n_tokens ? source->tokens[words->n] : TEXT(""));

        return r;
}

static int edit_arguments(struct grub_cfg *cfg, struct boot_edit_source *source)
{
        _cleanup_boot_edit_words_ struct boot_edit_words words = { 0 };
        _cleanup_buffer_ struct buffer out = { 0 };
        struct grub_cfg_command *command = find_command(cfg, source, GRUB_CFG_LINUX);
        int r;

        if (!command || command->n_words == 0)
                return boot_edit_refuse_source(source, "no single entry stands on that line");

        r = cut_arguments(command, source, &words);
        if (r >= 0)
                r = boot_edit_splice(source, command->arguments, &words, &out);
        if (r < 0)
                return r;
        r = grub_cfg_set_arguments(cfg, command, (struct text){ out.data ? out.data : "", out.len });
        return r < 0 && r != -ENOMEM ? boot_edit_refuse_source(source, "GRUB would read it otherwise") : r;
}

/* The bytes between the quotes, or all of them; false when they are more than words. */
static bool find_plain(struct text raw, const char *plain, struct text *ret)
{
        *ret = raw;
        if (raw.len > 1 && (raw.data[0] == '"' || raw.data[0] == '\'') &&
            raw.data[raw.len - 1] == raw.data[0])
                *ret = (struct text){ raw.data + 1, raw.len - 2 };

        return text_equal(*ret, plain);
}

static int edit_set(struct grub_cfg *cfg, struct boot_edit_source *source)
{
        struct grub_cfg_command *command = find_command(cfg, source, GRUB_CFG_SET);
        _cleanup_buffer_ struct buffer out = { 0 }, value = { 0 };
        _cleanup_free_ char *plain = NULL;
        bool variable = false;
        struct text inside;
        int r;

        if (!command)
                return boot_edit_refuse_source(source, "nothing sets the variable on that line");
        plain = grub_cfg_unquote(command->value, &variable);
        if (!plain)
                return -ENOMEM;
        if (variable || !find_plain(command->value, plain, &inside))
                return boot_edit_refuse_source(source, "its value is quoted in a way that is not edited");

        r = boot_edit_splice_plain(source, inside, false, &value);
        if (r < 0)
                return r;
        buffer_addf(&out, "%c%s%c", command->value.data[0] == '\'' ? '\'' : '"', value.data ? value.data : "",
                    command->value.data[0] == '\'' ? '\'' : '"');
        if (out.failed)
                return -ENOMEM;
        r = grub_cfg_set_value(cfg, command, (struct text){ out.data, out.len });
        return r < 0 && r != -ENOMEM ? boot_edit_refuse_source(source, "GRUB would read it otherwise") : r;
}

static int edit_cfg(void *parsed, struct boot_edit_source *source)
{
        return source->variable ? edit_set(parsed, source) : edit_arguments(parsed, source);
}

const struct boot_edit_format boot_edit_format_grub_cfg = {
        .parse = parse_cfg,
        .free = free_cfg,
        .print = print_cfg,
        .edit = edit_cfg,
};
