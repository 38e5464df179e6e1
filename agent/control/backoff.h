/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

enum {
        BACKOFF_BASE_S = 5,
        BACKOFF_CAP_S = 60 * 60,
        BACKOFF_MAX_S = 24 * 60 * 60, /* whatever the other side wishes */
};

/* Seconds to wait after so many failures in a row (from 1), with full jitter: anything between nothing and a
 * bound that doubles with each failure, so that those who failed together do not come back together. random
 * is any 32 bits; retry_after the wish of the other side, or -1: no less than that is waited. */
int64_t backoff_delay(unsigned failures, int64_t retry_after, uint32_t random);
