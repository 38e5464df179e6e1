/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-grub.h"
#include "engine/host.h"
#include "engine/root.h"

#include <string.h>

/* A configuration on the EFI system partition is either the real one, or a stub that goes on in /boot. */
struct search {
        struct boot_model *model;
        bool found;       /* a configuration with entries */
        const char *stub; /* one that leads elsewhere */
};

static int add_linux(struct boot_grub *grub, const struct grub_cfg_command *command, unsigned default_entry)
{
        const struct grub_cfg_entry *entry = &grub->cfg->entries[command->entry - 1];
        _cleanup_boot_draft_ struct boot_draft draft = { .line = { .role = BOOT_NEXT,
                                                                   .line = command->line } };
        struct boot_line *line = &draft.line;
        int r;

        line->path = grub->path;
        line->is_default = command->entry == default_entry;
        r = boot_keep(grub->model, strdup(entry->title), &line->title);
        if (r >= 0)
                r = boot_keep_text(grub->model, command->words[0], &line->kernel);
        if (r < 0)
                return r;
        line->recovery = boot_is_recovery(line->title, entry->id, line->kernel);

        for (size_t i = 1; i < command->n_words; i++) {
                r = boot_draft_add_word(grub->model, &draft, command->words[i], command->line, true,
                                        boot_grub_resolve, grub);
                if (r < 0)
                        return r;
        }

        return boot_add(grub->model, &draft);
}

/* The last component begins with "memtest": no Linux. */
static bool is_memory_test(const struct grub_cfg_command *command)
{
        struct text path = command->n_words > 0 ? command->words[0] : TEXT("memtest");

        return text_contains(path, "memtest");
}

/* Entries of other systems, which os-prober finds, are not ours. */
static bool is_foreign(const struct grub_cfg_entry *entry)
{
        return entry->id && text_starts(text_from_string(entry->id), "osprober-");
}

static int add_command(struct boot_grub *grub, const struct grub_cfg_command *command, unsigned default_entry)
{
        if (command->entry == 0 || is_memory_test(command) ||
            is_foreign(&grub->cfg->entries[command->entry - 1]))
                return 0;
        if (command->kind == GRUB_CFG_LINUX)
                return add_linux(grub, command, default_entry);
        if (command->kind == GRUB_CFG_MULTIBOOT)
                return boot_add_doubt(grub->model, BOOT_NEXT, grub->path, command->line,
                                      "the entry starts a kernel by way of multiboot");
        return 0;
}

static int add_menu_entries(struct boot_grub *grub, unsigned default_entry)
{
        for (size_t i = 0; i < grub->cfg->n_commands && !grub->model->full; i++) {
                int r = add_command(grub, &grub->cfg->commands[i], default_entry);

                if (r < 0)
                        return r;
        }

        return 0;
}

static int add_bls_entries(struct boot_grub *grub, const char *default_value)
{
        static const char directory[] = "/boot/loader/entries";
        int n;

        n = boot_add_bls(grub->model, directory, boot_grub_resolve, grub, default_value, NULL);
        if (n == 0)
                return boot_add_doubt(grub->model, BOOT_NEXT, directory, 0,
                                      "grub.cfg takes its entries from here, and there are none");
        return n < 0 ? n : 0;
}

static int add_entries(struct boot_grub *grub)
{
        struct boot_model *model = grub->model;
        bool bls = boot_grub_has(grub, GRUB_CFG_BLSCFG);
        const char *value = NULL, *cause = NULL;
        unsigned default_entry = 0;
        size_t before = model->boot.n_lines;
        int r;

        r = boot_grub_default(grub, &value, &cause);
        if (r < 0)
                return r;
        if (r == 0) {
                value = NULL;
                model->boot.default_unknown = cause;
        }

        model->boot.loader = bls ? "grub2-bls" : "grub2";
        if (bls) {
                r = add_bls_entries(grub, value);
                if (r < 0)
                        return r;
        } else if (value)
                default_entry = grub_cfg_find(grub->cfg, text_from_string(value));
        r = add_menu_entries(grub, default_entry);
        if (r < 0 || model->boot.n_lines > before)
                return r;

        return boot_add_doubt(model, BOOT_NEXT, grub->path, 0, "it has no entry that starts a Linux kernel");
}

/* Reads one configuration file. */
static int try_config(struct search *search, const char *path)
{
        _cleanup_boot_grub_ struct boot_grub grub = { 0 };
        struct boot_model *model = search->model;
        int r;

        r = boot_grub_load(model, path, &grub);
        if (r == -ENOMEM || r == 0)
                return r;
        if (r < 0) {
                search->found = true;
                model->boot.loader = "grub2";
                return boot_add_unreadable(model, BOOT_NEXT, path, r);
        }
        if (grub.cfg->fault) {
                search->found = true;
                model->boot.loader = "grub2";
                return boot_add_doubt(model, BOOT_NEXT, path, grub.cfg->fault_line, "GRUB cannot read it: %s",
                                      grub.cfg->fault);
        }

        if (grub_cfg_is_stub(grub.cfg)) {
                search->stub = grub.path;
                return 0;
        }
        search->found = true;
        return add_entries(&grub);
}

/* EFI/VENDOR/grub.cfg on a partition mounted at place. */
static int try_esp(struct search *search, const char *place)
{
        _cleanup_free_ char *directory = string_format("%s/EFI", place);
        const char *const *names;
        size_t n_names = 0;
        int r;

        if (!directory)
                return -ENOMEM;
        r = boot_list(search->model, directory, &names, &n_names);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                search->found = true;
                return boot_add_unreadable(search->model, BOOT_NEXT, directory, r);
        }

        for (size_t i = 0; r > 0 && i < n_names; i++) {
                _cleanup_free_ char *path = string_format("%s/%s/grub.cfg", directory, names[i]);
                int tried = path ? try_config(search, path) : -ENOMEM;

                if (tried < 0)
                        return tried;
        }
        return 0;
}

/* /boot/grub2 on RHEL and SUSE, /boot/grub elsewhere; the other one may be a link, or a leftover. */
static int try_boot(struct search *search)
{
        const struct host *host = search->model->host;
        const char *first = host_is_debian_like(host) ? "/boot/grub/grub.cfg" : "/boot/grub2/grub.cfg";
        const char *second = host_is_debian_like(host) ? "/boot/grub2/grub.cfg" : "/boot/grub/grub.cfg";
        bool before = search->found;
        int r;

        search->found = false;
        r = try_config(search, first);
        if (r >= 0 && !search->found)
                r = try_config(search, second);
        search->found = search->found || before;
        return r;
}

/* A BIOS reads /boot, an EFI firmware the system partition, which may be a stub that leads to /boot. Offline
 * nobody knows which of them will start the image, so that both count. */
int boot_make_grub(struct boot_model *model)
{
        struct search search = { .model = model };
        int r = 0;

        if (model->firmware != BOOT_FIRMWARE_BIOS)
                for (size_t i = 0; boot_esp_places[i] && r >= 0; i++)
                        r = try_esp(&search, boot_esp_places[i]);
        if (r >= 0 && (model->firmware != BOOT_FIRMWARE_UEFI || !search.found || search.stub))
                r = try_boot(&search);
        if (r < 0 || search.found || !search.stub)
                return r;

        model->boot.loader = "grub2";
        return boot_add_doubt(model, BOOT_NEXT, search.stub, 0,
                              "it is a stub that leads to a configuration which is not in this root");
}
