/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mountinfo.h"

#include <string.h>

enum { DEVICE = 2, POINT = 4, OPTIONS = 5, N_FIRST = 6 };

static bool has_option(struct text options, const char *name)
{
        struct text option;

        while (text_next_word(&options, ",", &option))
                if (text_equal(option, name))
                        return true;

        return false;
}

/* id, parent, device, root, point, options, any number of fields, "-", type, source, options */
static bool parse_line(struct text line, struct mountinfo *ret)
{
        struct text first[N_FIRST], word, last[3] = { { 0 } };
        bool found = false;
        size_t n = 0;

        while (n < N_FIRST && text_next_word(&line, " ", &first[n]))
                n++;
        if (n < N_FIRST || first[POINT].data[0] != '/')
                return false;
        while (!found && text_next_word(&line, " ", &word))
                found = text_equal(word, "-");
        for (n = 0; n < ARRAY_SIZE(last) && text_next_word(&line, " ", &last[n]);)
                n++;
        /* A source may be empty, which leaves the options in its place. */
        if (!found || n < 2)
                return false;

        *ret = (struct mountinfo){
                .device = first[DEVICE],
                .point = first[POINT],
                .read_only = has_option(first[OPTIONS], "ro") || has_option(last[n - 1], "ro"),
                .type = last[0],
                .source = n == 3 ? last[1] : (struct text){ last[1].data, 0 },
        };
        return true;
}

bool mountinfo_next(struct text *rest, struct mountinfo *ret)
{
        struct text line;

        while (text_next_line(rest, &line))
                if (parse_line(text_chomp(line), ret))
                        return true;

        return false;
}

/* Takes one character off the front; three octal digits after a backslash are one. */
static char take_character(struct text *written)
{
        const char *data = written->data;
        size_t len = 1;
        char c = data[0];

        if (c == '\\' && written->len >= 4 && data[1] >= '0' && data[1] <= '3' && data[2] >= '0' &&
            data[2] <= '7' && data[3] >= '0' && data[3] <= '7') {
                c = (char) ((data[1] - '0') * 64 + (data[2] - '0') * 8 + (data[3] - '0'));
                len = 4;
        }

        written->data += len;
        written->len -= len;
        return c;
}

/* Length of the written path in the other one when it is a prefix of it; 0 when it is not. */
static size_t match(struct text written, const char *path)
{
        size_t n = 0;

        for (; written.len > 0; n++)
                if (path[n] == '\0' || take_character(&written) != path[n])
                        return 0;

        return n;
}

bool mountinfo_path_equal(struct text written, const char *path)
{
        return written.len > 0 && match(written, path) == strlen(path);
}

bool mountinfo_find(struct text content, const char *point, struct mountinfo *ret)
{
        struct mountinfo line;
        bool found = false;

        while (mountinfo_next(&content, &line))
                if (mountinfo_path_equal(line.point, point)) {
                        *ret = line;
                        found = true;
                }

        return found;
}

bool mountinfo_holding(struct text content, const char *path, struct mountinfo *ret)
{
        struct mountinfo line;
        size_t best = 0;

        while (mountinfo_next(&content, &line)) {
                size_t n = match(line.point, path);

                if (n == 0 || n < best || (n > 1 && path[n] != '\0' && path[n] != '/'))
                        continue;
                best = n;
                *ret = line;
        }

        return best > 0;
}
