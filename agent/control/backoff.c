/* SPDX-License-Identifier: Apache-2.0 */
#include "control/backoff.h"

int64_t backoff_delay(unsigned failures, int64_t retry_after, uint32_t random)
{
        int64_t bound = BACKOFF_BASE_S, delay;

        while (failures > 1 && bound < BACKOFF_CAP_S) {
                bound *= 2;
                failures--;
        }
        if (bound > BACKOFF_CAP_S)
                bound = BACKOFF_CAP_S;
        delay = (int64_t) (((uint64_t) random * (uint64_t) (bound + 1)) >> 32);
        if (retry_after > BACKOFF_MAX_S)
                retry_after = BACKOFF_MAX_S;
        if (retry_after > 0)
                delay += retry_after;

        return delay > BACKOFF_MAX_S ? BACKOFF_MAX_S : delay;
}
