/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/ini.h"

#include <string.h>

#define LINES_MAX 65536
#define BOM "\xef\xbb\xbf"

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\r';
}

static struct text skip_blanks(struct text text)
{
        while (text.len > 0 && is_blank(text.data[0])) {
                text.data++;
                text.len--;
        }

        return text;
}

static struct text cut_blanks(struct text text)
{
        while (text.len > 0 && is_blank(text.data[text.len - 1]))
                text.len--;

        return text;
}

/* The bytes from the beginning of a up to the beginning of b, both in one line. */
static struct text between(struct text a, struct text b)
{
        return (struct text){ a.data, (size_t) (b.data - a.data) };
}

static struct text behind(struct text inner, struct text outer)
{
        const char *end = inner.data + inner.len;

        return (struct text){ end, (size_t) (outer.data + outer.len - end) };
}

static bool is_comment(struct text line)
{
        struct text text = skip_blanks(line);

        return text.len > 0 && (text.data[0] == '#' || text.data[0] == ';');
}

static bool is_continued(struct text line)
{
        size_t n = 0;

        line = text_chomp(line);
        while (n < line.len && line.data[line.len - 1 - n] == '\\')
                n++;

        return n % 2 == 1;
}

/* Takes a line and, in a unit, what continues it. Comments between the parts belong to it. */
static bool next_line(struct text *rest, enum ini_dialect dialect, struct text *ret, size_t *ret_n_lines)
{
        struct text line, whole;
        bool continued;

        if (!text_next_line(rest, &whole))
                return false;

        *ret_n_lines = 1;
        continued = dialect == INI_UNIT && !is_comment(whole) && is_continued(whole);
        while (continued && text_next_line(rest, &line)) {
                continued = is_comment(line) || is_continued(line);
                whole.len += line.len;
                (*ret_n_lines)++;
        }

        *ret = whole;
        return true;
}

/* Joins a continued value into memory at *at: each backslash at an end becomes a blank. */
static struct text join(struct text raw, char **at)
{
        struct text joined = { *at, 0 }, line;
        bool first = true;

        while (text_next_line(&raw, &line)) {
                bool comment = !first && is_comment(line);
                /* The last line has lost its ending already. */
                bool continued = is_continued(line);

                if (comment)
                        continue;
                line = text_chomp(line);
                line = first ? line : skip_blanks(line);
                first = false;
                memcpy(*at, line.data, line.len);
                *at += line.len;
                if (continued)
                        (*at)[-1] = ' ';
        }

        joined.len = (size_t) (*at - joined.data);
        return cut_blanks(skip_blanks(joined));
}

static const char *parse_section(struct ini_line *line, struct text content)
{
        struct text inner = skip_blanks(content), name = cut_blanks(inner);

        if (name.len < 3 || name.data[name.len - 1] != ']')
                return "section header is not of the form [name]";
        if (memchr(name.data, '\n', name.len))
                return "section header is continued on another line";

        name = (struct text){ name.data + 1, name.len - 2 };
        line->lead = between(content, name);
        line->name = line->section = name;
        line->separator = behind(name, content);
        line->raw = TEXT("");
        line->kind = INI_SECTION;
        return NULL;
}

static const char *parse_assignment(struct ini_line *line, struct text content, enum ini_dialect dialect,
                                    char **at)
{
        struct text key, value, rest = skip_blanks(content);

        if (!text_split(rest, '=', &key, &value))
                return "neither a section, an assignment nor a comment";
        if (memchr(key.data, '\n', key.len))
                return "line is continued in front of its '='";
        key = cut_blanks(key);
        if (key.len == 0)
                return "no key in front of '='";
        if (line->section.len == 0)
                return "assignment outside a section";

        line->lead = between(content, rest);
        line->name = line->key = key;
        line->raw = cut_blanks(skip_blanks(value));
        line->separator = between(behind(key, content), line->raw);
        line->tail = behind(line->raw, content);
        line->value = line->raw;
        if (dialect == INI_UNIT && (memchr(content.data, '\n', content.len) || is_continued(content)))
                line->value = join((struct text){ line->raw.data, line->raw.len + line->tail.len }, at);
        line->kind = INI_ASSIGNMENT;
        return NULL;
}

static const char *parse_content(struct ini_line *line, struct text content, enum ini_dialect dialect,
                                 char **at)
{
        struct text text = skip_blanks(content);

        line->kind = text.len == 0 ? INI_BLANK : INI_COMMENT;
        if (text.len == 0 || is_comment(content))
                return NULL;

        line->kind = INI_INVALID;
        if (text_has_nul(content))
                return "NUL byte in the line";
        if (text.data[0] == '[')
                return parse_section(line, content);

        return parse_assignment(line, content, dialect, at);
}

