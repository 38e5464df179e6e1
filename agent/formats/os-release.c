/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/os-release.h"

#include <string.h>

#define LINES_MAX 65536

static bool is_name(struct text name)
{
        for (size_t i = 0; i < name.len; i++) {
                char c = name.data[i];

                if (!(c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      (i > 0 && c >= '0' && c <= '9')))
                        return false;
        }

        return name.len > 0;
}

/* What a backslash protects: anything outside quotes, these four inside double quotes. */
static bool is_escaped(char quote, char next)
{
        return quote == '\0' || (quote == '"' && strchr("\"$`\\", next) && next != '\0');
}

/* Resolves quotes as a shell does, into memory at *at. Returns an error text, or NULL. */
static const char *resolve(struct text raw, char **at, struct text *ret)
{
        char *out = *at, quote = '\0';
        const char *error = NULL;

        for (size_t i = 0; i < raw.len; i++) {
                char c = raw.data[i];

                if (c == '\\' && i + 1 < raw.len && is_escaped(quote, raw.data[i + 1]))
                        *out++ = raw.data[++i];
                else if (quote != '\0' && c == quote)
                        quote = '\0';
                else if (quote == '\0' && (c == '"' || c == '\''))
                        quote = c;
                else if (quote == '\0' && c != '\0' && strchr(" \t;&|<>()$`", c))
                        error = "value with a blank or a shell character is not quoted";
                else
                        *out++ = c;
        }
        if (quote != '\0')
                error = "quote is not closed";

        *ret = (struct text){ *at, (size_t) (out - *at) };
        *out++ = '\0';
        *at = out;
        return error;
}

static const char *parse_assignment(struct os_release_line *line, struct text content, char **at)
{
        struct text name, raw;

        if (text_has_nul(content))
                return "NUL byte in the line";
        if (!text_split(content, '=', &name, &raw))
                return "neither a comment nor an assignment";

        line->name = name;
        line->equals = TEXT("=");
        line->raw = raw;
        if (!is_name(name))
                return "not a valid name in front of '='";
        /* Blanks at the end are no part of the value; in front of it they make it a command. */
        while (raw.len > 0 && (raw.data[raw.len - 1] == ' ' || raw.data[raw.len - 1] == '\t'))
                raw.len--;

        return resolve(raw, at, &line->value);
}

static void parse_line(struct os_release_line *line, struct text whole, char **at)
{
        struct text content = text_chomp(whole), trimmed = text_trim(content);

        line->name = line->equals = line->value = TEXT("");
        line->raw = content;
        line->ending = (struct text){ content.data + content.len, whole.len - content.len };
        if (trimmed.len == 0)
                line->kind = OS_RELEASE_BLANK;
        else if (trimmed.data[0] == '#')
                line->kind = OS_RELEASE_COMMENT;
        else {
                line->error = parse_assignment(line, content, at);
                line->kind = line->error ? OS_RELEASE_INVALID : OS_RELEASE_ASSIGNMENT;
        }
}

int os_release_parse(const char *data, size_t len, struct os_release **ret)
{
        _cleanup_os_release_ struct os_release *release = calloc(1, sizeof(*release));
        struct text rest, whole;
        char *at;
        int r;

        if (len > SIZE_MAX / 4)
                return -E2BIG;
        if (!release)
                return -ENOMEM;
        /* The bytes, then the values: a value and its NUL are no longer than "=value" in the file. */
        release->data = malloc(2 * len + 1);
        if (!release->data)
                return -ENOMEM;
        if (len > 0)
                memcpy(release->data, data, len);

        at = release->data + len;
        rest = (struct text){ release->data, len };
        while (text_next_line(&rest, &whole)) {
                if (release->n_lines == LINES_MAX)
                        return -E2BIG;
                r = array_grow(&release->lines, release->n_lines, sizeof(*release->lines));
                if (r < 0)
                        return r;
                release->lines[release->n_lines] = (struct os_release_line){ .number = release->n_lines + 1 };
                parse_line(release->lines + release->n_lines++, whole, &at);
        }

        *ret = take_ptr(release);
        return 0;
}

void os_release_print(const struct os_release *release, struct buffer *out)
{
        for (size_t i = 0; i < release->n_lines; i++) {
                buffer_add_text(out, release->lines[i].name);
                buffer_add_text(out, release->lines[i].equals);
                buffer_add_text(out, release->lines[i].raw);
                buffer_add_text(out, release->lines[i].ending);
        }
}

struct os_release *os_release_free(struct os_release *release)
{
        if (!release)
                return NULL;

        free(release->lines);
        free(release->data);
        free(release);
        return NULL;
}

bool os_release_get(const struct os_release *release, const char *name, struct text *ret)
{
        for (size_t i = release->n_lines; i > 0; i--)
                if (release->lines[i - 1].kind == OS_RELEASE_ASSIGNMENT &&
                    text_equal(release->lines[i - 1].name, name)) {
                        *ret = release->lines[i - 1].value;
                        return true;
                }

        return false;
}
