/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-grub.h"
#include "engine/root.h"

#include <string.h>

/* GRUB follows no link into another file system, and the EFI system partition is always one. */
static bool is_on_esp(const char *path)
{
        return text_starts(text_from_string(path), "/boot/efi/") ||
               text_starts(text_from_string(path), "/efi/");
}

static int parse_env(struct boot_grub *grub, struct text content)
{
        int r;

        r = grubenv_parse(content.data, content.len, &grub->env);
        if (r < 0)
                return r;
        if (grub->env->fault == GRUBENV_OK || grub->env_doubt)
                return 0;

        return boot_keep(grub->model,
                         string_format("grubenv is corrupt: %s", grubenv_fault_cause(grub->env->fault)),
                         &grub->env_doubt);
}

/* The block lies beside grub.cfg. On EL 8 with UEFI /boot/grub2/grubenv is a link to it. */
static int load_env(struct boot_grub *grub)
{
        const char *slash = strrchr(grub->path, '/'), *wanted, *resolved;
        const struct root_file *file;
        int r;

        r = boot_keep(grub->model, string_format("%.*s/grubenv", (int) (slash - grub->path), grub->path),
                      &wanted);
        if (r < 0)
                return r;
        grub->env_path = wanted;
        r = root_resolve(grub->model->root, wanted, &resolved, NULL);
        if (r == -ENOMEM)
                return r;
        if (r >= 0)
                grub->env_path = resolved;
        if (r >= 0 && is_on_esp(resolved) && !is_on_esp(grub->path))
                grub->env_doubt = "grubenv is a link to the EFI system partition, which GRUB does not follow";

        r = boot_read(grub->model, wanted, &file);
        if (r == -ENOMEM || r == 0)
                return r;
        if (r > 0)
                return parse_env(grub, file->content);
        return boot_keep(grub->model, string_format("grubenv cannot be read (%s)", boot_why(grub->model, r)),
                         &grub->env_doubt);
}

int boot_grub_load(struct boot_model *model, const char *path, struct boot_grub *ret)
{
        _cleanup_boot_grub_ struct boot_grub grub = { .model = model };
        const struct root_file *file;
        int r;

        r = boot_keep(model, strdup(path), &grub.path);
        if (r < 0)
                return r;
        r = boot_read(model, path, &file);
        if (r <= 0)
                return r;
        r = grub_cfg_parse(file->content.data, file->content.len, &grub.cfg);
        if (r < 0)
                return r;
        if (boot_grub_has(&grub, GRUB_CFG_LOAD_ENV)) {
                r = load_env(&grub);
                if (r < 0)
                        return r;
        }

        *ret = grub;
        grub = (struct boot_grub){ 0 };
        return 1;
}

void boot_grub_done(struct boot_grub *grub)
{
        (void) grub_cfg_free(grub->cfg);
        (void) grubenv_free(grub->env);
        *grub = (struct boot_grub){ 0 };
}

bool boot_grub_has(const struct boot_grub *grub, enum grub_cfg_kind kind)
{
        for (size_t i = 0; i < grub->cfg->n_commands; i++)
                if (grub->cfg->commands[i].kind == kind)
                        return true;

        return false;
}

/* What the script does to one variable, outside of menu entries. */
struct assignments {
        const struct grub_cfg_command *always;
        const struct grub_cfg_command *fallback;
        const struct grub_cfg_command *perhaps;
};

static struct assignments find_assignments(const struct grub_cfg *cfg, struct text name)
{
        struct assignments found = { 0 };

        for (size_t i = 0; i < cfg->n_commands; i++) {
                const struct grub_cfg_command *command = &cfg->commands[i];

                if (command->kind != GRUB_CFG_SET || command->entry > 0 || !text_same(command->name, name))
                        continue;
                if (!command->conditional)
                        found.always = command;
                else if (command->fallback)
                        found.fallback = command;
                else
                        found.perhaps = command;
        }

        return found;
}

static void set_doubt(struct boot_variable *variable, const char *doubt, const char *path, unsigned line)
{
        if (!doubt)
                return;

        variable->doubt = doubt;
        variable->doubt_path = path;
        variable->doubt_line = line;
}

static int take_assignment(struct boot_grub *grub, const struct grub_cfg_command *command,
                           struct boot_variable *ret)
{
        const char *value;
        bool variable = false;
        int r;

        r = boot_keep(grub->model, grub_cfg_unquote(command->value, &variable), &value);
        if (r < 0)
                return r;

