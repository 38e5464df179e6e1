/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "engine/plan-make.h"
#include "engine/transaction.h"
#include "report/report.h"

struct read_findings;

/* One step of a plan. */
struct plan_step {
        char *fixer; /* the id of the first one that wants it; NULL when it is not on record */
        enum change_kind kind;
        bool creates; /* nothing is there before it */
        char *path;   /* NULL for a command */
        char **argv;  /* NULL for a file */
        char *diff;   /* what may hold any byte; NULL where there is none to show */
        size_t diff_len;
        bool hidden;  /* there may be one, which is not for the user to see */
        char *target; /* of a symbolic link */
};

/* A finding that the steps mend. */
struct plan_cure {
        char *key;
        bool pending; /* only the next boot will show it */
};

struct plan_report_refusal {
        char *fixer;
        char *key;
        char *reason;
};

/* A plan, or a transaction, as the formats see it: made from those of this process, or read from a document
 * (report/read.h). Owns what it holds but for the findings; what does not apply is NULL or 0. */
struct plan_report {
        enum plan_state state;
        char *transaction;
        char *digest; /* hex; NULL for a record that cannot be read */
        char *reason;
        enum risk risk;
        bool reboot;   /* something of it takes effect at the next boot */
        time_t time;   /* of a transaction; 0 for none */
        char **fixers; /* of a transaction; NULL-terminated */
        struct plan_step *steps;
        size_t n_steps;
        struct plan_cure *cures;
        size_t n_cures;
        struct plan_report_refusal *refusals;
        size_t n_refusals;
        char **hints;
        size_t n_hints;
        /* Those of the asked probes; after the fix, or as it would be. The array is owned, and what is in it
         * borrowed. */
        const struct finding **findings;
        size_t n_findings;
        struct read_findings *read; /* whose they are, when they were read from a document */
};

/* names: what was asked for; the findings are the plan's. -ENOMEM only. */
_must_check_ int plan_report_of_plan(struct plan *plan, const char *digest, const char *const *names,
                                     struct plan_report *ret);
_must_check_ int plan_report_of_transaction(const struct transaction *transaction, struct plan_report *ret);
/* A record that cannot be read, and why. */
_must_check_ int plan_report_of_unreadable(const char *transaction, const char *reason,
                                           struct plan_report *ret);
/* What became of a plan that was carried out; the findings of the scan after it, or NULL. -ENOMEM, and the
 * report can only be given up then. */
_must_check_ int plan_report_conclude(struct plan_report *report, const struct transaction *transaction,
                                      const struct findings *findings, const char *const *names);
void plan_report_done(struct plan_report *report);
#define _cleanup_plan_report_ _cleanup_(plan_report_done)

/* The document io.ecsguest.plan/1. */
struct json_object *plan_report_to_json(struct json_builder *builder, const struct plan_report *report);
/* The changes with their diffs, what is refused, and the hints; the caller says how it went. */
void plan_report_write_text(const struct plan_report *report, const struct report_style *style,
                            struct buffer *out);
/* A unified diff for a terminal: as it is but for control characters. */
void print_diff(struct buffer *out, const struct report_style *style, struct text diff);
