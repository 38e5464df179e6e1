/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resume-edit.h"
#include "engine/context.h"
#include "engine/plan.h"
#include "engine/resume-internal.h"
#include "formats/shell-vars.h"

#include <string.h>

/* 1, 0 or a negative errno; not known is not stale. */
static int is_stale(struct context *context, const struct resume_reference *reference)
{
        enum resume_match match;
        int r;

        r = resume_match(context, reference, &match);
        return r < 0 ? r : match == RESUME_STALE;
}

static int token_is_stale(struct context *context, const struct kernel_cmdline_token *token, bool file)
{
        struct resume_reference reference = { .file = file };
        int r;

        r = resume_read_token(token, &reference);
        if (r > 0)
                r = reference.option && reference.source ? is_stale(context, &reference) : -ENOMEM;
        free(reference.option);
        free(reference.source);
        return r;
}

static int remove_stale(struct context *context, struct kernel_cmdline *cmdline, const char *key, bool file)
{
        int removed = 0;

        for (size_t i = cmdline->n_kernel; i > 0; i--) {
                int r;

                if (!kernel_cmdline_key_equal(cmdline->tokens[i - 1].key, key))
                        continue;
                r = token_is_stale(context, &cmdline->tokens[i - 1], file);
                if (r < 0)
                        return r;
                if (r > 0) {
                        kernel_cmdline_remove(cmdline, i - 1);
                        removed = 1;
                }
        }

        return removed;
}

static void remove_all(struct kernel_cmdline *cmdline, const char *key)
{
        for (size_t i = cmdline->n_kernel; i > 0; i--)
                if (kernel_cmdline_key_equal(cmdline->tokens[i - 1].key, key))
                        kernel_cmdline_remove(cmdline, i - 1);
}

int resume_edit_cmdline(struct context *context, struct kernel_cmdline *cmdline)
{
        bool file = kernel_cmdline_first(cmdline, "resume_offset") != NULL;
        int volumes, devices = 0;

        volumes = remove_stale(context, cmdline, "rd.lvm.lv", false);
        if (volumes < 0)
                return volumes;
        if (!kernel_cmdline_first(cmdline, "noresume"))
                devices = remove_stale(context, cmdline, "resume", file);
        if (devices < 0)
                return devices;
        if (devices > 0 && !kernel_cmdline_first(cmdline, "resume"))
                remove_all(cmdline, "resume_offset");

        return volumes > 0 || devices > 0;
}

/* Each gives the value without what is stale: 1 when that is another one. */
typedef int (*value_function)(struct context *context, struct text value, struct buffer *out);

static int edit_resume(struct context *context, struct text value, struct buffer *out)
{
        _cleanup_free_ char *source = text_dup(value);
        struct resume_reference reference = { .source = source, .initramfs = true };
        int r;

        if (!source)
                return -ENOMEM;
        r = resume_names_device(value) ? is_stale(context, &reference) : 0;
        if (r > 0)
                buffer_add_string(out, "none");
        return r;
}

static int edit_kernel_cmdline(struct context *context, struct text value, struct buffer *out)
{
        _cleanup_kernel_cmdline_ struct kernel_cmdline *cmdline = NULL;
        int r;

        r = kernel_cmdline_parse(value.data, value.len, &cmdline);
        if (r < 0)
                return r;
        r = resume_edit_cmdline(context, cmdline);
        if (r > 0)
                kernel_cmdline_print(cmdline, out);
        return r;
}

/* Only a device that is called swap, as resume-initramfs.c judges it. */
static int device_is_stale(struct context *context, struct text word)
{
        _cleanup_free_ char *source = text_dup(word);
        struct resume_reference reference = { .source = source, .initramfs = true };

        if (!source)
                return -ENOMEM;
        return text_contains(word, "swap") ? is_stale(context, &reference) : 0;
}

/* Takes each word away with the blanks behind it. */
static int edit_add_device(struct context *context, struct text value, struct buffer *out)
{
        const char *end = value.data + value.len, *at = value.data;
        struct text rest = value, word;
        int changed = 0;

        while (text_next_word(&rest, " \t\n", &word)) {
                int r = device_is_stale(context, word);

                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                changed = 1;
                buffer_add(out, at, (size_t) (word.data - at));
                for (at = word.data + word.len; at < end && strchr(" \t\n", *at);)
                        at++;
        }

        buffer_add(out, at, (size_t) (end - at));
        return changed;
}

