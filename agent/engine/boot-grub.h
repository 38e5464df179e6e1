/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One GRUB 2 configuration with the environment block beside it; internal to engine/boot*.c. */

#include "engine/boot-internal.h"
#include "formats/grub-cfg.h"
#include "formats/grubenv.h"

struct boot_grub {
        struct boot_model *model;
        const char *path;     /* of grub.cfg */
        const char *env_path; /* where the environment block really is */
        struct grub_cfg *cfg;
        struct grubenv *env;   /* NULL when there is none */
        const char *env_doubt; /* why GRUB will not get what stands in it, or we could not see it; or NULL */
};

/* 1 when it was read, 0 when there is no such file, or a negative errno. */
_must_check_ int boot_grub_load(struct boot_model *model, const char *path, struct boot_grub *ret);
void boot_grub_done(struct boot_grub *grub);
#define _cleanup_boot_grub_ _cleanup_(boot_grub_done)

bool boot_grub_has(const struct boot_grub *grub, enum grub_cfg_kind kind);
/* A boot_resolve function; userdata is the struct boot_grub. */
_must_check_ int boot_grub_resolve(void *userdata, struct text name, struct boot_variable *ret);
/* The value of "default" when the menu comes up. 1; 0 with a cause when it is not known. */
_must_check_ int boot_grub_default(struct boot_grub *grub, const char **ret_value, const char **ret_cause);
