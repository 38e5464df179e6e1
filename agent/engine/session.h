/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What whoever writes does before and after a transaction: agentctl and the daemon's workers alike. */

#include "engine/settle.h"

/* Takes the writer's lock in place of what store holds, finishes what an interrupted run left, and decides
 * what waited for a reboot that has happened. The counts tell how many transactions that were. Errors are in
 * the diag; -EBUSY when another one is at work. */
_must_check_ int session_take(struct root *root, const struct scan_options *scan, const char *boot_id,
                              struct store *store, const struct transaction_options *options,
                              size_t *ret_recovered, size_t *ret_settled, struct diag *diag);

/* Judges what was applied and records what has become of it. The root is a new one, since a root handle is a
 * snapshot; the context holds the findings, and is the caller's also after an error. -ENOMEM, or what kept
 * the state from being recorded, in the diag: the transaction is applied all the same. */
_must_check_ int session_judge(struct root *root, const struct scan_options *scan, const struct store *store,
                               struct transaction *transaction, struct context **ret, struct diag *diag);

/* The named transaction, or without a name the last one that can be undone. -ENOENT, without a diag, when
 * there is none. */
_must_check_ int session_find(const struct store *store, const char *id, struct transaction **ret,
                              struct diag *diag);
