/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What was put into the outbox last: a file of ours alone, since the reporter takes entries away and could
 * change them. */

#include "base/digest.h"

#include <stdint.h>

#define OUTBOX_LAST_NAME "outbox.json"
#define OUTBOX_ID_SIZE (sizeof("01234567-89ab-cdef-0123-456789abcdef"))
#define OUTBOX_TIME_SIZE (sizeof("-2147483648-01-01T00:00:00Z"))
/* Beyond this nothing that others have written is taken for a sequence. */
#define OUTBOX_GUESS_MAX ((uint64_t) 1 << 40)

struct outbox_last {
        uint64_t sequence; /* 0: there was none */
        char id[OUTBOX_ID_SIZE];
        char time[OUTBOX_TIME_SIZE];
        char fingerprint[DIGEST_HEX_SIZE]; /* of what it says */
        char sinks[DIGEST_HEX_SIZE];       /* of the configuration */
        char machine[DIGEST_HEX_SIZE];
        bool written; /* the entry is on disk, or was */
        bool aside;   /* it was none of those that the daemon's scans are compared with */
};

/* All zero where there is none, or what there is is none. -ENOMEM, and the errors of reading. */
_must_check_ int outbox_last_read(int home, struct outbox_last *ret);
_must_check_ int outbox_last_write(int home, const struct outbox_last *last);
