/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot.h"
#include "engine/boot-internal.h"
#include "engine/probe.h"

#include <stdio.h>
#include <string.h>

/* All lines together. A menu of ten entries has some 3 KiB. */
#define TEXT_BUDGET ((size_t) 256 * 1024)
#define LOOKUPS_MAX 16384

static const char *const role_names[] = {
        [BOOT_RUNNING] = "running",
        [BOOT_NEXT] = "next",
        [BOOT_FUTURE] = "future",
};
_Static_assert(ARRAY_SIZE(role_names) == BOOT_ROLE_COUNT, "a name for each role");

const char *const boot_esp_places[] = { "/boot/efi", "/efi", "/boot", NULL };

const char *boot_role_name(enum boot_role role)
{
        return role_names[role];
}

size_t boot_count(const struct boot *boot, enum boot_role role)
{
        size_t n = 0;

        for (size_t i = 0; i < boot->n_lines; i++)
                n += boot->lines[i].role == role;

        return n;
}

static void free_model(void *pointer)
{
        struct boot_model *model = pointer;

        if (!model)
                return;

        for (size_t i = 0; i < model->boot.n_lines; i++) {
                free((char *) model->boot.lines[i].text);
                kernel_cmdline_free((struct kernel_cmdline *) model->boot.lines[i].cmdline);
                free(model->boot.lines[i].parts);
        }
        free(model->boot.lines);
        for (size_t i = 0; i < model->n_strings; i++)
                free(model->strings[i]);
        free(model->strings);
        free(model);
}

static void free_model_pointer(struct boot_model **model)
{
        free_model(*model);
}

/* The last newline is the kernel's own. */
static int make_running(struct boot_model *model)
{
        _cleanup_boot_draft_ struct boot_draft draft = { .line = { .role = BOOT_RUNNING } };
        const struct root_file *file;
        int r;

        r = boot_read(model, "/proc/cmdline", &file);
        if (r == -ENOMEM || r == 0)
                return r;
        if (r < 0)
                return boot_add_unreadable(model, BOOT_RUNNING, "/proc/cmdline", r);

        draft.line.path = "/proc/cmdline";
        draft.line.line = 1;
        r = boot_draft_add(&draft, text_chomp(file->content), "/proc/cmdline", 1, NULL);
        if (r < 0)
                return r;
        return boot_add(model, &draft);
}

static bool is_kernel_name(const char *name)
{
        static const char *const prefixes[] = { "vmlinuz", "vmlinux", "bzImage", "Image", "kernel-" };

        for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
                if (text_starts(text_from_string(name), prefixes[i]))
                        return true;

        return false;
}

/* An installed kernel has its modules' tree; an empty directory is left behind by removed packages. */
static int has_modules(struct boot_model *model, const char *release)
{
        static const char *const marks[] = { "modules.builtin", "kernel", "vmlinuz" };

        for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
                _cleanup_free_ char *path = string_format("/lib/modules/%s/%s", release, marks[i]);
                int r = path ? root_exists(model->root, path) : -ENOMEM;

                if (r != 0)
                        return r;
        }

        return 0;
}

/* "Could not look" counts as a kernel: what follows is then unknown and not skipped. */
static int find_kernel(struct boot_model *model)
{
        const char *const *names;
        size_t n_names = 0;
        int r;

        r = boot_list(model, "/boot", &names, &n_names);
        if (r == -ENOMEM)
                return r;
        model->boot.kernel_installed = r < 0;
        for (size_t i = 0; r > 0 && i < n_names; i++)
                if (is_kernel_name(names[i]))
                        model->boot.kernel_installed = true;
        if (model->boot.kernel_installed)
                return 0;

        r = boot_list(model, "/lib/modules", &names, &n_names);
        for (size_t i = 0; r > 0 && i < n_names && !model->boot.kernel_installed; i++) {
                int found = has_modules(model, names[i]);

                if (found == -ENOMEM)
                        return found;
                model->boot.kernel_installed = found != 0;
        }
        return r == -ENOMEM ? r : 0;
}

