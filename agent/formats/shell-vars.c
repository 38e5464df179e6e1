/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/shell-vars.h"

#include "formats/shell-scope.h"

#include <string.h>

static bool spans_lines(struct text text)
{
        return text.len > 0 && memchr(text.data, '\n', text.len);
}

static void find_not_plain(struct shell_vars *vars, const struct shell_scope *scope)
{
        for (size_t i = 0; i < vars->n_assignments; i++) {
                struct shell_assignment *assignment = &vars->assignments[i];
                struct shell_value value;

                if (assignment->uncertain)
                        assignment->not_plain = assignment->uncertain;
                else if (shell_scope_get(scope, assignment->name, &value) == SHELL_UNCERTAIN)
                        assignment->not_plain = value.cause;
                else if (shell_scope_count(scope, assignment->name) > 1)
                        assignment->not_plain = "the variable is assigned more than once";
                else if (spans_lines(assignment->raw_value))
                        assignment->not_plain = "the value spans lines";
                else if ((i > 0 && assignment[-1].line == assignment->line) ||
                         (i + 1 < vars->n_assignments && assignment[1].line == assignment->line))
                        assignment->not_plain = "other assignments stand on the same line";
                else if (assignment->expands) {
                        assignment->not_plain = "the value refers to a variable";
                        assignment->only_expands = true;
                }
        }
}

static int parse_copy(struct shell_vars *vars, size_t len, struct shell_scope *scope, unsigned file)
{
        struct text text = { vars->data, len };
        const struct shell_assignment *last;
        const char *end = vars->data;

        if (text_has_nul(text))
                shell_scope_lose(scope, file, 0, "the file contains a NUL byte");
        else {
                int r;

                r = shell_parse(vars, text, scope, file);
                if (r < 0)
                        return r;
        }

        if (vars->n_assignments > 0) {
                last = &vars->assignments[vars->n_assignments - 1];
                end = last->raw_value.data + last->raw_value.len;
        }
        vars->tail = (struct text){ end, (size_t) (vars->data + len - end) };
        find_not_plain(vars, scope);
        return 0;
}

int shell_vars_parse_in(struct shell_scope *scope, unsigned file, const char *data, size_t len,
                        struct shell_vars **ret)
{
        _cleanup_shell_vars_ struct shell_vars *vars = calloc(1, sizeof(*vars));
        int r;

        if (!vars)
                return -ENOMEM;
        vars->data = malloc(len + 1);
        if (!vars->data)
                return -ENOMEM;
        if (len > 0)
                memcpy(vars->data, data, len);
        r = parse_copy(vars, len, scope, file);
        if (r < 0)
                return r;

        *ret = take_ptr(vars);
        return 0;
}

int shell_vars_parse(const char *data, size_t len, struct shell_vars **ret)
{
        _cleanup_shell_scope_ struct shell_scope *scope = shell_scope_new();
        int r;

        if (!scope)
                return -ENOMEM;
        r = shell_vars_parse_in(scope, 0, data, len, ret);
        if (r < 0)
                return r;

        (*ret)->own_scope = take_ptr(scope);
        return 0;
}

void shell_vars_print(const struct shell_vars *vars, struct buffer *out)
{
        for (size_t i = 0; i < vars->n_assignments; i++) {
                buffer_add_text(out, vars->assignments[i].before);
                buffer_add_text(out, vars->assignments[i].raw_value);
        }
        buffer_add_text(out, vars->tail);
}

int shell_vars_add(struct shell_vars *vars, const struct shell_assignment *assignment)
{
        int r = array_grow(&vars->assignments, vars->n_assignments, sizeof(*vars->assignments));

        if (r >= 0)
                r = array_grow(&vars->decoded, vars->n_assignments, sizeof(*vars->decoded));
        if (r < 0)
                return r;

        vars->decoded[vars->n_assignments] = NULL;
        vars->assignments[vars->n_assignments++] = *assignment;
        return 0;
}

struct shell_vars *shell_vars_free(struct shell_vars *vars)
{
        if (!vars)
                return NULL;

        (void) shell_scope_free(vars->own_scope);
        for (size_t i = 0; i < vars->n_assignments; i++)
                free(vars->decoded[i]);
        for (size_t i = 0; i < vars->n_edits; i++)
                free(vars->edits[i]);
        free(vars->edits);
        free(vars->decoded);
        free(vars->assignments);
        free(vars->data);
        free(vars);
        return NULL;
}

enum shell_state shell_vars_get(const struct shell_vars *vars, const char *name,
                                struct shell_value *ret_value)
{
        if (!vars->own_scope)
                return SHELL_UNSET;

        return shell_scope_get(vars->own_scope, text_from_string(name), ret_value);
}

size_t shell_vars_count(const struct shell_vars *vars, const char *name)
{
        const struct shell_assignment *last = shell_vars_last(vars, name);

        return last ? last->nth : 0;
}

const struct shell_assignment *shell_vars_last(const struct shell_vars *vars, const char *name)
{
        for (size_t i = vars->n_assignments; i > 0; i--)
                if (text_equal(vars->assignments[i - 1].name, name))
                        return &vars->assignments[i - 1];

        return NULL;
}
