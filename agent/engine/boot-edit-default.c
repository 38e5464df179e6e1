/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit-internal.h"
#include "formats/grub-default.h"

#include <string.h>

/* The bytes of /etc/default/grub and of the files after it. */

struct defaults {
        struct grub_default *parsed; /* of this file alone */
        struct buffer tail;          /* assignments that are added */
        bool empty;
};

static void free_defaults(void *parsed)
{
        struct defaults *defaults = parsed;

        if (!defaults)
                return;

        (void) grub_default_free(defaults->parsed);
        buffer_done(&defaults->tail);
        free(defaults);
}

static int parse_defaults(struct text content, void **ret)
{
        const struct grub_default_file file = { TEXT(""), content };
        struct defaults *defaults = calloc(1, sizeof(*defaults));
        int r = defaults ? grub_default_parse(&file, 1, &defaults->parsed) : -ENOMEM;

        if (r < 0) {
                free(defaults);
                return r;
        }

        defaults->empty = content.len == 0;
        if (content.len > 0 && !text_ends(content, "\n"))
                buffer_add_char(&defaults->tail, '\n');
        *ret = defaults;
        return 0;
}

static void print_defaults(const void *parsed, struct buffer *out)
{
        const struct defaults *defaults = parsed;

        grub_default_print(defaults->parsed, 0, out);
        /* A newline alone is no addition. */
        if (defaults->tail.len > 1)
                buffer_add(out, defaults->tail.data, defaults->tail.len);
}

/* A file of our own is read after the others and adds to what they have set. */
static int add_assignment(struct defaults *defaults, const struct boot_edit_source *source)
{
        struct buffer *out = &defaults->tail;

        if (defaults->empty)
                buffer_add_string(out, "# Added by ecs-guest-agent to what the files before this one set.\n");
        defaults->empty = false;
        buffer_addf(out, "%s=\"$%s", source->variable, source->variable);
        for (size_t i = 0; i < source->n_operations; i++)
                buffer_addf(out, " %.*s", TEXT_ARGS(source->operations[i].token));
        buffer_add_string(out, "\"\n");
        return out->failed ? -ENOMEM : 0;
}

/* The assignment on that line; of a line without tokens it is only known that it is one of the two. */
static const struct shell_assignment *find_assignment(const struct shell_vars *vars,
                                                      const struct boot_edit_source *source)
{
        for (size_t i = 0; i < vars->n_assignments; i++) {
                const struct shell_assignment *assignment = &vars->assignments[i];

                if (assignment->line != source->line)
                        continue;
                if (source->variable ? text_equal(assignment->name, source->variable)
                                     : text_starts(assignment->name, "GRUB_CMDLINE_LINUX"))
                        return assignment;
        }

        return NULL;
}

static int edit_quoted(struct shell_vars *vars, const struct shell_assignment *assignment, struct text inside,
                       struct boot_edit_source *source)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        int r;

        r = boot_edit_splice_plain(source, inside, true, &out);
        if (r >= 0)
                r = shell_vars_set_quoted(vars, assignment,
                                          (struct text){ out.data ? out.data : "", out.len });
        return r == -EINVAL ? boot_edit_refuse_source(source, "the new value would have to be quoted") : r;
}

/* What the same value is written as may differ from what stands there: other bytes than those of the change
 * would change too. */
static int edit_value(struct shell_vars *vars, const struct shell_assignment *assignment,
                      struct boot_edit_source *source)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct text raw = assignment->raw_value;
        int r;

        r = shell_vars_set_value(vars, assignment, assignment->value);
        if (r >= 0 && !text_same(raw, assignment->raw_value))
                r = boot_edit_refuse_source(source, "its value is quoted in a way that is not edited");
        if (r >= 0)
                r = boot_edit_splice_plain(source, assignment->value, true, &out);
        if (r >= 0)
                r = shell_vars_set_value(vars, assignment,
                                         (struct text){ out.data ? out.data : "", out.len });
        return r == -EINVAL ? boot_edit_refuse_source(source, "its value cannot be quoted") : r;
}

static int edit_defaults(void *parsed, struct boot_edit_source *source)
{
        struct defaults *defaults = parsed;
        struct shell_vars *vars = defaults->parsed->files[0].vars;
        const struct shell_assignment *assignment;
        struct text inside;

        if (source->line == 0)
                return add_assignment(defaults, source);

        assignment = find_assignment(vars, source);
        if (!assignment)
                return boot_edit_refuse_source(source, "no assignment stands on that line");
        if (assignment->expands && shell_vars_get_quoted(assignment, &inside))
                return edit_quoted(vars, assignment, inside, source);
        if (assignment->not_plain)
                return boot_edit_refuse_source(source, "%.*s is no plain assignment: %s",
                                               TEXT_ARGS(assignment->name), assignment->not_plain);
        return edit_value(vars, assignment, source);
}

const struct boot_edit_format boot_edit_format_default = {
        .parse = parse_defaults,
        .free = free_defaults,
        .print = print_defaults,
        .edit = edit_defaults,
};