static const struct {
        const char *variable;
        value_function edit;
} variables[] = {
        { "RESUME", edit_resume },
        { "kernel_cmdline", edit_kernel_cmdline },
        { "add_device", edit_add_device },
};

struct work {
        struct plan *plan;
        struct context *context;
        const struct resume_tool *tool;
        struct resume_edits edits;
};

void resume_edits_done(struct resume_edits *edits)
{
        for (size_t i = 0; i < edits->n; i++)
                free(edits->paths[i]);
        free(edits->paths);
        free(edits->items);
        *edits = (struct resume_edits){ 0 };
}

static int add_edit(struct resume_edits *edits, const char *path, unsigned line, const char *refusal)
{
        char *copy;

        if (array_grow(&edits->items, edits->n, sizeof(*edits->items)) < 0 ||
            array_grow(&edits->paths, edits->n, sizeof(*edits->paths)) < 0)
                return -ENOMEM;
        copy = strdup(path);
        if (!copy)
                return -ENOMEM;

        edits->paths[edits->n] = copy;
        edits->items[edits->n++] = (struct resume_edit){ copy, line, refusal };
        return 0;
}

/* Each file for itself, so that an assignment in another one does not count: every one that names such swap
 * is changed. */
static int parse(const struct resume_tool *tool, struct text content, struct shell_scope **ret_scope,
                 struct shell_vars **ret)
{
        struct shell_scope *scope = shell_scope_new();

        *ret_scope = scope;
        if (!scope)
                return -ENOMEM;
        if (tool->bash)
                shell_scope_assume_bash(scope);
        shell_scope_assume_empty(scope, "");

        return shell_vars_parse_in(scope, 0, content.data, content.len, ret);
}

/* 1 when it was changed; with a reason in *ret_refusal when it should be and cannot. */
static int edit_assignment(const struct work *work, struct shell_vars *vars,
                           const struct shell_assignment *assignment, const char **ret_refusal)
{
        _cleanup_buffer_ struct buffer value = { 0 };
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(variables) && r == 0; i++)
                if (text_equal(assignment->name, variables[i].variable) &&
                    string_in_list(variables[i].variable, work->tool->variables))
                        r = variables[i].edit(work->context, assignment->value, &value);
        if (r <= 0)
                return r;
        if (value.failed)
                return -ENOMEM;

        if (assignment->not_plain) {
                *ret_refusal = assignment->not_plain;
                return 1;
        }
        r = shell_vars_set_value(vars, assignment, (struct text){ value.data, value.len });
        return r < 0 ? r : 1;
}

static int write_file(struct plan *plan, const char *path, const struct shell_vars *vars)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        shell_vars_print(vars, &out);
        if (out.failed)
                return -ENOMEM;
        return plan_write(plan, path, (struct text){ out.data, out.len }, 0644);
}

static int edit_file(const char *path, struct text content, void *userdata)
{
        struct work *work = userdata;
        _cleanup_shell_vars_ struct shell_vars *vars = NULL;
        _cleanup_shell_scope_ struct shell_scope *scope = NULL; /* refers to vars, so it goes first */
        const char *refusal = NULL;
        unsigned line = 0;
        int r;

        r = parse(work->tool, content, &scope, &vars);
        for (size_t i = 0; r >= 0 && !refusal && i < vars->n_assignments; i++) {
                r = edit_assignment(work, vars, &vars->assignments[i], &refusal);
                if (r > 0 && line == 0)
                        line = vars->assignments[i].line;
        }
        if (r < 0 || line == 0)
                return r;

        r = refusal ? 0 : write_file(work->plan, path, vars);
        return r < 0 ? r : add_edit(&work->edits, path, line, refusal);
}

int resume_edit_initramfs(struct plan *plan, struct resume_edits *ret)
{
        struct work work = { .plan = plan, .context = plan_context(plan) };
        int r = 0;

        for (size_t i = 0; i < RESUME_TOOL_COUNT && r >= 0; i++) {
                work.tool = &resume_tools[i];
                r = resume_each_file(context_root(work.context), work.tool, edit_file, &work);
        }
        if (r < 0) {
                resume_edits_done(&work.edits);
                return r;
        }

        *ret = work.edits;
        return 0;
}
