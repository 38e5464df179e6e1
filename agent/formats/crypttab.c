/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/crypttab.h"

#include <string.h>

/* What isspace() says in the locale of a system service. */
#define BLANKS " \t\n\v\f\r"

static bool parse_line(struct text line, struct crypttab_line *ret)
{
        struct text words[5] = { { 0 } };
        size_t n = 0;

        while (n < ARRAY_SIZE(words) && text_next_word(&line, BLANKS, &words[n]))
                n++;
        if (n < 2 || n > 4 || words[0].data[0] == '#')
                return false;

        *ret = (struct crypttab_line){
                .name = words[0],
                .device = words[1],
                .key = words[2],
                .options = words[3],
        };
        return true;
}

bool crypttab_next(struct text *rest, unsigned *number, struct crypttab_line *ret)
{
        struct text line;

        while (text_next_line(rest, &line)) {
                ++*number;
                if (!parse_line(line, ret))
                        continue;
                ret->number = *number;
                return true;
        }

        return false;
}

bool crypttab_has_option(const struct crypttab_line *line, const char *name)
{
        struct text rest = line->options, option, key, value;

        while (text_next_word(&rest, ",", &option))
                if (text_equal(text_split(option, '=', &key, &value) ? key : option, name))
                        return true;

        return false;
}
