/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resume-internal.h"

#include "engine/boot.h"
#include "engine/devices.h"
#include "engine/mounts.h"
#include "engine/probe.h"

#include <string.h>

static void resume_free(void *model)
{
        struct resume *resume = model;

        if (!resume)
                return;

        for (size_t i = 0; i < resume->n_references; i++) {
                free(resume->references[i].option);
                free(resume->references[i].source);
                free(resume->references[i].path);
        }
        for (size_t i = 0; i < resume->n_doubts; i++) {
                free(resume->doubts[i].path);
                free(resume->doubts[i].cause);
        }
        free(resume->references);
        free(resume->doubts);
        free(resume);
}

static void resume_free_pointer(struct resume **resume)
{
        resume_free(*resume);
}

static bool is_known(const struct resume *resume, const struct resume_reference *reference)
{
        for (size_t i = 0; i < resume->n_references; i++) {
                const struct resume_reference *other = &resume->references[i];

                if (string_equal(other->option, reference->option) &&
                    string_equal(other->path, reference->path) && other->line == reference->line)
                        return true;
        }

        return false;
}

/* Entries of a menu can share one variable, which is one place to correct. */
int resume_add(struct resume *resume, struct resume_reference *reference)
{
        int r = reference->option && reference->source && reference->path ? 0 : -ENOMEM;
        bool known = r == 0 && is_known(resume, reference);

        if (r == 0 && !known)
                r = array_grow(&resume->references, resume->n_references, sizeof(*reference));
        if (r < 0 || known) {
                free(reference->option);
                free(reference->source);
                free(reference->path);
                return r;
        }

        resume->references[resume->n_references++] = *reference;
        return 0;
}

int resume_add_doubt(struct resume *resume, const char *path, unsigned line, const char *cause)
{
        struct resume_doubt doubt = { .line = line };
        int r;

        for (size_t i = 0; i < resume->n_doubts; i++)
                if (string_equal(resume->doubts[i].path, path) && resume->doubts[i].line == line)
                        return 0;

        r = array_grow(&resume->doubts, resume->n_doubts, sizeof(doubt));
        if (r < 0)
                return r;
        doubt.path = strdup(path);
        doubt.cause = strdup(cause);
        resume->doubts[resume->n_doubts++] = doubt;
        return doubt.path && doubt.cause ? 0 : -ENOMEM;
}

bool resume_names_device(struct text value)
{
        return value.len > 0 && !text_equal(value, "none") && !text_equal(value, "auto");
}

static bool is_swap_volume(struct text volume)
{
        struct text group, name;

        return text_split(volume, '/', &group, &name) && strcasestr(name.data, "swap") != NULL &&
               strcasestr(name.data, "swap") < name.data + name.len;
}

int resume_read_token(const struct kernel_cmdline_token *token, struct resume_reference *reference)
{
        bool volume = kernel_cmdline_key_equal(token->key, "rd.lvm.lv");
        /* The value is not NUL-terminated, the copy is. */
        _cleanup_free_ char *value = text_dup(token->value);

        if (!value)
                return -ENOMEM;
        if (volume ? !is_swap_volume(text_from_string(value)) : !resume_names_device(token->value))
                return 0;

        reference->option = text_dup(token->raw);
        reference->source = string_format("%s%s", volume ? "/dev/" : "", value);
        return 1;
}

static int add_token(struct resume *resume, const struct kernel_cmdline_token *token,
                     const struct resume_reference *place)
{
        struct resume_reference reference = *place;
        int r;

        r = resume_read_token(token, &reference);
        if (r <= 0)
                return r;

        reference.path = strdup(place->path);
        return resume_add(resume, &reference);
}

int resume_add_cmdline(struct resume *resume, const struct kernel_cmdline *cmdline,
                       resume_place_function place_of, const void *data)
{
        bool ignored = kernel_cmdline_first(cmdline, "noresume") != NULL;
        bool file = kernel_cmdline_first(cmdline, "resume_offset") != NULL;
        const struct kernel_cmdline_token *last = kernel_cmdline_last(cmdline, "resume"), *token;
        struct resume_reference place;
        size_t index = 0;
        int r;

        /* Of several resume= the kernel takes the last one. */
        if (last && !ignored) {
                place = place_of(data, last);
                place.file = file;
                r = add_token(resume, last, &place);
                if (r < 0)
                        return r;
        }
        while ((token = kernel_cmdline_next(cmdline, "rd.lvm.lv", &index))) {
                place = place_of(data, token);
                r = add_token(resume, token, &place);
                if (r < 0)
                        return r;
        }

        return 0;
}

static struct resume_reference place_in_line(const void *data, const struct kernel_cmdline_token *token)
{
        const struct boot_line *line = data;
        const struct boot_part *part = boot_line_part(line, token);

        return (struct resume_reference){ .path = (char *) (part ? part->path : line->path),
                                          .line = part ? part->line : line->line };
}

static bool has_role(const struct boot *boot, enum boot_role role)
{
        for (size_t i = 0; i < boot->n_lines; i++)
                if (boot->lines[i].role == role)
                        return true;

        return false;
}

/* The running kernel's line decides nothing for a clone, but stands in where no entry was found. */
static int read_boot(struct context *context, struct resume *resume)
{
        const struct boot *boot;
        bool running;
        int r;

        r = boot_get(context, &boot);
        if (r < 0)
                return r;
        running = !has_role(boot, BOOT_NEXT) && !has_role(boot, BOOT_FUTURE);
        resume->bootable = boot->kernel_installed || !string_equal(boot->loader, "none");
        if (resume->bootable && running && !has_role(boot, BOOT_RUNNING))
                return resume_add_doubt(resume, "/boot", 0, "a kernel, but no boot entry was found");

        for (size_t i = 0; i < boot->n_lines; i++) {
                const struct boot_line *line = &boot->lines[i];

                if (running != (line->role == BOOT_RUNNING) || !boot_line_counts(line))
                        continue;
                resume->bootable = true;
                r = line->uncertain ? resume_add_doubt(resume, line->path, line->line, line->uncertain)
                                    : resume_add_cmdline(resume, line->cmdline, place_in_line, line);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int resume_make(struct context *context, void **ret)
{
        _cleanup_(resume_free_pointer) struct resume *resume = calloc(1, sizeof(*resume));
        int r;

        if (!resume)
                return -ENOMEM;

        r = read_boot(context, resume);
        if (r < 0)
                return r;
        r = resume_read_initramfs(context, resume);
        if (r < 0)
                return r;

        *ret = take_ptr(resume);
        return 0;
}

int resume_get(struct context *context, const struct resume **ret)
{
        static const struct view view = { resume_make, resume_free };
        void *model;
        int r;

        r = context_view(context, &view, &model);
        if (r < 0)
                return r;

        *ret = model;
        return 0;
}
