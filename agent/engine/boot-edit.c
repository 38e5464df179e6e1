/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit-internal.h"
#include "engine/context.h"
#include "engine/diag.h"
#include "engine/root.h"

#include <string.h>

static void work_done(struct boot_edit_work *work)
{
        for (size_t i = 0; i < work->n_lines; i++) {
                kernel_cmdline_free(work->lines[i].wanted);
                free(work->lines[i].places);
                free(work->lines[i].touched);
                free(work->lines[i].refused);
        }
        free(work->lines);
        for (size_t i = 0; i < work->n_sources; i++) {
                free(work->sources[i].tokens);
                free(work->sources[i].operations);
                free(work->sources[i].refused);
        }
        free(work->sources);
        for (size_t i = 0; i < work->n_files; i++)
                free(work->files[i].refused);
        free(work->files);
        for (size_t i = 0; i < work->n_strings; i++)
                free(work->strings[i]);
        free(work->strings);
}

static int refuse_line(struct boot_edit_line *line, const char *path, unsigned number, const char *format,
                       ...) _printf_(4, 5);
static int refuse_line(struct boot_edit_line *line, const char *path, unsigned number, const char *format,
                       ...)
{
        va_list arguments;

        va_start(arguments, format);
        line->refused = string_formatv(format, arguments);
        va_end(arguments);
        line->refused_path = path;
        line->refused_line = number;
        return line->refused ? 0 : -ENOMEM;
}

static int refuse_uncertain(struct boot_edit_line *line)
{
        const struct boot_line *from = line->line;

        if (from->not_editable)
                return refuse_line(line, from->path, from->line, "%s", from->not_editable);

        return refuse_line(line, from->uncertain_path, from->uncertain_line,
                           "the command line cannot be told: %s", from->uncertain);
}

/* What the fixer could not make of the line. */
static int refuse_edit(struct boot_edit_work *work, struct boot_edit_line *line, int error)
{
        const struct boot_line *from = line->line;
        const struct diag *diag = context_diag(work->context);
        int r;

        if (error == -EBADMSG)
                return refuse_line(line, from->path, from->line, "a quote in it is not closed");
        if (error == -EINVAL)
                return refuse_line(line, from->path, from->line,
                                   "a parameter in it cannot be written as one word");
        if (error != -EPERM || diag->error != -EPERM || !diag->message)
                return error;

        r = refuse_line(line, from->path, from->line, "%s", diag->message);
        diag_clear(context_diag(work->context));
        return r;
}

/* 1 when the line wants a change, 0 when not or when it is refused. */
static int ask(struct boot_edit_work *work, struct boot_edit_line *line, boot_edit_tokens edit,
               void *userdata)
{
        const struct boot_line *from = line->line;
        int r;

        r = kernel_cmdline_parse(from->text, strlen(from->text), &line->wanted);
        if (r < 0)
                return r;
        r = edit(line->wanted, from, userdata);
        if (r <= 0)
                return r == 0 ? 0 : refuse_edit(work, line, r);

        if (from->not_editable)
                return refuse_line(line, from->path, from->line, "%s", from->not_editable);
        return 1;
}

static int take_line(struct boot_edit_work *work, const struct boot_line *from, boot_edit_tokens edit,
                     void *userdata)
{
        struct boot_edit_line *line;
        int r;

        r = array_grow(&work->lines, work->n_lines, sizeof(*work->lines));
        if (r < 0)
                return r;
        line = &work->lines[work->n_lines++];
        *line = (struct boot_edit_line){ .line = from };
        if (from->uncertain)
                return refuse_uncertain(line);

        r = ask(work, line, edit, userdata);
        if (r < 0)
                return r;
        line->changed = r > 0;
        if (!line->changed) {
                kernel_cmdline_free(line->wanted);
                line->wanted = NULL;
        }

        r = boot_edit_locate(work, line);
        return r < 0 ? r : boot_edit_compare(work, line);
}

