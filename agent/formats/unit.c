/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/unit.h"

#include <string.h>

bool unit_get(const struct ini *unit, const char *section, const char *key, struct text *ret)
{
        struct text value;

        if (!ini_get(unit, section, key, &value) || value.len == 0)
                return false;

        *ret = value;
        return true;
}

struct unit_words unit_words(const struct ini *unit, const char *section, const char *key)
{
        struct unit_words words = { .unit = unit, .section = section, .key = key };
        const struct ini_line *line = NULL;

        while (strcmp(key, "Also") != 0 && (line = ini_next(unit, line, section, key)))
                if (line->value.len == 0)
                        words.line = line;

        return words;
}

/* A word of blanks apart, or of quotes, which may hold blanks. */
static bool next_word(struct text *rest, struct text *ret)
{
        struct text word;

        *rest = text_trim(*rest);
        if (rest->len > 0 && (rest->data[0] == '"' || rest->data[0] == '\'')) {
                struct text inner = { rest->data + 1, rest->len - 1 }, after;

                if (text_split(inner, rest->data[0], &word, &after)) {
                        *rest = after;
                        *ret = word;
                        return true;
                }
        }

        return text_next_word(rest, " \t\r", ret);
}

bool unit_words_next(struct unit_words *words, struct text *ret_word)
{
        while (!next_word(&words->rest, ret_word)) {
                const struct ini_line *line = ini_next(words->unit, words->line, words->section, words->key);

                if (!line)
                        return false;
                words->line = line;
                words->rest = line->value;
        }

        return true;
}

bool unit_has_word(const struct ini *unit, const char *section, const char *key, const char *word)
{
        struct unit_words words = unit_words(unit, section, key);
        struct text found;

        while (unit_words_next(&words, &found))
                if (text_equal(found, word))
                        return true;

        return false;
}
