/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/ini.h"

#include <string.h>

static bool is_value(struct text value)
{
        return !text_has_nul(value) && !text_contains(value, "\n") && !text_contains(value, "\r") &&
               !text_ends(value, "\\") && text_trim(value).len == value.len;
}

static bool is_name(const char *name, const char *forbidden)
{
        return name[0] != '\0' && name[0] != '#' && name[0] != ';' && name[0] != '[' &&
               name[strcspn(name, forbidden)] == '\0';
}

/* Keeps a copy until ini is freed. */
static int keep(struct ini *ini, struct text text, struct text *ret)
{
        char *copy;
        int r;

        r = array_grow(&ini->edits, ini->n_edits, sizeof(*ini->edits));
        if (r < 0)
                return r;
        copy = text_dup(text);
        if (!copy)
                return -ENOMEM;

        ini->edits[ini->n_edits++] = copy;
        *ret = (struct text){ copy, text.len };
        return 0;
}

/* Numbers of the lines behind are corrected: messages after an edit count in the new text. */
static int insert(struct ini *ini, size_t at, struct ini_line line)
{
        int r;

        r = array_grow(&ini->lines, ini->n_lines, sizeof(*ini->lines));
        if (r < 0)
                return r;

        line.ending = TEXT("\n");
        if (at > 0) {
                struct ini_line *before = ini->lines + at - 1;

                if (before->ending.len == 0)
                        before->ending = TEXT("\n");
                line.ending = before->ending;
                line.number = before->number + 1;
                for (size_t i = 0; i < before->raw.len; i++)
                        line.number += before->raw.data[i] == '\n';
        } else
                line.number = 1;

        memmove(ini->lines + at + 1, ini->lines + at, (ini->n_lines - at) * sizeof(*ini->lines));
        ini->lines[at] = line;
        ini->n_lines++;
        for (size_t i = at + 1; i < ini->n_lines; i++)
                ini->lines[i].number++;
        return 0;
}

/* Where a new assignment goes: behind the last line of the section that says something. 0 without one. */
static size_t find_place(const struct ini *ini, const char *section)
{
        size_t place = 0;

        for (size_t i = 0; i < ini->n_lines; i++)
                if ((ini->lines[i].kind == INI_SECTION || ini->lines[i].kind == INI_ASSIGNMENT) &&
                    text_equal(ini->lines[i].section, section))
                        place = i + 1;

        return place;
}

static int add_section(struct ini *ini, const char *section)
{
        struct ini_line line = { .kind = INI_SECTION, .lead = TEXT("["), .separator = TEXT("]") };
        int r;

        r = keep(ini, text_from_string(section), &line.name);
        if (r < 0)
                return r;

        line.section = line.name;
        return insert(ini, ini->n_lines, line);
}

int ini_set(struct ini *ini, const char *section, const char *key, struct text value)
{
        struct ini_line *line = (struct ini_line *) ini_find(ini, section, key), added;
        size_t place;
        int r;

        if (!is_value(value) || !is_name(section, "]\r\n") || !is_name(key, "= \t\r\n"))
                return -EINVAL;

        r = keep(ini, value, &value);
        if (r < 0)
                return r;
        if (line) {
                line->raw = line->value = value;
                return 0;
        }

        added = (struct ini_line){
                .kind = INI_ASSIGNMENT, .separator = TEXT("="), .raw = value, .value = value
        };
        r = keep(ini, text_from_string(key), &added.key);
        if (r < 0)
                return r;
        added.name = added.key;

        place = find_place(ini, section);
        if (place == 0) {
                r = add_section(ini, section);
                if (r < 0)
                        return r;
                place = ini->n_lines;
        }
        added.section = ini->lines[place - 1].section;
        return insert(ini, place, added);
}
