/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the platform says of this instance: asked once a boot by the reporter, and kept in its own directory.
 * Whoever reads the cache takes it for untrusted input: each value is held to its form. */

#include "base/text.h"

#include <time.h>

#define METADATA_CACHE "metadata.json"
#define METADATA_BASE "http://100.100.100.200"

/* Strings are owned, NULL when not known. */
struct metadata {
        char *instance_id; /* "i-…" */
        char *instance_type;
        char *region_id;
        char *zone_id;
        char *image_id;
        char *owner_account_id;
        char *identity;       /* the document, byte for byte as received */
        char *identity_pkcs7; /* base 64 without PEM lines */
        char *ram_role;       /* the name of the instance's role; its credentials are never kept */
        char *note;           /* why there is less than there could be: for people */
};

void metadata_done(struct metadata *metadata);
#define _cleanup_metadata_ _cleanup_(metadata_done)

enum metadata_source {
        METADATA_NOT_ECS, /* DMI says that this is no ECS instance: nobody was asked */
        METADATA_CACHED,
        METADATA_ASKED,
        METADATA_FAILED, /* asked, and not to be had now: the note says why */
};

struct metadata_options {
        const char *base;      /* NULL: METADATA_BASE */
        const char *directory; /* of the cache */
        const char *boot_id;   /* the cache is of this boot, or it is not used */
        const char *audience;  /* for the identity; NULL for none */
        const char *dmi;       /* NULL: /sys/class/dmi/id */
};

/* The cache of this boot, or what the service says. -ENOMEM only. */
_must_check_ int metadata_get(const struct metadata_options *options, struct metadata *ret,
                              enum metadata_source *ret_source);
/* For the root side: the cache alone, NULL strings for what is not as it should be. directory_fd is that of
 * the reporter. -ENOMEM only. */
_must_check_ int metadata_read_cache(int directory_fd, const char *boot_id, struct metadata *ret);

/* Credentials of the role, for one request: never kept, wiped by credentials_done(). */
struct credentials {
        char *access_key_id;
        char *access_key_secret;
        char *security_token;
        time_t expires;
};
/* -ENOENT without a role, and the reason, for people. */
_must_check_ int credentials_get(const struct metadata_options *options, struct credentials *ret,
                                 char **ret_reason);
void credentials_done(struct credentials *credentials);
#define _cleanup_credentials_ _cleanup_(credentials_done)
