/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/swaps.h"

#include <limits.h>

enum field { NAME, TYPE, SIZE, USED, PRIORITY, FIELD_COUNT };

static bool split(struct text line, struct text fields[FIELD_COUNT])
{
        for (size_t i = 0; i < FIELD_COUNT; i++)
                if (!text_next_word(&line, " \t", &fields[i]))
                        return false;

        return true;
}

static bool is_octal(char c)
{
        return c >= '0' && c <= '7';
}

static char *unescape(struct text text)
{
        char *string = malloc(text.len + 1);
        size_t n = 0;

        if (!string)
                return NULL;

        for (size_t i = 0; i < text.len; i++) {
                const char *s = text.data + i;

                if (text.len - i > 3 && s[0] == '\\' && is_octal(s[1]) && is_octal(s[2]) && is_octal(s[3])) {
                        string[n++] = (char) ((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
                        i += 3;
                } else
                        string[n++] = *s;
        }
        string[n] = '\0';
        return string;
}

static bool parse_priority(struct text text, int *ret)
{
        bool negative = text_starts(text, "-");
        uint64_t number;

        if (negative)
                text = (struct text){ text.data + 1, text.len - 1 };
        if (text_parse_u64(text, &number) < 0 || number > INT_MAX)
                return false;

        *ret = negative ? -(int) number : (int) number;
        return true;
}

static int add(const struct text fields[FIELD_COUNT], struct swap_area **areas, size_t *n)
{
        struct swap_area area = { .type = fields[TYPE] };
        int r;

        if (text_parse_u64(fields[SIZE], &area.size) < 0 || text_parse_u64(fields[USED], &area.used) < 0 ||
            !parse_priority(fields[PRIORITY], &area.priority))
                return -EBADMSG;

        r = array_grow(areas, *n, sizeof(**areas));
        if (r < 0)
                return r;
        area.name = unescape(fields[NAME]);
        if (!area.name)
                return -ENOMEM;

        (*areas)[(*n)++] = area;
        return 0;
}

int swaps_parse(struct text content, struct swap_area **ret, size_t *ret_n)
{
        struct text line, fields[FIELD_COUNT];
        struct swap_area *areas = NULL;
        bool heading = true;
        size_t n = 0;
        int r = 0;

        while (r >= 0 && text_next_line(&content, &line)) {
                if (!heading && split(text_chomp(line), fields))
                        r = add(fields, &areas, &n);
                heading = false;
        }
        if (r < 0) {
                swaps_free(areas, n);
                return r;
        }

        *ret = areas;
        *ret_n = n;
        return 0;
}

void swaps_free(struct swap_area *areas, size_t n)
{
        for (size_t i = 0; i < n; i++)
                free(areas[i].name);
        free(areas);
}