/* A line gives up as a whole, and what it gives up is given up by all who share it. */
static int spread_refusals(struct boot_edit_work *work)
{
        bool again = true;

        while (again) {
                again = false;
                for (size_t i = 0; i < work->n_lines; i++) {
                        struct boot_edit_line *line = &work->lines[i];
                        const struct boot_edit_source *bad = NULL;
                        int r;

                        for (size_t s = 0; s < line->n_touched && !bad; s++)
                                if (work->sources[line->touched[s]].refused)
                                        bad = &work->sources[line->touched[s]];
                        if (!bad || line->refused)
                                continue;
                        again = true;
                        r = refuse_line(line, bad->path, bad->line, "%s", bad->refused);
                        for (size_t s = 0; s < line->n_touched && r >= 0; s++)
                                if (boot_edit_refuse_source(&work->sources[line->touched[s]], "%s",
                                                            bad->refused) == -ENOMEM)
                                        r = -ENOMEM;
                        if (r < 0)
                                return r;
                }
        }

        return 0;
}

static bool is_alive(const struct boot_edit_source *source)
{
        return source->n_operations > 0 && !source->refused;
}

/* Carries out what is wanted of one file. 1 when a source was refused meanwhile: begin again without it. */
static int edit_file(struct boot_edit_work *work, const struct boot_edit_file *file, struct buffer *out)
{
        const struct boot_edit_format *format = NULL;
        void *parsed = NULL;
        int r = 0, refused = 0;

        for (size_t i = 0; i < work->n_sources && r >= 0; i++) {
                struct boot_edit_source *source = &work->sources[i];

                if (!is_alive(source) || strcmp(source->path, file->path) != 0)
                        continue;
                if (!format) {
                        format = source->format;
                        r = format->parse(file->before, &parsed);
                }
                if (r >= 0)
                        r = format->edit(parsed, source);
                if (r == -EPERM)
                        refused = 1, r = 0;
        }

        if (r >= 0 && !refused && format)
                format->print(parsed, out);
        else if (r >= 0 && !refused)
                buffer_add_text(out, file->before);
        if (file->unended && !text_ends((struct text){ out->data, out->len }, "\n"))
                buffer_add_char(out, '\n');
        if (format)
                format->free(parsed);
        return r < 0 ? r : out->failed ? -ENOMEM : refused;
}

/* The engine will not have the file touched: so every source in it is refused. */
static int refuse_file(struct boot_edit_work *work, struct boot_edit_file *file)
{
        const struct diag *diag = context_diag(work->context);
        const char *reason = diag->error == -EPERM && diag->message ? diag->message : "it may not be changed";

        for (size_t i = 0; i < work->n_sources; i++) {
                struct boot_edit_source *source = &work->sources[i];

                if (is_alive(source) && strcmp(source->path, file->path) == 0 &&
                    boot_edit_refuse_source(source, "%s", reason) == -ENOMEM)
                        return -ENOMEM;
        }

        file->refused = strdup(reason);
        if (!file->refused)
                return -ENOMEM;
        diag_clear(context_diag(work->context));
        return 1;
}

static int write_file(struct boot_edit_work *work, struct boot_edit_file *file)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct text after;
        int r;

        if (file->refused)
                return 0;
        r = edit_file(work, file, &out);
        if (r != 0)
                return r;

        after = out.data ? (struct text){ out.data, out.len } : TEXT("");
        if (!file->written && text_same(file->before, after))
                return 0;
        r = plan_write(work->plan, file->path, after, 0644);
        if (r == -EPERM)
                return refuse_file(work, file);
        file->written = true;
        return r;
}

static int add_file(struct boot_edit_work *work, const char *path, const struct boot_line *unended)
{
        struct boot_edit_file made = { .path = path, .before = TEXT("") };
        const struct root_file *file;
        int r;

        for (size_t i = 0; i < work->n_files; i++)
                if (strcmp(work->files[i].path, path) == 0)
                        return 0;

        r = root_read(work->root, path, &file);
        if (r < 0 && r != -ENOENT)
                return r;
        if (r >= 0)
                made.before = file->content;
        if (unended && made.before.len > 0 && !text_ends(made.before, "\n"))
                made.unended = unended;
        r = array_grow(&work->files, work->n_files, sizeof(*work->files));
        if (r < 0)
                return r;
        work->files[work->n_files++] = made;
        return 0;
}

