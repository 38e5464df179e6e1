/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The environment block that GRUB's load_env reads and grub-editenv writes (info grub, "Environment block"):
 * 1024 bytes, a header line, "name=value" lines, and '#' up to the last byte. In a value a backslash hides
 * the byte after it, so a value may hold newlines. */

#include "base/text.h"

#define GRUBENV_SIZE 1024

/* What keeps a block from being edited: the first that applies, in this order. */
enum grubenv_fault {
        GRUBENV_OK,
        GRUBENV_FAULT_SIZE,         /* not 1024 bytes */
        GRUBENV_FAULT_HEADER,       /* the first line is not "# GRUB Environment Block" */
        GRUBENV_FAULT_LAST_BYTE,    /* full, or ended by a newline: no '#' is left at the end */
        GRUBENV_FAULT_UNTERMINATED, /* the last entry runs into the padding */
        GRUBENV_FAULT_PADDING,      /* the bytes after the last line are not only '#' */
        GRUBENV_FAULT_ENTRY,        /* a line is neither a comment nor "name=value" */
        GRUBENV_FAULT_COUNT,
};

enum grubenv_line_kind {
        GRUBENV_COMMENT,
        GRUBENV_ENTRY,
        GRUBENV_MALFORMED,
        GRUBENV_PADDING,
};

/* A line as GRUB sees it: an entry may span several lines of the file. All texts live as long as the block.
 */
struct grubenv_line {
        enum grubenv_line_kind kind;
        unsigned line;         /* where it begins, from 1 */
        struct text raw;       /* everything but an entry; the newline is included */
        struct text name;      /* entries only, as the rest */
        struct text raw_value; /* as it stands in the block */
        struct text value;     /* without the escapes */
        struct text ending;    /* "\n", or empty at the end of the bytes */
};

struct grubenv {
        struct grubenv_line *lines;
        size_t n_lines;
        enum grubenv_fault fault;
        unsigned fault_line; /* 0 when the fault is one of the whole block */
        size_t free;         /* bytes that may still be added; one '#' has to remain at the end */

        char *data;
        char *decoded;
        char **edits; /* memory of what was set */
        size_t n_edits;
};

/* Takes any bytes; what is wrong with them is in ->fault. -ENOMEM is the only error. The bytes are copied. */
_must_check_ int grubenv_parse(const char *data, size_t len, struct grubenv **ret);
/* Adds the block to out, byte for byte as it was parsed. */
void grubenv_print(const struct grubenv *grubenv, struct buffer *out);
/* Takes NULL, returns NULL. */
struct grubenv *grubenv_free(struct grubenv *grubenv);

/* The entry that load_env leaves in effect (the last of that name), or NULL. */
const struct grubenv_line *grubenv_find(const struct grubenv *grubenv, struct text name);
/* The value in effect. False, and nothing set, without such an entry. */
bool grubenv_get(const struct grubenv *grubenv, const char *name, struct text *ret_value);
/* A short cause, NULL for GRUBENV_OK. */
const char *grubenv_fault_cause(enum grubenv_fault fault);

/* Sets the entry in effect, or adds one behind the others; every other byte stays but for the padding. -EPERM
 * for a block with a fault; -EINVAL for a name that grub-editenv could not read back or a value with a NUL
 * byte; -ENOSPC, and nothing changed, when the block would not keep a '#' at its end. */
_must_check_ int grubenv_set(struct grubenv *grubenv, struct text name, struct text value);

static inline void grubenv_free_pointer(struct grubenv **grubenv)
{
        (void) grubenv_free(*grubenv);
}

#define _cleanup_grubenv_ _cleanup_(grubenv_free_pointer)
