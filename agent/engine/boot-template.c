/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-internal.h"
#include "engine/host.h"
#include "engine/root.h"
#include "formats/grub-default.h"
#include "formats/grubenv.h"

#include <string.h>

#define DEFAULT_GRUB "/etc/default/grub"

/* /etc/default/grub and, on Debian and its kin, what is read after it. */
struct sources {
        struct grub_default_file *files; /* names are paths and live as long as the model */
        size_t n_files;
};

static void sources_done(struct sources *sources)
{
        free(sources->files);
}

/* 1 when it was read, 0 when there is none. A file that cannot be read is a line of the model, and -ENODATA.
 */
static int read_source(struct boot_model *model, struct sources *sources, const char *path)
{
        const struct root_file *file;
        const char *kept;
        int r;

        r = boot_read(model, path, &file);
        if (r == -ENOMEM || r == 0)
                return r;
        if (r < 0) {
                r = boot_add_unreadable(model, BOOT_FUTURE, path, r);
                return r < 0 ? r : -ENODATA;
        }

        r = boot_keep(model, strdup(path), &kept);
        if (r >= 0)
                r = array_grow(&sources->files, sources->n_files, sizeof(*sources->files));
        if (r < 0)
                return r;
        sources->files[sources->n_files++] =
                (struct grub_default_file){ text_from_string(kept), file->content };
        return 1;
}

static int add_path(struct boot_default_paths *paths, const char *format, const char *name)
{
        if (array_grow(&paths->items, paths->n, sizeof(*paths->items)) < 0)
                return -ENOMEM;
        paths->items[paths->n] = string_format(format, name);
        return paths->items[paths->n++] ? 0 : -ENOMEM;
}

/* Debian's grub-mkconfig reads grub.d/NAME.cfg after the file, in the order of the names. */
int boot_find_defaults(struct root *root, const struct host *host, struct boot_default_paths *ret)
{
        const char *const *names;
        size_t n_names = 0;
        int r;

        r = add_path(ret, "%s", DEFAULT_GRUB);
        if (r < 0 || !host_is_debian_like(host))
                return r;

        r = root_list(root, BOOT_DEFAULT_GRUB_D, &names, &n_names);
        if (r < 0)
                return boot_is_absent(r) ? 0 : r;
        for (size_t i = 0; i < n_names && r >= 0; i++)
                if (names[i][0] != '.' && text_ends(text_from_string(names[i]), ".cfg"))
                        r = add_path(ret, BOOT_DEFAULT_GRUB_D "/%s", names[i]);

        return r;
}

void boot_default_paths_done(struct boot_default_paths *paths)
{
        for (size_t i = 0; i < paths->n; i++)
                free(paths->items[i]);
        free(paths->items);
}

static int read_sources(struct boot_model *model, struct sources *sources)
{
        _cleanup_boot_default_paths_ struct boot_default_paths paths = { 0 };
        int r;

        r = boot_find_defaults(model->root, model->host, &paths);
        if (r < 0 && r != -ENOMEM) {
                r = boot_add_unreadable(model, BOOT_FUTURE, BOOT_DEFAULT_GRUB_D, r);
                return r < 0 ? r : -ENODATA;
        }
        for (size_t i = 0; i < paths.n && r >= 0; i++)
                r = read_source(model, sources, paths.items[i]);

        return r;
}

/* tuned's own parameters stand in a variable of GRUB's: its hook of kernel-install writes the name into new
 * entries, and grub-mkconfig where a template says "\$tuned_params". */
static int add_tuned(struct boot_model *model, struct boot_draft *draft)
{
        return boot_draft_add(draft, text_trim(model->tuned.value), model->tuned.path, model->tuned.line,
                              "tuned_params");
}

static int add_words(struct boot_model *model, struct boot_draft *draft, struct text value, const char *path,
                     unsigned line, const char *name)
{
        struct text before = { value.data, 0 };
        static const char tuned[] = "$tuned_params";
        const char *at = value.len > 0 ? memmem(value.data, value.len, tuned, strlen(tuned)) : NULL;
        int r;

        if (!at)
                return boot_draft_add(draft, text_trim(value), path, line, name);

        before.len = (size_t) (at - value.data);
        r = boot_draft_add(draft, text_trim(before), path, line, name);
        if (r >= 0)
                r = add_tuned(model, draft);
        value.data = at + strlen(tuned);
        value.len -= before.len + strlen(tuned);
        return r < 0 ? r : boot_draft_add(draft, text_trim(value), path, line, name);
}

/* Adds the value of one variable. *n counts those that have one. */
static int add_variable(struct boot_model *model, const struct sources *sources,
                        const struct grub_default *defaults, struct boot_draft *draft, const char *name,
                        size_t *n)
{
        struct shell_value value = { 0 };
        enum shell_state state = grub_default_get(defaults, name, &value);
        const char *path;

        if (state == SHELL_UNSET)
                return 0;

        (*n)++;
        path = sources->files[value.file].name.data;
        /* Where the first one adds nothing the place is that of the second, which on Ubuntu's cloud images is
         * a file that overrules the ordinary one. */
        if (!draft->line.path || (draft->text.len == 0 && !draft->line.uncertain)) {
                draft->line.path = path;
                draft->line.line = value.line;
        }
        if (state == SHELL_UNCERTAIN) {
                boot_draft_doubt(draft, value.cause, path, value.line);
                return 0;
        }
        return add_words(model, draft, value.text, path, value.line, name);
}

