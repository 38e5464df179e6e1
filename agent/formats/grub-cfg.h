/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* GRUB 2's grub.cfg, as far as it decides which kernels can be booted and with which command line: menu
 * entries, the commands in them that load a kernel, and the variables that are set (info grub, "Shell-like
 * scripting"). Nothing is run: of a command below a condition it is only known that it is below one. */

#include "base/text.h"

enum grub_cfg_kind {
        GRUB_CFG_LINUX,     /* linux, linux16, linuxefi: words are the kernel's path and its arguments */
        GRUB_CFG_MULTIBOOT, /* multiboot, multiboot2: a hypervisor, and Linux as a module of it */
        GRUB_CFG_SET,
        GRUB_CFG_LOAD_ENV,
        GRUB_CFG_BLSCFG,
        GRUB_CFG_CONFIGFILE, /* goes on in another file */
        GRUB_CFG_INITRD,     /* initrd, initrd16, initrdefi: words are paths */
        GRUB_CFG_KIND_COUNT,
};

struct grub_cfg_command {
        enum grub_cfg_kind kind;
        unsigned line;      /* of its name, from 1 */
        struct text *words; /* after the name, as written, quotes included; views into the file */
        size_t n_words;
        struct text name;  /* GRUB_CFG_SET only */
        struct text value; /* GRUB_CFG_SET only; as written */
        /* GRUB_CFG_LINUX only: what follows the path, as written; empty, but a place in the file, without
         * any. */
        struct text arguments;
        struct text place; /* where the value or the arguments stood when the file was parsed */
        unsigned entry;    /* number of the menu entry that holds it, from 1; 0 outside of all */
        bool conditional;  /* below if, while or for, in a function, or after && or || */
        bool fallback;     /* its only condition is that the variable is empty: if [ -z "${name}" ] */
};

struct grub_cfg_entry {
        char *title; /* without quotes; "" without one */
        char *id;    /* NULL without one */
        unsigned line;
        bool submenu;
        unsigned parent;   /* number of the submenu it is in, from 1; 0 at the top */
        unsigned position; /* among the entries of its menu, from 0 */
};

struct grub_cfg {
        struct grub_cfg_command *commands;
        size_t n_commands;
        struct grub_cfg_entry *entries; /* number N is element N - 1 */
        size_t n_entries;
        /* Why GRUB would not take the file (an open quote, an unbalanced brace); NULL when it would. */
        const char *fault;
        unsigned fault_line;

        char *data;
        size_t len;
        char **edits; /* memory of arguments that were replaced */
        size_t n_edits;
};

/* Takes any bytes. -ENOMEM is the only error. The bytes are copied. */
_must_check_ int grub_cfg_parse(const char *data, size_t len, struct grub_cfg **ret);
/* Adds the file to out, byte for byte as it was parsed but for what was replaced. */
void grub_cfg_print(const struct grub_cfg *cfg, struct buffer *out);
/* Takes NULL, returns NULL. */
struct grub_cfg *grub_cfg_free(struct grub_cfg *cfg);

/* Replaces the arguments of a GRUB_CFG_LINUX command of cfg by text, which is written as it is: words with
 * their quotes on one line. -EINVAL when it is not that, -EPERM in a file that has a fault. Its words are
 * those of the old arguments until what was printed is parsed again. */
_must_check_ int grub_cfg_set_arguments(struct grub_cfg *cfg, struct grub_cfg_command *command,
                                        struct text text);

/* Replaces the value of a GRUB_CFG_SET command of cfg by text, which is written as it is: one word with its
 * quotes. Errors as above. */
_must_check_ int grub_cfg_set_value(struct grub_cfg *cfg, struct grub_cfg_command *command, struct text text);

/* Whether the file only leads to another grub.cfg, as the one on the EFI system partition does from RHEL 9
 * and on Debian and Ubuntu: it boots nothing itself, and nothing is to be changed in it. */
bool grub_cfg_is_stub(const struct grub_cfg *cfg);

/* The entry that a value of the variable "default" names: a number, a title or an id, or a path of them
 * joined by '>'. As in GRUB, what names nothing is the first entry, and a submenu means its first entry.
 * Returns its number, 0 when there is no entry. */
unsigned grub_cfg_find(const struct grub_cfg *cfg, struct text value);

/* A word without its quotes and backslashes; NULL without memory. *ret_variable says whether it holds a
 * variable, which is left as it stands. */
char *grub_cfg_unquote(struct text word, bool *ret_variable);

static inline void grub_cfg_free_pointer(struct grub_cfg **cfg)
{
        (void) grub_cfg_free(*cfg);
}

#define _cleanup_grub_cfg_ _cleanup_(grub_cfg_free_pointer)
