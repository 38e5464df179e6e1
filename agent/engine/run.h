/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Runs a command of a plan: internal to engine/transaction.c. */

#include "engine/transaction.h"

/* -EIO, with the end of its output in the diag, when it failed; -ETIMEDOUT when it took too long. */
_must_check_ int run_change_command(char *const *argv, const struct transaction_options *options,
                                    struct diag *diag);
