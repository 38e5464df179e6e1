/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-internal.h"
#include "engine/root.h"
#include "formats/grub-legacy.h"

#include <string.h>

static int add_entry(struct boot_model *model, const char *path, const struct grub_legacy_entry *entry,
                     bool is_default)
{
        _cleanup_boot_draft_ struct boot_draft draft = { .line = { .role = BOOT_NEXT, .line = entry->line } };
        struct boot_line *line = &draft.line;
        int r;

        line->path = path;
        line->is_default = is_default;
        r = boot_keep_text(model, entry->title, &line->title);
        if (r >= 0)
                r = boot_keep_text(model, entry->kernel, &line->kernel);
        if (r < 0)
                return r;
        if (text_contains(entry->kernel, "xen"))
                boot_draft_doubt(&draft, "the entry starts a hypervisor", NULL, 0);

        r = boot_draft_add(&draft, entry->arguments, path, entry->line, NULL);
        if (r < 0)
                return r;
        return boot_add(model, &draft);
}

static int add_entries(struct boot_model *model, const char *path, const struct grub_legacy *legacy)
{
        size_t n = 0, default_entry = 0;
        int r;

        r = grub_legacy_default(legacy, &default_entry);
        if (r < 0)
                default_entry = legacy->n_entries;

        for (size_t i = 0; i < legacy->n_entries && !model->full; i++) {
                const struct grub_legacy_entry *entry = &legacy->entries[i];

                if (entry->kernel.len == 0 || text_contains(entry->kernel, "memtest"))
                        continue;
                r = add_entry(model, path, entry, i == default_entry);
                if (r < 0)
                        return r;
                n++;
        }

        if (n > 0)
                return 0;
        return boot_add_doubt(model, BOOT_NEXT, path, 0, "it has no entry that starts a Linux kernel");
}

/* Both names are usually one file. The first that exists is the one that the installed GRUB reads. */
int boot_make_legacy(struct boot_model *model)
{
        static const char *const places[] = { "/boot/grub/grub.conf", "/boot/grub/menu.lst",
                                              "/boot/efi/EFI/redhat/grub.conf" };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                _cleanup_grub_legacy_ struct grub_legacy *legacy = NULL;
                const struct root_file *file;
                int r;

                r = boot_read(model, places[i], &file);
                if (r == -ENOMEM)
                        return r;
                if (r == 0)
                        continue;
                model->boot.loader = "grub-legacy";
                if (r < 0)
                        return boot_add_unreadable(model, BOOT_NEXT, places[i], r);

                r = grub_legacy_parse(file->content, &legacy);
                return r < 0 ? r : add_entries(model, places[i], legacy);
        }

        return 0;
}
