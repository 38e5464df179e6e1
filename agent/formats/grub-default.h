/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* /etc/default/grub and, on Debian and Ubuntu, /etc/default/grub.d/NAME.cfg after it in lexical order: shell
 * files that grub-mkconfig reads one after another, so that a later one overrides or extends what an earlier
 * one set. */

#include "formats/shell-vars.h"

struct grub_default_file {
        struct text name; /* for messages */
        struct text data;
};

struct grub_default {
        struct {
                char *name;
                struct shell_vars *vars; /* its assignments; ask grub_default_get() for values */
        } * files;
        size_t n_files;
        struct shell_scope *scope;
};

/* Takes any bytes, in the order in which the files are read. -ENOMEM is the only error. Everything is copied.
 */
_must_check_ int grub_default_parse(const struct grub_default_file *files, size_t n_files,
                                    struct grub_default **ret);
/* Adds one file to out, byte for byte as it was parsed. */
void grub_default_print(const struct grub_default *grub_default, size_t file, struct buffer *out);
/* Takes NULL, returns NULL. */
struct grub_default *grub_default_free(struct grub_default *grub_default);

/* The value once all files were read; ->file is an index into files, with its line the place where the value
 * was set or became uncertain. SHELL_UNSET sets nothing. */
enum shell_state grub_default_get(const struct grub_default *grub_default, const char *name,
                                  struct shell_value *ret_value);
/* Whether one file assigns the variable more than once: then no single place could be edited. ret_file and
 * ret_line, the second assignment, are set only then. */
bool grub_default_repeated(const struct grub_default *grub_default, const char *name, size_t *ret_file,
                           unsigned *ret_line);
/* The next assignment that is not the first of its name in its file, for all variables. Starts with *file and
 * *index 0; NULL at the end. */
const struct shell_assignment *grub_default_next_repeated(const struct grub_default *grub_default,
                                                          size_t *file, size_t *index);

static inline void grub_default_free_pointer(struct grub_default **grub_default)
{
        (void) grub_default_free(*grub_default);
}

#define _cleanup_grub_default_ _cleanup_(grub_default_free_pointer)
