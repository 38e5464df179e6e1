/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a probe sees. A probe is one file with one exported constant, probe_ID; probes/meson.build makes the
 * table. It names files only through the root handle of its context. */

#include "base/text.h"
#include "engine/context.h"
#include "engine/diag.h"
#include "engine/finding.h"
#include "engine/host.h"
#include "engine/root.h"

enum probe_flags {
        PROBE_OFFLINE = 1 << 0, /* can judge an offline root */
        PROBE_LIVE = 1 << 1,    /* can judge the running system */
        PROBE_ACTIVE = 1 << 2,  /* sends packets: only with --active */
        PROBE_CAPTURE = 1 << 3, /* only in the profile "capture" */
};

struct probe {
        const char *id;    /* kebab-case, the file's stem, never reused */
        const char *area;  /* the group it is asked for by: "dns", "fstab", … */
        const char *title; /* the requirement in one line */
        /* What breaks when the requirement is not met. One or two sentences. */
        const char *reason;
        /* What to do about it by hand. One or a few sentences. */
        const char *remedy;
        /* Where the rule comes from: manual pages, kernel documentation, release notes. NULL-terminated. */
        const char *const *references;
        const char *guestos_item; /* the matching name of the platform's image check, or NULL */
        enum severity severity;   /* of its findings, unless a finding says otherwise */
        unsigned flags;
        const char *const *after; /* ids whose verdicts come first; NULL-terminated, or NULL */
        /* Whether there is anything to judge: 1 yes; 0 no, after probe_skip() said why; negative errno when
         * that could not be told (the engine reports "unknown"). NULL means always. */
        int (*applies)(struct context *context);
        /* Reports at least one finding, all that it finds, and returns 0; or a negative errno when it could
         * not tell: the engine makes "unknown" of it, with path, line and message from the diag. */
        int (*run)(struct context *context);
};

/* All probes in the order of probes/meson.build; ends with NULL. */
extern const struct probe *const probe_table[];

/* Reporting. key_suffix tells several findings of one probe apart and must be the same from run to run (a
 * mount point, an interface, …; NULL for the only one). The summary is one sentence without a full stop. The
 * result is borrowed, may be NULL (no memory, which the engine notices) and is taken by the setters below. */
struct finding *probe_fail(struct context *context, const char *key_suffix, const char *format, ...)
        _printf_(3, 4);
struct finding *probe_unknown(struct context *context, const char *key_suffix, const char *format, ...)
        _printf_(3, 4);
struct finding *probe_pass(struct context *context, const char *key_suffix, const char *format, ...)
        _printf_(3, 4);
/* Always 0, so that applies() can say: return probe_skip(context, "…"). */
int probe_skip(struct context *context, const char *format, ...) _printf_(2, 3);

/* Setters for what makes a finding useful. All of them copy, and accept a NULL finding. */
void finding_set_place(struct context *context, struct finding *finding, const char *path, unsigned line);
void finding_set_severity(struct finding *finding, enum severity severity);
void finding_set_actual(struct context *context, struct finding *finding, const char *format, ...)
        _printf_(3, 4);
void finding_set_required(struct context *context, struct finding *finding, const char *format, ...)
        _printf_(3, 4);
/* Names are camelCase, as everything in the report. */
void finding_add_fact(struct context *context, struct finding *finding, const char *name, const char *format,
                      ...) _printf_(4, 5);
