/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Boot Loader Specification, type 1 entries: /boot/loader/entries/NAME.conf (UAPI.1; the grub_* keys are
 * those of GRUB's blscfg). A line is a key, blanks, and a value; "initrd" and "options" may occur more than
 * once. */

#include "formats/grub-expand.h"

enum bls_kind {
        BLS_BLANK,
        BLS_COMMENT,
        BLS_FIELD,
        BLS_MALFORMED,
};

/* What is printed is indent, key, gap, value, tail and ending, whatever the kind. */
struct bls_line {
        enum bls_kind kind;
        unsigned line;      /* from 1 */
        const char *fault;  /* a short cause; BLS_MALFORMED only */
        struct text indent; /* blanks before the key */
        struct text key;    /* fields, and malformed lines that have one */
        struct text gap;
        struct text value; /* the rest of the line without blanks around it; a comment with its '#' */
        struct text tail;  /* blanks after the value */
        struct text ending;
};

struct bls {
        struct bls_line *lines;
        size_t n_lines;
        size_t n_malformed;

        char *data;
        char **edits; /* memory of values that were replaced */
        size_t n_edits;
};

/* Takes any bytes. -ENOMEM is the only error. The bytes are copied. */
_must_check_ int bls_parse(const char *data, size_t len, struct bls **ret);
/* Adds the entry to out, byte for byte as it was parsed. */
void bls_print(const struct bls *bls, struct buffer *out);
/* Takes NULL, returns NULL. */
struct bls *bls_free(struct bls *bls);

/* The first field with that key after previous (NULL: of the entry), or NULL. Use it in a loop for "initrd".
 */
const struct bls_line *bls_next(const struct bls *bls, const char *key, const struct bls_line *previous);
/* The value of the first field with that key, which is the one GRUB takes. False, and nothing set, without.
 */
bool bls_get(const struct bls *bls, const char *key, struct text *ret_value);
/* Adds all values of a key, joined by a blank, with variables as they stand. */
void bls_add_values(const struct bls *bls, const char *key, struct buffer *out);
/* The same with variables replaced; for "options" this is the command line, for "initrd" the list of images.
 * Errors as in grub_expand(). */
_must_check_ int bls_expand(const struct bls *bls, const char *key, grub_lookup lookup, void *userdata,
                            struct grub_expansion *expansion);

/* Replaces the value of a field of bls; every other byte stays. -EINVAL when the line is no field, or the
 * value is empty, begins or ends with a blank, or holds a line break or a NUL byte. */
_must_check_ int bls_set_value(struct bls *bls, const struct bls_line *line, struct text value);

static inline void bls_free_pointer(struct bls **bls)
{
        (void) bls_free(*bls);
}

#define _cleanup_bls_ _cleanup_(bls_free_pointer)
