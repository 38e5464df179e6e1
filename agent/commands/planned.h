/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A plan with the root that it was made on. */

#include "commands/command.h"
#include "engine/plan-make.h"
#include "report/plan.h"

struct planned {
        struct root *root;
        struct plan *plan;
        char digest[DIGEST_HEX_SIZE];
};

/* 0, or an exit code after the sentence was printed. The options outlive the plan; their time and commands
 * are set here. */
_must_check_ int planned_make(const struct arguments *arguments, const char *const *names,
                              struct fix_options *options, struct planned *planned);
void planned_done(struct planned *planned);
#define _cleanup_planned_ _cleanup_(planned_done)
/* 0, or an exit code. */
_must_check_ int planned_report(const struct planned *planned, const char *const *names,
                                struct plan_report *ret);

/* SOURCE_DATE_EPOCH where that is set, see reproducible-builds.org; else the time. */
time_t current_time(void);
