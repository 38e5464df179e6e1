/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "commands/judge.h"

/* Puts what this process has judged into the outbox. 0, or an exit code after the sentence was printed. */
_must_check_ int send_report(const struct arguments *arguments, struct judged *judged);
