/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The sinks of the configuration. */

#include "base/digest.h"
#include "control/sink.h"
#include "engine/config.h"

struct sinks {
        struct sink *items;
        char (*digests)[DIGEST_HEX_SIZE]; /* of the settings of each */
        size_t n;

        /* "/etc/x.conf:7: [Sink ops]: what is wrong": sections that are left out. */
        char **faults;
        size_t n_faults;
};

/* Borrows metadata. -ENOMEM, -EIO without SHA-256. */
_must_check_ int sinks_make(const struct config_sections *sections, const struct metadata_options *metadata,
                            struct sinks *ret);
void sinks_done(struct sinks *sinks);
#define _cleanup_sinks_ _cleanup_(sinks_done)