/* With BOOT_EDIT_NEWLINES. */
static int add_templates(struct boot_edit_work *work)
{
        for (size_t i = 0; i < work->boot->n_lines; i++) {
                const struct boot_line *line = &work->boot->lines[i];

                for (size_t p = 0; p < line->n_parts && line->role == BOOT_FUTURE; p++) {
                        const char *path = line->parts[p].path;
                        int r = 0;

                        if (text_starts(text_from_string(path), "/etc/default/grub"))
                                r = root_resolve(work->root, path, &path, NULL);
                        else
                                continue;
                        if (r >= 0)
                                r = add_file(work, path, line);
                        if (r < 0)
                                return r;
                }
        }

        return 0;
}

static int write_files(struct boot_edit_work *work)
{
        int r;

        for (size_t i = 0; i < work->n_sources; i++)
                if (is_alive(&work->sources[i])) {
                        r = add_file(work, work->sources[i].path, NULL);
                        if (r < 0)
                                return r;
                }

        do {
                r = spread_refusals(work);
                for (size_t i = 0; i < work->n_files && r == 0; i++)
                        r = write_file(work, &work->files[i]);
        } while (r > 0);
        return r;
}

static int add_refusal(struct boot_edit_result *result, const struct boot_line *line, const char *path,
                       unsigned number, const char *reason)
{
        struct boot_edit_refusal *refusal;
        int r;

        r = array_grow(&result->refusals, result->n_refusals, sizeof(*result->refusals));
        if (r < 0)
                return r;

        refusal = &result->refusals[result->n_refusals++];
        *refusal = (struct boot_edit_refusal){ strdup(path), number, strdup(reason), line };
        return refusal->path && refusal->reason ? 0 : -ENOMEM;
}

static int make_result(const struct boot_edit_work *work, struct boot_edit_result *result)
{
        int r = 0;

        for (size_t i = 0; i < work->n_lines && r >= 0; i++) {
                const struct boot_edit_line *line = &work->lines[i];

                if (line->refused)
                        r = add_refusal(result, line->line, line->refused_path, line->refused_line,
                                        line->refused);
                result->n_changed += line->changed && !line->refused;
        }
        for (size_t i = 0; i < work->n_files && r >= 0; i++) {
                const struct boot_edit_file *file = &work->files[i];

                if (file->refused && file->unended)
                        r = add_refusal(result, file->unended, file->path, 0, file->refused);
        }

        return r;
}

int boot_edit_with(struct plan *plan, unsigned flags, boot_edit_tokens edit, void *userdata,
                   struct boot_edit_result *ret)
{
        _cleanup_(work_done) struct boot_edit_work work = { .plan = plan, .context = plan_context(plan) };
        _cleanup_boot_edit_ struct boot_edit_result result = { 0 };
        int r;

        work.root = context_root(work.context);
        r = boot_get(work.context, &work.boot);
        for (size_t i = 0; r >= 0 && i < work.boot->n_lines; i++)
                if (work.boot->lines[i].role != BOOT_RUNNING &&
                    ((flags & BOOT_EDIT_RECOVERY) || boot_line_counts(&work.boot->lines[i])))
                        r = take_line(&work, &work.boot->lines[i], edit, userdata);
        if (r >= 0 && (flags & BOOT_EDIT_NEWLINES))
                r = add_templates(&work);
        if (r >= 0)
                r = write_files(&work);
        if (r >= 0)
                r = make_result(&work, &result);
        if (r < 0)
                return r;

        *ret = result;
        result = (struct boot_edit_result){ 0 };
        return 0;
}

int boot_edit(struct plan *plan, boot_edit_tokens edit, void *userdata, struct boot_edit_result *ret)
{
        return boot_edit_with(plan, 0, edit, userdata, ret);
}

void boot_edit_result_done(struct boot_edit_result *result)
{
        for (size_t i = 0; i < result->n_refusals; i++) {
                free(result->refusals[i].path);
                free(result->refusals[i].reason);
        }
        free(result->refusals);
        *result = (struct boot_edit_result){ 0 };
}
