/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What an image must not be captured without, besides the verdict: nothing half done, and everything on disk.
 */

#include "engine/store.h"

struct diag;
struct root;

/* After session_take(), under its lock: -EAGAIN when a transaction still waits for a reboot, or could not be
 * taken back, with the sentence in the diag; -ENOMEM. */
_must_check_ int capture_check_transactions(const struct store *store, struct diag *diag);
/* Has the kernel write what it holds back: of every mounted disk of the running system, or where the root is
 * another one, of the file system that it lies on. Errors are in the diag. */
_must_check_ int capture_sync(struct root *root, bool running, struct diag *diag);
