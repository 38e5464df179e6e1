/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/context.h"
#include "engine/transaction.h"

/* The verdict on what was applied. */

/* What became of the claims of a transaction by the findings of a scan: PLAN_VERIFIED; PLAN_PENDING_REBOOT
 * when only the next boot can show; PLAN_FAILED, and the key of the first finding that still fails. rebooted:
 * the system has been started since. */
enum plan_state settle_judge(const struct transaction *transaction, const struct findings *findings,
                             bool rebooted, const char **ret_key);
/* Decides about every transaction that waited for a reboot which has happened, and about those that were
 * applied by a run which came no further. The scan is made when there is one. boot_id is that of this boot,
 * or NULL for a root that has none. *ret_n is how many were decided. */
_must_check_ int transactions_settle(struct root *root, const struct scan_options *scan,
                                     const struct store *store, const char *boot_id, size_t *ret_n,
                                     struct diag *diag);
/* Whether there is one to settle, or one that was interrupted: what a reader can tell the user. One that is
 * being applied right now looks the same: the lock tells. */
_must_check_ int transactions_waiting(const struct store *store, const char *boot_id, bool *ret_interrupted,
                                      bool *ret_pending);
