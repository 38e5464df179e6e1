/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "commands/judge.h"

/* The result; returns the exit code that it has. */
int fix_print(const struct arguments *arguments, const struct plan_report *report);
/* Shows the plan and asks, where there is somebody to be asked. 0 to go on, or an exit code. */
_must_check_ int fix_confirm(const struct arguments *arguments, const struct plan_report *report);
/* Whether it would show and ask. */
bool fix_asks(const struct arguments *arguments);

/* By the daemon: an exit code, or -ECANCELED when it cannot be had, and nothing has been changed. */
_must_check_ int fix_by_daemon(struct judge *judge);