static int find_firmware(struct boot_model *model)
{
        int r;

        if (!root_is_live(model->root))
                return 0;

        r = root_exists(model->root, "/sys/firmware/efi");
        if (r == -ENOMEM)
                return r;
        if (r >= 0)
                model->firmware = r > 0 ? BOOT_FIRMWARE_UEFI : BOOT_FIRMWARE_BIOS;
        return 0;
}

/* Where nothing but recovery entries is left, the next boot is one of them. */
static void count_recovery(struct boot *boot)
{
        for (size_t i = 0; i < boot->n_lines; i++)
                if (boot->lines[i].role == BOOT_NEXT && boot_line_counts(&boot->lines[i]))
                        return;

        for (size_t i = 0; i < boot->n_lines; i++)
                boot->lines[i].recovery = false;
}

static int make_next(struct boot_model *model)
{
        int r;

        r = boot_make_grub(model);
        if (r >= 0)
                r = boot_make_efi(model);
        if (r >= 0 && boot_count(&model->boot, BOOT_NEXT) == 0)
                r = boot_make_legacy(model);
        if (r < 0)
                return r;

        count_recovery(&model->boot);
        if (boot_default(&model->boot))
                model->boot.default_unknown = NULL;
        else if (!model->boot.default_unknown)
                model->boot.default_unknown = "the boot loader decides it";
        if (boot_count(&model->boot, BOOT_NEXT) > 0 || !model->boot.kernel_installed)
                return 0;
        return boot_add_doubt(model, BOOT_NEXT, "/boot", 0,
                              "a kernel is installed, but no boot loader configuration was found "
                              "(/boot or the EFI system partition may be a file system of its own)");
}

static int make_boot(struct context *context, void **ret)
{
        _cleanup_(free_model_pointer) struct boot_model *model = NULL;
        int r;

        model = calloc(1, sizeof(*model));
        if (!model)
                return -ENOMEM;
        model->root = context_root(context);
        model->host = context_host(context);
        model->budget = TEXT_BUDGET;
        model->n_lookups = LOOKUPS_MAX;
        model->boot.loader = "none";

        r = find_firmware(model);
        if (r >= 0)
                r = find_kernel(model);
        if (r >= 0)
                r = make_running(model);
        if (r >= 0)
                r = make_next(model);
        if (r >= 0)
                r = boot_make_template(model);
        diag_clear(context_diag(context));
        if (r < 0)
                return r;

        *ret = take_ptr(model);
        return 0;
}

static const struct view boot_view = { make_boot, free_model };

int boot_get(struct context *context, const struct boot **ret)
{
        void *model;
        int r;

        r = context_view(context, &boot_view, &model);
        if (r < 0)
                return r;

        *ret = &((const struct boot_model *) model)->boot;
        return 0;
}

int boot_applies(struct context *context, unsigned roles)
{
        const struct boot *boot;
        int r;

        r = boot_get(context, &boot);
        if (r < 0)
                return r;

        for (size_t i = 0; i < boot->n_lines; i++)
                if (roles & (1u << boot->lines[i].role))
                        return 1;
        return probe_skip(context,
                          "no boot loader configuration and no kernel in this root: its command line "
                          "comes from outside");
}

bool boot_line_counts(const struct boot_line *line)
{
        return line->role != BOOT_NEXT || !line->recovery || line->is_default;
}

const struct boot_part *boot_line_part(const struct boot_line *line, const struct kernel_cmdline_token *token)
{
        size_t offset = (size_t) (token->raw.data - line->cmdline->copy);
        const struct boot_part *found = NULL;

        for (size_t i = 0; i < line->n_parts; i++)
                if (!found || line->parts[i].offset <= offset)
                        found = &line->parts[i];

        return found;
}

const struct boot_line *boot_default(const struct boot *boot)
{
        for (size_t i = 0; i < boot->n_lines; i++)
                if (boot->lines[i].is_default)
                        return &boot->lines[i];

        return NULL;
}