        *ret = (struct boot_variable){ text_from_string(value), grub->path, command->line };
        if (variable)
                set_doubt(ret, "a variable in it is made of other variables", grub->path, command->line);
        return 0;
}

/* From the environment block; false without a value there. */
static bool take_env(const struct boot_grub *grub, struct text name, struct boot_variable *ret)
{
        const struct grubenv_line *line = grub->env ? grubenv_find(grub->env, name) : NULL;

        if (!line || line->value.len == 0)
                return false;

        *ret = (struct boot_variable){ line->value, grub->env_path, line->line };
        set_doubt(ret, grub->env_doubt, grub->env_path, 0);
        return true;
}

/* Without any value GRUB puts nothing there. Only for kernelopts, which holds the whole command line, that
 * means that something is missing. */
static void take_nothing(const struct boot_grub *grub, struct text name, struct boot_variable *ret)
{
        *ret = (struct boot_variable){ .value = TEXT("") };
        set_doubt(ret, grub->env_doubt, grub->env_path, 0);
        if (!ret->doubt && text_equal(name, "kernelopts"))
                set_doubt(ret, "the variable kernelopts has no value, neither in grubenv nor in grub.cfg",
                          grub->env_path ? grub->env_path : grub->path, 0);
}

static int resolve(struct boot_grub *grub, struct text name, struct boot_variable *ret)
{
        struct assignments set = find_assignments(grub->cfg, name);

        if (text_equal(name, "kernelopts"))
                grub->model->kernelopts_used = true;
        /* Ubuntu's hand-over of the graphics mode: vt.handoff=7 or nothing, which matters to no one here. */
        if (text_equal(name, "vt_handoff")) {
                *ret = (struct boot_variable){ .value = TEXT("") };
                return 0;
        }

        if (set.perhaps) {
                *ret = (struct boot_variable){ .value = TEXT("") };
                set_doubt(ret, "a variable in it is set below a condition", grub->path, set.perhaps->line);
                return 0;
        }
        if (set.always)
                return take_assignment(grub, set.always, ret);
        if (take_env(grub, name, ret))
                return 0;
        if (set.fallback && !grub->env_doubt)
                return take_assignment(grub, set.fallback, ret);

        take_nothing(grub, name, ret);
        return 0;
}

int boot_grub_resolve(void *userdata, struct text name, struct boot_variable *ret)
{
        struct boot_grub *grub = userdata;
        struct boot_model *model = grub->model;
        const char *value;
        int r;

        r = resolve(grub, name, ret);
        if (r < 0 || !text_equal(name, "tuned_params") || !ret->path || ret->doubt || model->tuned.path)
                return r;

        /* The value is a view into a file that is not kept. */
        r = boot_keep_text(model, ret->value, &value);
        if (r < 0)
                return r;
        model->tuned = *ret;
        model->tuned.value = text_from_string(value);
        return 0;
}

static bool env_value(const struct boot_grub *grub, const char *name, struct text *ret)
{
        return grub->env && grubenv_get(grub->env, name, ret) && ret->len > 0;
}

int boot_grub_default(struct boot_grub *grub, const char **ret_value, const char **ret_cause)
{
        const struct grub_cfg_command *literal = NULL;
        bool saved = false, once = false, variable;
        struct text value = TEXT("");
        int r;

        for (size_t i = 0; i < grub->cfg->n_commands; i++) {
                const struct grub_cfg_command *command = &grub->cfg->commands[i];

                if (command->kind != GRUB_CFG_SET || command->entry > 0 ||
                    !text_equal(command->name, "default"))
                        continue;
                if (text_contains(command->value, "saved_entry"))
                        saved = true;
                else if (text_contains(command->value, "next_entry"))
                        once = true;
                else
                        literal = command;
        }

        if ((saved || once) && grub->env_doubt) {
                *ret_cause = grub->env_doubt;
                return 0;
        }
        if (!(once && env_value(grub, "next_entry", &value)) && saved)
                (void) env_value(grub, "saved_entry", &value);
        if (value.len > 0 || saved || !literal)
                return boot_keep_text(grub->model, value, ret_value) < 0 ? -ENOMEM : 1;

        r = boot_keep(grub->model, grub_cfg_unquote(literal->value, &variable), ret_value);
        if (r < 0)
                return r;
        *ret_cause = "grub.cfg computes it";
        return variable ? 0 : 1;
}
