/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a fixer sees. A fixer is one file with one exported constant, fixer_ID; fixers/meson.build makes the
 * table. It cannot write: it reads through the root handle and the views of its plan's context, and hands the
 * bytes that should be there to the plan (engine/plan.h). */

#include "base/text.h"
#include "engine/context.h"
#include "engine/diag.h"
#include "engine/finding.h"
#include "engine/host.h"
#include "engine/plan.h"
#include "engine/root.h"

enum risk { RISK_NONE, RISK_SERVICE, RISK_NETWORK, RISK_BOOT, RISK_COUNT };

/* Interface names: "none", "service", "network", "boot". */
const char *risk_name(enum risk risk);

enum fixer_flags {
        FIXER_OFFLINE = 1 << 0, /* can work on an offline root */
        FIXER_REBOOT = 1 << 1,  /* what it changes takes effect at the next boot: pending until then */
        FIXER_FORCE = 1 << 2,   /* with --force also asked where its probes find nothing to judge */
        FIXER_INSTALL = 1 << 3, /* asked only with --install */
};

struct fixer {
        const char *id;           /* kebab-case, the file's stem, never reused */
        const char *title;        /* an order: "Add a serial console to the kernel command line" */
        const char *const *fixes; /* the probe ids that it answers; NULL-terminated */
        enum risk risk;           /* what may go wrong at worst */
        unsigned flags;
        /* Asked once, with all failing findings of its probes (plan_next_finding()), on the system as the
         * fixers before it will have left it. For each finding it either plans what cures it or says why not
         * (plan_refuse()). 0, or a negative errno with the diag set when it could not tell: then nothing of
         * it is kept, and its findings are refused with that reason. */
        int (*plan)(struct plan *plan);
};

/* All fixers in the order of fixers/meson.build, which is the order in which they are asked; ends with NULL.
 */
extern const struct fixer *const fixer_table[];

/* The first fixer that answers this probe, or NULL. */
const struct fixer *fixer_for(const char *probe_id);