static void parse_line(struct ini *ini, struct ini_line *line, struct text whole, enum ini_dialect dialect,
                       char **at)
{
        struct text content = text_chomp(whole);

        line->lead = line->name = line->key = line->value = line->separator = line->tail = TEXT("");
        line->raw = content;
        line->ending = behind(content, whole);
        if (line->number == 1 && ini->bom && dialect == INI_KEYFILE) {
                line->kind = INI_INVALID;
                line->error = "a byte order mark stands in front of the line";
                return;
        }

        if (line->number == 1 && ini->bom) {
                struct text mark = { content.data, strlen(BOM) };

                line->raw = content = behind(mark, content);
                line->error = parse_content(line, content, dialect, at);
                line->lead = (struct text){ mark.data, mark.len + line->lead.len };
                return;
        }

        line->error = parse_content(line, content, dialect, at);
}

static int parse_lines(struct ini *ini, struct text rest, enum ini_dialect dialect, char *at)
{
        struct text section = TEXT(""), whole;
        size_t number = 1, n;

        while (next_line(&rest, dialect, &whole, &n)) {
                struct ini_line *line;
                int r;

                if (number + n - 1 > LINES_MAX)
                        return -E2BIG;
                r = array_grow(&ini->lines, ini->n_lines, sizeof(*ini->lines));
                if (r < 0)
                        return r;

                line = ini->lines + ini->n_lines++;
                *line = (struct ini_line){ .number = number, .section = section };
                parse_line(ini, line, whole, dialect, &at);
                section = line->section;
                number += n;
        }

        return 0;
}

int ini_parse(const char *data, size_t len, enum ini_dialect dialect, struct ini **ret)
{
        _cleanup_ini_ struct ini *ini = calloc(1, sizeof(*ini));
        int r;

        if (len > SIZE_MAX / 4)
                return -E2BIG;
        if (!ini)
                return -ENOMEM;
        /* The bytes, then the joined values, none longer than what it comes from. */
        ini->data = malloc(2 * len + 1);
        if (!ini->data)
                return -ENOMEM;
        if (len > 0)
                memcpy(ini->data, data, len);

        ini->bom = text_starts((struct text){ ini->data, len }, BOM);
        r = parse_lines(ini, (struct text){ ini->data, len }, dialect, ini->data + len);
        if (r < 0)
                return r;

        *ret = take_ptr(ini);
        return 0;
}

void ini_print(const struct ini *ini, struct buffer *out)
{
        for (size_t i = 0; i < ini->n_lines; i++) {
                buffer_add_text(out, ini->lines[i].lead);
                buffer_add_text(out, ini->lines[i].name);
                buffer_add_text(out, ini->lines[i].separator);
                buffer_add_text(out, ini->lines[i].raw);
                buffer_add_text(out, ini->lines[i].tail);
                buffer_add_text(out, ini->lines[i].ending);
        }
}

struct ini *ini_free(struct ini *ini)
{
        if (!ini)
                return NULL;

        for (size_t i = 0; i < ini->n_edits; i++)
                free(ini->edits[i]);
        free(ini->edits);
        free(ini->lines);
        free(ini->data);
        free(ini);
        return NULL;
}

const struct ini_line *ini_next(const struct ini *ini, const struct ini_line *line, const char *section,
                                const char *key)
{
        line = line ? line + 1 : ini->lines;
        for (; line < ini->lines + ini->n_lines; line++)
                if (line->kind == INI_ASSIGNMENT && (!section || text_equal(line->section, section)) &&
                    (!key || text_equal(line->key, key)))
                        return line;

        return NULL;
}

const struct ini_line *ini_find(const struct ini *ini, const char *section, const char *key)
{
        const struct ini_line *line = NULL, *last = NULL;

        while ((line = ini_next(ini, line, section, key)))
                last = line;

        return last;
}

bool ini_get(const struct ini *ini, const char *section, const char *key, struct text *ret)
{
        const struct ini_line *line = ini_find(ini, section, key);

        if (line)
                *ret = line->value;
        return line;
}

bool ini_has_section(const struct ini *ini, const char *section)
{
        for (size_t i = 0; i < ini->n_lines; i++)
                if (ini->lines[i].kind == INI_SECTION && text_equal(ini->lines[i].name, section))
                        return true;

        return false;
}
