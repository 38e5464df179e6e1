/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The file of the cache. */

#include "control/metadata-cache.h"

#define METADATA_CACHE_MAX ((size_t) 64 * 1024)
#define METADATA_CACHE_SCHEMA "io.ecsguest.metadata/1"

struct metadata_cache {
        struct metadata metadata;
        char *audience;    /* of the signature; NULL for none */
        int64_t ask_again; /* seconds since the boot; 0: never in this boot */
        int64_t failures;  /* how often in a row */
};

void metadata_cache_done(struct metadata_cache *cache);
#define _cleanup_metadata_cache_ _cleanup_(metadata_cache_done)

/* metadata_read_cache() with the rest. -ENOENT when there is none of this boot; -ENOMEM. */
_must_check_ int metadata_cache_read(int directory, const char *boot_id, struct metadata_cache *ret);
/* In the place of the old one, synced. A negative errno. */
_must_check_ int metadata_cache_write(int directory, const char *boot_id, const struct metadata_cache *cache);
