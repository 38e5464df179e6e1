/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "engine/plan-make.h"
#include "report/report.h"

/* A plan, or a transaction, as the formats see it. Everything is borrowed; what does not apply is NULL or 0.
 */
struct plan_report {
        enum plan_state state;
        const char *transaction;
        const char *digest; /* hex */
        const char *reason;
        enum risk risk;
        time_t time;         /* of a transaction; 0 for none */
        char *const *fixers; /* of a transaction; NULL-terminated */
        struct change *const *changes;
        size_t n_changes;
        const struct plan *plan; /* for refusals and hints */
        /* Those of the asked probes; after the fix, or as it would be. */
        const struct findings *findings;
        const char *const *names; /* what was asked for */
};

/* The document io.ecsguest.plan/1. */
struct json_object *plan_report_to_json(struct json_builder *builder, const struct plan_report *report);
/* The changes with their diffs, what is refused, and the hints; the caller says how it went. */
void plan_report_write_text(const struct plan_report *report, const struct report_style *style,
                            struct buffer *out);
/* A unified diff for a terminal: as it is but for control characters and what is no UTF-8. */
void print_diff(struct buffer *out, const struct report_style *style, struct text diff);
