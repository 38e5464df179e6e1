/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* GRUB Legacy's grub.conf or menu.lst (GRUB 0.97, info grub-legacy, "Configuration"): a line is a command, a
 * blank, "=" or a tab, and its argument; "title" begins a menu entry. */

#include "base/text.h"

/* A kernel line. All texts are views into what was parsed. */
struct grub_legacy_entry {
        struct text title;
        struct text kernel;    /* its path, or empty when the entry has no kernel line */
        struct text arguments; /* what follows the path, up to the end of the line */
        struct text place;     /* where the arguments stood when the file was parsed */
        unsigned line;         /* of the kernel line, or of the title without one */
};

struct grub_legacy {
        struct grub_legacy_entry *entries;
        size_t n_entries;
        struct text content;
        struct text default_value; /* of the last "default" before the first title; empty without one */
};

/* Takes any bytes, which have to outlive the result. -ENOMEM is the only error. */
_must_check_ int grub_legacy_parse(struct text content, struct grub_legacy **ret);
/* Adds the file to out, byte for byte as it was parsed but for arguments that were replaced. */
void grub_legacy_print(const struct grub_legacy *legacy, struct buffer *out);
/* Replaces the arguments of an entry by text, which has to outlive the result. -EINVAL when the entry has no
 * kernel line or text is not on one line. */
_must_check_ int grub_legacy_set_arguments(struct grub_legacy_entry *entry, struct text text);
/* The entry that starts by itself; -ENODATA when that depends on more than this file ("saved") or there is no
 * such entry. */
_must_check_ int grub_legacy_default(const struct grub_legacy *legacy, size_t *ret_index);
/* Takes NULL, returns NULL. */
struct grub_legacy *grub_legacy_free(struct grub_legacy *legacy);

static inline void grub_legacy_free_pointer(struct grub_legacy **legacy)
{
        (void) grub_legacy_free(*legacy);
}

#define _cleanup_grub_legacy_ _cleanup_(grub_legacy_free_pointer)
