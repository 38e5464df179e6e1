/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What agentd and agentctl put into the outbox (control/outbox.h), under a lock of theirs. */

#include "base/text.h"

struct report;
struct root;

/* Why a report that was asked for is not sent. */
#define OUTBOX_NO_SINK "agent.conf has no section [Sink NAME]: there is nobody to send to"

struct outbox_order {
        const struct report *report;
        struct text sinks; /* outbox_read_sinks(); empty: nothing is put anywhere */
        /* Somebody wants it to be sent, whether it is news or not: sinks that were left alone are tried
         * again. */
        bool asked;
        /* Judged by another profile than the daemon's own scans are: these go on as if it had not been. */
        bool aside;
};

/* Puts the report there when it says something else than the last one that was, also before a reboot: another
 * verdict, or others that fail or are unknown; or when the sinks are others; or when it was asked for. 1 and
 * its sequence when it is on disk, 0 when it was no news; -EBUSY when others hold the lock for too long, and
 * the errors of writing. ret_sequence may be NULL. */
_must_check_ int outbox_put(struct root *root, const struct outbox_order *order, uint64_t *ret_sequence);
/* Takes away the oldest entries where there are too many, or too large ones; never the newest. */
_must_check_ int outbox_bound(int directory, uint64_t newest);
