/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-internal.h"
#include "engine/root.h"

#include <string.h>

#define BY_KERNEL_INSTALL                                                                                    \
        "kernel-install makes it from /etc/kernel/cmdline: change that and reinstall the kernel"

static bool is_unset(const struct boot_model *model)
{
        return string_equal(model->boot.loader, "none");
}

/* Without a grub.cfg nobody can say what $kernelopts stands for. */
static int resolve_nothing(void *userdata, struct text name, struct boot_variable *ret)
{
        *ret = (struct boot_variable){
                .value = TEXT(""),
                .doubt = "it holds a variable, and the grub.cfg that sets it is not in this root",
        };
        return 0;
}

/* 1 and 0: whether systemd-boot is installed on any of the places. */
static int has_systemd_boot(struct boot_model *model)
{
        for (size_t i = 0; boot_esp_places[i]; i++) {
                _cleanup_free_ char *path = string_format("%s/EFI/systemd", boot_esp_places[i]);
                int r = path ? root_exists(model->root, path) : -ENOMEM;

                if (r == -ENOMEM || r > 0)
                        return r;
        }

        return 0;
}

/* Boot Loader Specification entries that no grub.cfg has led to: those of systemd-boot, or of a GRUB whose
 * configuration lies on a partition that is not in this root. */
static int add_entries(struct boot_model *model, const char *place, bool systemd_boot)
{
        _cleanup_free_ char *directory = string_format("%s/loader/entries", place);
        int n;

        if (!directory)
                return -ENOMEM;
        if (!is_unset(model) && !systemd_boot)
                return 0;
        if (strcmp(place, "/boot") == 0 && string_equal(model->boot.loader, "grub2-bls"))
                return 0;

        n = boot_add_bls(model, directory, systemd_boot ? NULL : resolve_nothing, NULL, NULL,
                         systemd_boot ? BY_KERNEL_INSTALL : NULL);
        if (n > 0 && is_unset(model))
                model->boot.loader = systemd_boot ? "systemd-boot" : "grub2-bls";
        return n < 0 ? n : 0;
}

/* The text is a section of a signed file of many megabytes, and signed addons may add to it. */
static int add_unified_kernels(struct boot_model *model, const char *place)
{
        _cleanup_free_ char *directory = string_format("%s/EFI/Linux", place);
        const char *const *names;
        size_t n_names = 0;
        int r;

        if (!directory)
                return -ENOMEM;
        r = boot_list(model, directory, &names, &n_names);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return boot_add_unreadable(model, BOOT_NEXT, directory, r);

        for (size_t i = 0; r > 0 && i < n_names; i++) {
                _cleanup_free_ char *path = string_format("%s/%s", directory, names[i]);
                int added;

                if (!path)
                        return -ENOMEM;
                if (!text_ends(text_from_string(names[i]), ".efi"))
                        continue;
                added = boot_add_doubt(model, BOOT_NEXT, path, 0,
                                       "its command line is built into the unified kernel image");
                if (added < 0)
                        return added;
                model->boot.lines[model->boot.n_lines - 1].not_editable = BY_KERNEL_INSTALL;
                if (is_unset(model))
                        model->boot.loader = "uki";
        }

        return 0;
}

int boot_make_efi(struct boot_model *model)
{
        bool systemd_boot, efi = model->firmware != BOOT_FIRMWARE_BIOS;
        int r;

        r = efi ? has_systemd_boot(model) : 0;
        if (r < 0)
                return r;
        systemd_boot = r > 0;
        if (!efi)
                return add_entries(model, "/boot", false);

        for (size_t i = 0; boot_esp_places[i] && r >= 0; i++) {
                r = add_entries(model, boot_esp_places[i], systemd_boot);
                if (r >= 0)
                        r = add_unified_kernels(model, boot_esp_places[i]);
        }

        return r;
}
