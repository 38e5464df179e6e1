/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* systemd unit files and drop-ins, systemd.syntax(7): the unit dialect of ini.h, with the rules for settings
 * that are given more than once. Specifiers (%i) are not expanded. */

#include "formats/ini.h"

_must_check_ static inline int unit_parse(const char *data, size_t len, struct ini **ret)
{
        return ini_parse(data, len, INI_UNIT, ret);
}

/* A setting of one value ([Swap] What, [Mount] Where): the last one wins. False, and nothing set, where there
 * is none or the last one is empty, which resets it. */
bool unit_get(const struct ini *unit, const char *section, const char *key, struct text *ret);

/* A setting that is a list ([Install] WantedBy, RequiredBy, Alias, Also): all assignments behind the last
 * empty one, split at blanks, quotes around a word removed. Also= knows no reset. */
struct unit_words {
        const struct ini *unit;
        const char *section, *key;
        const struct ini_line *line;
        struct text rest;
};

struct unit_words unit_words(const struct ini *unit, const char *section, const char *key);
bool unit_words_next(struct unit_words *words, struct text *ret_word);
/* Whether word is in the list. */
bool unit_has_word(const struct ini *unit, const char *section, const char *key, const char *word);
