/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

struct probe;
struct waiver;

enum severity {
        SEVERITY_CRITICAL, /* blocks capture */
        SEVERITY_WARNING,
        SEVERITY_NOTE,
        SEVERITY_COUNT
};

enum outcome {
        OUTCOME_PASS,
        OUTCOME_FAIL,
        OUTCOME_SKIP,    /* does not apply here; the summary says why */
        OUTCOME_UNKNOWN, /* could not be judged; never taken for a pass */
        OUTCOME_COUNT
};

/* Interface names: "critical", "pass", … */
const char *severity_name(enum severity severity);
const char *outcome_name(enum outcome outcome);

struct fact {
        char *name;
        char *value;
};

/* One answer of one probe. Owns its strings; they may hold any bytes that a file held, except NUL. */
struct finding {
        const struct probe *probe;
        char *key; /* names the same problem from run to run: the probe's id, or "ID:SUFFIX" */
        enum outcome outcome;
        enum severity severity;
        char *summary; /* one sentence, without a full stop */
        char *path;    /* inside the root, or NULL */
        unsigned line; /* from 1; 0 means none */
        char *actual;
        char *required;
        struct fact *facts;
        size_t n_facts;
        size_t order; /* of the probe in the table; set by findings_sort() */
        /* Whoever accepted it, maybe until a day that is over; NULL for none. Borrowed. */
        const struct waiver *waiver;
};

/* Whether it is accepted for the time being, and does not count. */
bool finding_is_waived(const struct finding *finding);

#define FINDINGS_OF_PROBE ((size_t) 2048)

/* The findings of one scan. Memory that runs out while one is made marks the whole set as failed, and a
 * failed set must not be used; so probes need not check each call. */
struct findings {
        struct finding **items;
        size_t n;
        bool failed;
};

/* A new finding, borrowed from the set; NULL without memory. key_suffix may be NULL. */
struct finding *findings_add(struct findings *findings, const struct probe *probe, enum outcome outcome,
                             const char *key_suffix, const char *format, va_list arguments) _printf_(5, 0);
/* Keeps FINDINGS_OF_PROBE of those from element `first` on, the first ones, and puts one finding for each
 * severity and outcome in the place of the others, with the key "ID:more" and their number as the fact
 * "count". An image can make one probe find something in each of 65,536 lines. */
void findings_limit(struct findings *findings, size_t first);
/* By severity, then probe (in table order), then line, then key; failures before unknowns before the rest.
 * Keys that occur twice get "#2", "#3", … */
void findings_sort(struct findings *findings);
/* How many findings of one probe there are. */
size_t findings_count(const struct findings *findings, const struct probe *probe);
/* The worst outcome of the probe with this id: fail, unknown, pass, skip; OUTCOME_COUNT when it has not run.
 */
enum outcome findings_worst(const struct findings *findings, const char *id);
void findings_done(struct findings *findings);
