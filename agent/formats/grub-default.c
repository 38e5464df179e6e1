/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-default.h"

static int parse_file(struct grub_default *grub_default, const struct grub_default_file *file)
{
        size_t i = grub_default->n_files;

        grub_default->files[i].name = text_dup(file->name);
        if (!grub_default->files[i].name)
                return -ENOMEM;

        /* Counted before it is parsed, so that what is half made is freed. */
        grub_default->n_files++;
        return shell_vars_parse_in(grub_default->scope, (unsigned) i, file->data.data, file->data.len,
                                   &grub_default->files[i].vars);
}

int grub_default_parse(const struct grub_default_file *files, size_t n_files, struct grub_default **ret)
{
        _cleanup_grub_default_ struct grub_default *grub_default = calloc(1, sizeof(*grub_default));

        if (!grub_default)
                return -ENOMEM;
        grub_default->files = calloc(n_files + 1, sizeof(*grub_default->files));
        grub_default->scope = shell_scope_new();
        if (!grub_default->files || !grub_default->scope)
                return -ENOMEM;
        shell_scope_assume_empty(grub_default->scope, "GRUB_");

        for (size_t i = 0; i < n_files; i++) {
                int r;

                r = parse_file(grub_default, &files[i]);
                if (r < 0)
                        return r;
        }

        *ret = take_ptr(grub_default);
        return 0;
}

void grub_default_print(const struct grub_default *grub_default, size_t file, struct buffer *out)
{
        shell_vars_print(grub_default->files[file].vars, out);
}

struct grub_default *grub_default_free(struct grub_default *grub_default)
{
        if (!grub_default)
                return NULL;

        (void) shell_scope_free(grub_default->scope);
        for (size_t i = 0; i < grub_default->n_files; i++) {
                free(grub_default->files[i].name);
                (void) shell_vars_free(grub_default->files[i].vars);
        }
        free(grub_default->files);
        free(grub_default);
        return NULL;
}

enum shell_state grub_default_get(const struct grub_default *grub_default, const char *name,
                                  struct shell_value *ret_value)
{
        return shell_scope_get(grub_default->scope, text_from_string(name), ret_value);
}

const struct shell_assignment *grub_default_next_repeated(const struct grub_default *grub_default,
                                                          size_t *file, size_t *index)
{
        for (; *file < grub_default->n_files; (*file)++, *index = 0) {
                const struct shell_vars *vars = grub_default->files[*file].vars;

                while (*index < vars->n_assignments) {
                        const struct shell_assignment *assignment = &vars->assignments[(*index)++];

                        if (assignment->nth > 1)
                                return assignment;
                }
        }

        return NULL;
}

bool grub_default_repeated(const struct grub_default *grub_default, const char *name, size_t *ret_file,
                           unsigned *ret_line)
{
        const struct shell_assignment *assignment;
        size_t file = 0, index = 0;

        while ((assignment = grub_default_next_repeated(grub_default, &file, &index)))
                if (text_equal(assignment->name, name)) {
                        *ret_file = file;
                        *ret_line = assignment->line;
                        return true;
                }

        return false;
}
