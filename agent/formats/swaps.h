/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* /proc/swaps, see proc(5): a heading, then a line for each swap in use, with octal escapes in its name. */

#include "base/text.h"

struct swap_area {
        char *name;       /* as the kernel opened it: "/dev/dm-1", not "/dev/mapper/vg-swap" */
        struct text type; /* "partition" or "file"; points into what was parsed */
        uint64_t size;    /* KiB */
        uint64_t used;
        int priority; /* negative where the kernel chose it */
};

/* -EBADMSG for a line whose numbers are none; -ENOMEM. Lines that are too short are left out. */
_must_check_ int swaps_parse(struct text content, struct swap_area **ret, size_t *ret_n);
void swaps_free(struct swap_area *areas, size_t n);
