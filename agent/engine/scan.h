/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/context.h"
#include "engine/finding.h"

/* Whether a probe is asked for by one of the names: "all", an area or an id. No names means all. */
bool scan_selects(const struct probe *probe, const char *const *names);
/* Whether any probe has this area or id, or the name is "all". */
bool scan_knows(const char *name);

/* Runs the selected probes of the context's profile that have not been run in it yet, each one that another
 * wants first ("after") before it, sorts the findings, and marks those that are waived in this root. Only
 * -ENOMEM ends a scan; whatever else goes wrong is a finding. */
_must_check_ int scan_run(struct context *context, const char *const *names);

enum verdict { VERDICT_READY, VERDICT_NOT_READY, VERDICT_UNKNOWN, VERDICT_COUNT };

/* Interface names: "ready", "not_ready", "unknown". */
const char *verdict_name(enum verdict verdict);

struct summary {
        enum verdict verdict;
        /* Failing findings that are waived are counted as that alone. */
        size_t outcomes[OUTCOME_COUNT];
        size_t waived;
        size_t failed[SEVERITY_COUNT];
        size_t unknown[SEVERITY_COUNT];
};

/* Findings of the severity block_on and worse decide the verdict. */
struct summary findings_summary(const struct findings *findings, enum severity block_on);
