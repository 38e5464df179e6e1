/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What earlier runs left: a transaction that was interrupted, one that waited for a reboot. */

#include "base/text.h"

struct daemon;

struct left {
        bool pending_reboot; /* one waits for the next boot */
        bool busy;           /* another writer is at work: to be asked again */
        char **pending;      /* those that can be decided about now */
        size_t n_pending;
};

/* Finishes what is to be finished, where the daemon wants that now, and says so in the journal. What cannot
 * be read or written is said there, too. -ENOMEM only. */
_must_check_ int left_finish(const struct daemon *daemon, struct left *ret);
void left_done(struct left *left);
