/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-cfg.h"

#include <string.h>

static bool is_named(const struct grub_cfg_entry *entry, struct text name)
{
        uint64_t position;

        if (text_parse_u64(name, &position) == 0)
                return position == entry->position;

        return text_equal(name, entry->title) || (entry->id && text_equal(name, entry->id));
}

/* The number of the entry of that menu with the name; 0 when there is none. */
static unsigned find_in_menu(const struct grub_cfg *cfg, unsigned parent, struct text name)
{
        for (size_t i = 0; i < cfg->n_entries; i++)
                if (cfg->entries[i].parent == parent && is_named(&cfg->entries[i], name))
                        return (unsigned) i + 1;

        return 0;
}

unsigned grub_cfg_find(const struct grub_cfg *cfg, struct text value)
{
        unsigned parent = 0, found;
        struct text name, rest = value;

        /* A title may hold a '>' itself. */
        found = find_in_menu(cfg, 0, value);
        if (found == 0) {
                if (!text_split(value, '>', &name, &rest)) {
                        name = value;
                        rest = TEXT("");
                }
                found = find_in_menu(cfg, 0, name);
        } else
                rest = TEXT("");
        if (found == 0)
                found = find_in_menu(cfg, 0, TEXT("0"));

        while (found > 0 && cfg->entries[found - 1].submenu) {
                parent = found;
                if (!text_split(rest, '>', &name, &rest)) {
                        name = rest;
                        rest = TEXT("");
                }
                found = find_in_menu(cfg, parent, name);
                if (found == 0)
                        found = find_in_menu(cfg, parent, TEXT("0"));
        }

        return found;
}

char *grub_cfg_unquote(struct text word, bool *ret_variable)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        bool variable = false;
        char quote = '\0', *result = NULL;

        for (size_t i = 0; i < word.len; i++) {
                char c = word.data[i];

                if (c == quote && quote != '\0')
                        quote = '\0';
                else if (quote == '\0' && (c == '\'' || c == '"'))
                        quote = c;
                else if (c == '\\' && quote != '\'' && i + 1 < word.len &&
                         (quote == '\0' || strchr("\\\"$", word.data[i + 1]))) {
                        i++;
                        if (word.data[i] != '\n')
                                buffer_add_char(&out, word.data[i]);
                } else {
                        variable = variable || (c == '$' && quote != '\'');
                        buffer_add_char(&out, c);
                }
        }

        if (buffer_finish(&out, &result, NULL) < 0)
                return NULL;
        *ret_variable = variable;
        return result;
}
