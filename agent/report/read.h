/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Documents back into what they were made from: for a program that is told a result and prints it as its own.
 *
 * Strict, since what is printed has to be what was said: a probe or fixer that this version does not know, or
 * describes in other words; a field that is missing or of another type; counts and a verdict that do not
 * follow from the findings. -EBADMSG then, with the cause (static text); -ENOMEM. Fields that are not known
 * are passed over: newer versions may add some.
 *
 * What is read and written again is the same document, and gives the same text. */

#include "report/plan.h"

/* Findings that came in documents. */
struct read_findings;

_must_check_ int read_findings_new(struct read_findings **ret);
/* Takes NULL. */
void read_findings_free(struct read_findings *read);
/* One more. */
_must_check_ int read_finding(struct read_findings *read, struct json_object *object,
                              const char **reterr_cause);
const struct findings *read_findings_get(const struct read_findings *read);

/* A report that came as one document, or in parts: its findings first, then the summary. */
struct read_report;

_must_check_ int read_report_new(struct read_report **ret);
/* Takes NULL, returns NULL. */
struct read_report *read_report_free(struct read_report *read);
static inline void read_report_free_pointer(struct read_report **read)
{
        (void) read_report_free(*read);
}
#define _cleanup_read_report_ _cleanup_(read_report_free_pointer)

_must_check_ int read_report_finding(struct read_report *read, struct json_object *finding,
                                     const char **reterr_cause);
/* io.ecsguest.report/1 without its findings. The result is borrowed. */
_must_check_ int read_report_summary(struct read_report *read, struct json_object *summary,
                                     const struct report **ret, const char **reterr_cause);
/* All of it. */
_must_check_ int read_report_document(struct read_report *read, struct json_object *document,
                                      const struct report **ret, const char **reterr_cause);

/* io.ecsguest.plan/1. all_shown: whoever asked may see every byte, so that a file without a diff is an empty
 * one. Free with plan_report_done(). */
_must_check_ int read_plan(struct json_object *document, bool all_shown, struct plan_report *ret,
                           const char **reterr_cause);
