/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The swap that is in use now, and whether the memory could do without it. */

#include "formats/swaps.h"

struct context;
struct mount_entry;

#define SWAP_AREAS_PATH "/proc/swaps"

struct swap_areas {
        struct swap_area *items;
        size_t n;
};

/* Borrowed until the context is freed. Volatile, and of live roots only. */
_must_check_ int swap_areas_get(struct context *context, const struct swap_areas **ret);
/* Which of them an entry of fstab or a unit turned on; *ret is NULL when it is not in use. -ENODATA when that
 * cannot be told. */
_must_check_ int swap_areas_find(struct context *context, const struct mount_entry *entry,
                                 const struct swap_area **ret);
/* KiB of memory that a program could have without anything being swapped out: MemAvailable of /proc/meminfo,
 * MemFree where the kernel is older than that. 0 when neither is there. Not kept: asked anew each time. */
_must_check_ int swap_available_memory(struct context *context, uint64_t *ret);
