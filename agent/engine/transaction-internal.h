/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/transaction.h"

/* What the record of a plan says before anything is changed: not yet on disk. */
_must_check_ int transaction_make(const struct store *store, const struct plan *plan, const char *stem,
                                  const char *boot_id, int64_t time, struct transaction **ret);