/* What grub-mkconfig would put behind root= and ro in an ordinary entry. */
static int add_defaults(struct boot_model *model)
{
        _cleanup_(sources_done) struct sources sources = { 0 };
        _cleanup_grub_default_ struct grub_default *defaults = NULL;
        _cleanup_boot_draft_ struct boot_draft draft = { .line = { .role = BOOT_FUTURE } };
        size_t n = 0;
        int r;

        r = read_sources(model, &sources);
        if (r == -ENODATA)
                return 0;
        if (r < 0)
                return r;
        if (sources.n_files == 0) {
                model->boot.no_template = "there is no " DEFAULT_GRUB;
                return 0;
        }

        r = grub_default_parse(sources.files, sources.n_files, &defaults);
        if (r >= 0)
                r = add_variable(model, &sources, defaults, &draft, "GRUB_CMDLINE_LINUX", &n);
        if (r >= 0)
                r = add_variable(model, &sources, defaults, &draft, "GRUB_CMDLINE_LINUX_DEFAULT", &n);
        if (r < 0)
                return r;
        if (n == 0) {
                draft.line.path = sources.files[0].name.data;
                boot_draft_doubt(&draft, "neither GRUB_CMDLINE_LINUX nor GRUB_CMDLINE_LINUX_DEFAULT is set",
                                 NULL, 0);
        }
        if (string_equal(model->boot.loader, "grub2-bls")) {
                r = add_tuned(model, &draft);
                if (r < 0)
                        return r;
        }
        return boot_add(model, &draft);
}

/* EL 8: a new entry says $kernelopts, even when all of today's hold literal text. */
static int add_kernelopts(struct boot_model *model)
{
        static const char path[] = "/boot/grub2/grubenv";
        _cleanup_boot_draft_ struct boot_draft draft = { .line = { .role = BOOT_FUTURE } };
        _cleanup_grubenv_ struct grubenv *env = NULL;
        const struct grubenv_line *line;
        const struct root_file *file;
        const char *resolved = path;
        int r;

        r = boot_read(model, path, &file);
        if (r == -ENOMEM || r == 0)
                return r;
        if (r < 0)
                return boot_add_unreadable(model, BOOT_FUTURE, path, r);
        r = grubenv_parse(file->content.data, file->content.len, &env);
        if (r < 0)
                return r;
        line = grubenv_find(env, TEXT("kernelopts"));
        if (!line)
                return 0;

        r = root_resolve(model->root, path, &resolved, NULL);
        if (r == -ENOMEM)
                return r;
        draft.line.path = resolved;
        draft.line.line = line->line;
        if (env->fault != GRUBENV_OK)
                boot_draft_doubt(&draft, grubenv_fault_cause(env->fault), NULL, 0);
        r = boot_draft_add(&draft, text_trim(line->value), resolved, line->line, "kernelopts");
        if (r >= 0)
                r = add_tuned(model, &draft);
        return r < 0 ? r : boot_add(model, &draft);
}

/* Comments do not exist in this file; its lines are joined. */
static int add_file(struct boot_model *model, const char *path)
{
        _cleanup_boot_draft_ struct boot_draft draft = { .line = { .role = BOOT_FUTURE, .line = 1 } };
        const struct root_file *file;
        struct text rest, line;
        unsigned number = 0;
        int r;

        r = boot_read(model, path, &file);
        if (r == -ENOMEM || r == 0)
                return r;
        if (r < 0) {
                r = boot_add_unreadable(model, BOOT_FUTURE, path, r);
                return r < 0 ? r : 1;
        }

        draft.line.path = path;
        rest = file->content;
        while (text_next_line(&rest, &line)) {
                r = boot_draft_add(&draft, text_trim(text_chomp(line)), path, ++number, NULL);
                if (r < 0)
                        return r;
        }
        if (draft.text.len == 0)
                boot_draft_doubt(&draft, "it is empty", NULL, 0);
        r = add_tuned(model, &draft);
        if (r < 0)
                return r;
        r = boot_add(model, &draft);
        return r < 0 ? r : 1;
}

/* kernel-install, by its own order. Without a file it copies the line of the kernel that runs at that time.
 */
static int add_kernel_cmdline(struct boot_model *model)
{
        static const char *const places[] = { "/etc/kernel/cmdline", "/usr/lib/kernel/cmdline" };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                int r = add_file(model, places[i]);

                if (r != 0)
                        return r < 0 ? r : 0;
        }

        model->boot.copies_running = true;
        model->boot.no_template = "there is no /etc/kernel/cmdline, so a new kernel is given the line of the "
                                  "kernel that runs when it is installed";
        return 0;
}

static bool is_ostree(const struct boot *boot)
{
        for (size_t i = 0; i < boot->n_lines; i++)
                if (boot->lines[i].role == BOOT_NEXT &&
                    kernel_cmdline_first(boot->lines[i].cmdline, "ostree"))
                        return true;

        return false;
}

int boot_make_template(struct boot_model *model)
{
        const char *loader = model->boot.loader;
        int r = 0;

        if (string_equal(loader, "none"))
                model->boot.no_template = "no boot loader configuration was found";
        else if (string_equal(loader, "grub-legacy"))
                model->boot.no_template = "a new kernel is given a copy of the default entry";
        else if (is_ostree(&model->boot))
                model->boot.no_template =
                        "rpm-ostree gives a new deployment a copy of the line of the last one";
        else if (string_equal(loader, "grub2"))
                r = add_defaults(model);
        else if (string_equal(loader, "grub2-bls") && host_is_rhel_like(model->host, 6, 8)) {
                if (!model->kernelopts_used)
                        r = add_kernelopts(model);
                if (r >= 0)
                        r = add_defaults(model);
        } else
                r = add_kernel_cmdline(model);

        return r;
}
