/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/shell-vars.h"
#include "fuzz.h"

#include <string.h>

static void check_assignment(const struct shell_assignment *assignment)
{
        FUZZ_ASSERT(assignment->name.len > 0 && assignment->line > 0 && assignment->nth > 0);
        FUZZ_ASSERT(assignment->value.data);
        FUZZ_ASSERT(!assignment->uncertain || assignment->not_plain);
}

/* What stands between the quotes may be written back, and more behind it. */
static void check_quoted(struct shell_vars *vars, const struct shell_assignment *assignment)
{
        _cleanup_buffer_ struct buffer longer = { 0 };
        struct text inside, now;

        if (!shell_vars_get_quoted(assignment, &inside)) {
                FUZZ_ASSERT(shell_vars_set_quoted(vars, assignment, TEXT("a")) == -EPERM);
                return;
        }
        buffer_add_text(&longer, inside);
        buffer_add_string(&longer, " more");
        if (longer.failed ||
            shell_vars_set_quoted(vars, assignment, (struct text){ longer.data, longer.len }) < 0)
                return;
        FUZZ_ASSERT(shell_vars_get_quoted(assignment, &now) &&
                    text_same(now, (struct text){ longer.data, longer.len }));
}

/* Every assignment that may be edited has the new value afterwards, and nothing else changed. */
static void check_edits(struct shell_vars *vars)
{
        static const char value[] = "a 'b' \"$c\" `d` \\ #";
        _cleanup_shell_vars_ struct shell_vars *again = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };

        for (size_t i = 0; i < vars->n_assignments; i++) {
                int r = shell_vars_set_value(vars, &vars->assignments[i], text_from_string(value));

                FUZZ_ASSERT((r == -EPERM) == (vars->assignments[i].not_plain != NULL));
                if (vars->assignments[i].only_expands)
                        check_quoted(vars, &vars->assignments[i]);
        }
        shell_vars_print(vars, &out);
        if (out.failed || shell_vars_parse(out.data ? out.data : "", out.len, &again) < 0)
                return;

        FUZZ_ASSERT(again->n_assignments == vars->n_assignments);
        for (size_t i = 0; i < vars->n_assignments; i++) {
                FUZZ_ASSERT(text_same(again->assignments[i].name, vars->assignments[i].name));
                if (vars->assignments[i].only_expands)
                        FUZZ_ASSERT(
                                text_same(again->assignments[i].raw_value, vars->assignments[i].raw_value));
                if (!vars->assignments[i].not_plain)
                        FUZZ_ASSERT(!again->assignments[i].uncertain &&
                                    text_equal(again->assignments[i].value, value));
        }
}

/* A line that is appended counts, and leaves what stands before it as it was. */
static void check_append(struct text input, const struct shell_vars *vars)
{
        static const char value[] = "a 'b' \"$c\" `d` \\ #";
        _cleanup_shell_vars_ struct shell_vars *again = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        struct shell_value effective;
        int r;

        r = shell_vars_append(input, "APPENDED", text_from_string(value), &out);
        if (r < 0) {
                FUZZ_ASSERT(r == -ENOMEM || (r == -EPERM && out.len == 0));
                return;
        }
        if (out.failed || shell_vars_parse(out.data, out.len, &again) < 0)
                return;

        FUZZ_ASSERT(out.len > input.len && memcmp(out.data, input.data, input.len) == 0);
        FUZZ_ASSERT(shell_vars_get(again, "APPENDED", &effective) == SHELL_CERTAIN);
        FUZZ_ASSERT(text_equal(effective.text, value));
        FUZZ_ASSERT(again->n_assignments == vars->n_assignments + 1);
        for (size_t i = 0; i < vars->n_assignments; i++)
                FUZZ_ASSERT(text_same(again->assignments[i].raw_value, vars->assignments[i].raw_value) &&
                            !again->assignments[i].uncertain == !vars->assignments[i].uncertain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text input = { (const char *) data, size };
        _cleanup_shell_vars_ struct shell_vars *vars = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        struct shell_value value;

        if (shell_vars_parse(input.data, input.len, &vars) < 0)
                return 0;

        shell_vars_print(vars, &out);
        FUZZ_ASSERT(text_same(input, (struct text){ out.data, out.len }));
        for (size_t i = 0; i < vars->n_assignments && i < 1000; i++) {
                _cleanup_free_ char *name = text_dup(vars->assignments[i].name);

                check_assignment(&vars->assignments[i]);
                if (!name)
                        return 0;
                FUZZ_ASSERT(shell_vars_last(vars, name) >= &vars->assignments[i]);
                FUZZ_ASSERT(shell_vars_count(vars, name) >= vars->assignments[i].nth);
                FUZZ_ASSERT(shell_vars_get(vars, name, &value) != SHELL_UNSET);
        }
        if (shell_vars_get(vars, "A", &value) == SHELL_UNCERTAIN)
                FUZZ_ASSERT(value.cause);

        check_append(input, vars);
        check_edits(vars);
        return 0;
}
