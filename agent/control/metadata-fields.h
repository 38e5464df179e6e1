/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The values of struct metadata: their names everywhere, and their forms. */

#include "control/metadata-cache.h"

#define METADATA_IDENTITY_MAX ((size_t) 8 * 1024)
#define METADATA_PKCS7_MAX ((size_t) 16 * 1024)

struct metadata_field {
        const char *cached;          /* its key in the cache */
        const char *document;        /* in the identity document */
        const char *document_before; /* and in older ones; NULL for none */
        const char *path;            /* below meta-data/ */
        bool (*check)(struct text value);
        size_t offset; /* of the string in struct metadata */
};

/* Ends with a NULL name; the instance's id is the first. */
extern const struct metadata_field metadata_fields[];

char **metadata_value(struct metadata *metadata, const struct metadata_field *field);
/* Sets a value that is not known yet, if it has the field's form. -EBADMSG when it has not, -ENOMEM. */
_must_check_ int metadata_set(struct metadata *metadata, const struct metadata_field *field,
                              struct text value);
/* The values that the document has go where none are known yet, and so does the document itself. -EBADMSG
 * when it is none, -ENOMEM. */
_must_check_ int metadata_set_identity(struct metadata *metadata, struct text document);
/* With or without line breaks. -EBADMSG when it is no base 64, -ENOMEM. */
_must_check_ int metadata_set_pkcs7(struct metadata *metadata, struct text pkcs7);
/* Made printable and cut; keeps the first one. */
_must_check_ int metadata_set_note(struct metadata *metadata, struct text note);
/* Moves what is not known in metadata from another one, which is spent. */
void metadata_fill_from(struct metadata *metadata, struct metadata *from);

/* 1 to max bytes, all of them printable ASCII and no blanks. */
bool is_printable_word(struct text value, size_t max);
/* A name that may stand in a path: letters, digits and "-_.", at most 128, a letter or digit first. */
bool is_plain_name(struct text value);
