/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"

enum risk { RISK_NONE, RISK_SERVICE, RISK_NETWORK, RISK_BOOT, RISK_COUNT };

/* Interface names: "none", "service", "network", "boot". */
const char *risk_name(enum risk risk);

enum fixer_flags {
        FIXER_OFFLINE = 1 << 0, /* can work on an offline root */
};

struct fixer {
        const char *id;           /* kebab-case, the file's stem, never reused */
        const char *title;        /* an order: "Add a serial console to the kernel command line" */
        const char *const *fixes; /* the probe ids that it answers; NULL-terminated */
        enum risk risk;           /* what may go wrong at worst */
        unsigned flags;
};

/* All fixers in the order of fixers/meson.build; ends with NULL. */
extern const struct fixer *const fixer_table[];

/* The first fixer that answers this probe, or NULL. */
const struct fixer *fixer_for(const char *probe_id);
