/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is known of this instance, and the file that it is kept in: all that the programs without network see
 * of the metadata service. */

#include "base/text.h"

#define METADATA_CACHE "metadata.json"

/* Strings are owned, NULL when not known. Each is held to its form, whoever it came from: the first six have
 * letters, digits and "-_." in them and nothing else, so that they may stand in a URL, a header or a line. */
struct metadata {
        char *instance_id; /* "i-…" */
        char *instance_type;
        char *region_id; /* fit for a host name: lower-case letters, digits and dashes */
        char *zone_id;
        char *image_id;
        char *owner_account_id; /* digits */
        char *identity;         /* the document, byte for byte as received */
        char *identity_pkcs7;   /* base 64 without line breaks */
        char *note;             /* why there is less than there could be: for people, on one line */
        int64_t pending_s;      /* in so many seconds, from now; not in the file */
        bool pending; /* what lacks may come: the service could not be asked, and is asked again later */
};

void metadata_done(struct metadata *metadata);
#define _cleanup_metadata_ _cleanup_(metadata_done)

/* For the root side: the cache alone, NULL strings for what is not as it should be, and for all of them when
 * it is of another boot. directory_fd is that of the reporter, and who wrote there is not trusted: no link is
 * followed, and nothing is waited for. The boot id may have dashes. A negative directory_fd, or a boot_id
 * that is NULL, finds nothing. -ENOMEM only.
 */
_must_check_ int metadata_read_cache(int directory_fd, const char *boot_id, struct metadata *ret);
