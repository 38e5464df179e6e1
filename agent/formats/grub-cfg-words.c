/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-cfg-words.h"

#include <string.h>

static const struct {
        const char *name;
        enum grub_cfg_kind kind;
} command_names[] = {
        { "set", GRUB_CFG_SET },
        { "linux", GRUB_CFG_LINUX },
        { "linux16", GRUB_CFG_LINUX },
        { "linuxefi", GRUB_CFG_LINUX },
        { "multiboot", GRUB_CFG_MULTIBOOT },
        { "multiboot2", GRUB_CFG_MULTIBOOT },
        { "load_env", GRUB_CFG_LOAD_ENV },
        { "blscfg", GRUB_CFG_BLSCFG },
        { "configfile", GRUB_CFG_CONFIGFILE },
        { "initrd", GRUB_CFG_INITRD },
        { "initrd16", GRUB_CFG_INITRD },
        { "initrdefi", GRUB_CFG_INITRD },
};

bool grub_cfg_find_kind(struct text command, enum grub_cfg_kind *ret)
{
        for (size_t i = 0; i < ARRAY_SIZE(command_names); i++)
                if (text_equal(command, command_names[i].name)) {
                        *ret = command_names[i].kind;
                        return true;
                }

        return false;
}

struct text grub_cfg_tested_variable(const struct text *words, size_t n_words)
{
        struct text word;

        if (n_words < 4 || !text_equal(words[0], "[") || !text_equal(words[1], "-z") ||
            !text_equal(words[3], "]"))
                return TEXT("");

        word = words[2];
        while (word.len > 0 && strchr("\"${", word.data[0])) {
                word.data++;
                word.len--;
        }
        while (word.len > 0 && strchr("\"}", word.data[word.len - 1]))
                word.len--;
        return word;
}

bool grub_cfg_is_plain_name(struct text name)
{
        for (size_t i = 0; i < name.len; i++)
                if (name.data[i] != '\0' && strchr("\"'\\$", name.data[i]))
                        return false;

        return true;
}
