/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/shell-vars.h"

#include <string.h>

/* Bytes that mean the same in every shell without quotes. */
static bool is_plain(struct text value)
{
        static const char others[] = "_-+./,:@%=";

        for (size_t i = 0; i < value.len; i++) {
                char c = value.data[i];

                if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      strchr(others, c)))
                        return false;
        }

        return true;
}

static void add_quoted(struct text value, struct text old, struct buffer *out)
{
        bool quoted = old.len > 0 && (old.data[0] == '"' || old.data[0] == '\'');

        if (!quoted && is_plain(value)) {
                buffer_add_text(out, value);
                return;
        }
        if (quoted && old.data[0] == '\'' && !text_contains(value, "'")) {
                buffer_add_char(out, '\'');
                buffer_add_text(out, value);
                buffer_add_char(out, '\'');
                return;
        }

        buffer_add_char(out, '"');
        for (size_t i = 0; i < value.len; i++) {
                if (strchr("$`\"\\", value.data[i]))
                        buffer_add_char(out, '\\');
                buffer_add_char(out, value.data[i]);
        }
        buffer_add_char(out, '"');
}

static bool is_line(struct text value)
{
        return !text_has_nul(value) && !text_contains(value, "\n") && !text_contains(value, "\r");
}

int shell_vars_set_value(struct shell_vars *vars, const struct shell_assignment *assignment,
                         struct text value)
{
        struct shell_assignment *changed = &vars->assignments[assignment - vars->assignments];
        _cleanup_buffer_ struct buffer out = { 0 };
        size_t len;
        int r;

        if (!is_line(value))
                return -EINVAL;
        if (assignment->not_plain)
                return -EPERM;

        /* One allocation: the value, then the value with its quotes. */
        buffer_add_text(&out, value);
        add_quoted(value, assignment->raw_value, &out);
        r = array_grow(&vars->edits, vars->n_edits, sizeof(*vars->edits));
        if (r < 0)
                return r;
        r = buffer_finish(&out, &vars->edits[vars->n_edits], &len);
        if (r < 0)
                return r;

        changed->value = (struct text){ vars->edits[vars->n_edits], value.len };
        changed->raw_value = (struct text){ vars->edits[vars->n_edits] + value.len, len - value.len };
        vars->n_edits++;
        return 0;
}

static bool is_simply_quoted(struct text text)
{
        return !text_has_nul(text) && !text_contains(text, "\n") && !text_contains(text, "\r") &&
               !text_contains(text, "\"") && !text_contains(text, "\\") && !text_contains(text, "`") &&
               !text_contains(text, "$(");
}

bool shell_vars_get_quoted(const struct shell_assignment *assignment, struct text *ret)
{
        struct text raw = assignment->raw_value;

        if ((assignment->not_plain && !assignment->only_expands) || assignment->append || raw.len < 2 ||
            raw.data[0] != '"' || raw.data[raw.len - 1] != '"')
                return false;

        raw = (struct text){ raw.data + 1, raw.len - 2 };
        if (!is_simply_quoted(raw))
                return false;
        *ret = raw;
        return true;
}

int shell_vars_set_quoted(struct shell_vars *vars, const struct shell_assignment *assignment,
                          struct text text)
{
        struct shell_assignment *changed = &vars->assignments[assignment - vars->assignments];
        struct text old;
        int r;

        if (!shell_vars_get_quoted(assignment, &old))
                return -EPERM;
        if (!is_simply_quoted(text))
                return -EINVAL;

        r = array_grow(&vars->edits, vars->n_edits, sizeof(*vars->edits));
        if (r < 0)
                return r;
        vars->edits[vars->n_edits] = string_format("\"%.*s\"", TEXT_ARGS(text));
        if (!vars->edits[vars->n_edits])
                return -ENOMEM;
        changed->raw_value = text_from_string(vars->edits[vars->n_edits++]);
        return 0;
}

/* Whether the last assignment of the text is this one, on a line of its own and certain, and the others are
 * what they were. */
static int is_appended(struct text text, size_t n_before, const char *name, struct text value)
{
        _cleanup_shell_vars_ struct shell_vars *vars = NULL;
        const struct shell_assignment *last;
        struct shell_value effective;
        int r;

        r = shell_vars_parse(text.data, text.len, &vars);
        if (r < 0)
                return r;
        if (vars->n_assignments != n_before + 1)
                return 0;

        last = &vars->assignments[n_before];
        return text_equal(last->name, name) && text_same(last->value, value) && !last->not_plain &&
               !last->exported && shell_vars_get(vars, name, &effective) == SHELL_CERTAIN;
}

int shell_vars_append(struct text content, const char *name, struct text value, struct buffer *out)
{
        _cleanup_shell_vars_ struct shell_vars *vars = NULL;
        _cleanup_buffer_ struct buffer text = { 0 };
        int r;

        if (!is_line(value))
                return -EINVAL;
        r = shell_vars_parse(content.data, content.len, &vars);
        if (r < 0)
                return r;
        if (shell_vars_count(vars, name) > 0 || text_ends(text_chomp(content), "\\"))
                return -EPERM;

        buffer_add_text(&text, content);
        if (content.len > 0 && !text_ends(content, "\n"))
                buffer_add_char(&text, '\n');
        buffer_addf(&text, "%s=", name);
        add_quoted(value, TEXT("\""), &text);
        buffer_add_char(&text, '\n');
        if (text.failed)
                return -ENOMEM;

        r = is_appended((struct text){ text.data, text.len }, vars->n_assignments, name, value);
        if (r <= 0)
                return r < 0 ? r : -EPERM;
        buffer_add(out, text.data, text.len);
        return 0;
}
