/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-cfg.h"
#include "fuzz.h"

static void check_command(const struct grub_cfg *cfg, const struct grub_cfg_command *command)
{
        FUZZ_ASSERT(command->line > 0 && command->entry <= cfg->n_entries);
        FUZZ_ASSERT(command->kind != GRUB_CFG_LINUX || command->arguments.data);
        for (size_t i = 0; i < command->n_words; i++) {
                bool variable;
                _cleanup_free_ char *word = grub_cfg_unquote(command->words[i], &variable);

                FUZZ_ASSERT(command->words[i].len > 0 && word);
        }
}

static void check_print(const struct grub_cfg *cfg, struct text expected)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        grub_cfg_print(cfg, &out);
        FUZZ_ASSERT(text_same(expected, (struct text){ out.data, out.len }));
}

/* What was replaced is there, alone, when the result is parsed. */
static void check_edit(struct grub_cfg *cfg, size_t i)
{
        bool set = cfg->commands[i].kind == GRUB_CFG_SET;
        _cleanup_grub_cfg_ struct grub_cfg *again = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        int r = set ? grub_cfg_set_value(cfg, &cfg->commands[i], TEXT("\"a b\""))
                    : grub_cfg_set_arguments(cfg, &cfg->commands[i], TEXT("a 'b c'"));

        if (r < 0)
                return;

        grub_cfg_print(cfg, &out);
        if (out.failed || grub_cfg_parse(out.data, out.len, &again) < 0)
                return;
        FUZZ_ASSERT(!again->fault && again->n_commands == cfg->n_commands);
        if (set)
                FUZZ_ASSERT(text_equal(again->commands[i].value, "\"a b\""));
        else {
                FUZZ_ASSERT(again->commands[i].n_words == 3);
                FUZZ_ASSERT(text_equal(text_trim(again->commands[i].arguments), "a 'b c'"));
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text input = { (const char *) data, size };
        _cleanup_grub_cfg_ struct grub_cfg *cfg = NULL;
        bool edited = false;

        if (grub_cfg_parse(input.data, input.len, &cfg) < 0)
                return 0;

        check_print(cfg, input);
        for (size_t i = 0; i < cfg->n_entries; i++)
                FUZZ_ASSERT(cfg->entries[i].title && cfg->entries[i].line > 0 && cfg->entries[i].parent <= i);
        for (size_t i = 0; i < cfg->n_commands; i++)
                check_command(cfg, &cfg->commands[i]);
        FUZZ_ASSERT(grub_cfg_find(cfg, input) <= cfg->n_entries);
        FUZZ_ASSERT(!grub_cfg_is_stub(cfg) || cfg->n_entries == 0);
        for (size_t i = 0; i < cfg->n_commands && !edited; i++)
                if (cfg->commands[i].kind == GRUB_CFG_LINUX || cfg->commands[i].kind == GRUB_CFG_SET) {
                        check_edit(cfg, i);
                        edited = true;
                }

        return 0;
}
