/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a kernel command line of this system reserves for a crash kernel. */

#include "engine/kdump.h"
#include "formats/crashkernel.h"

struct boot_line;

enum kdump_certainty {
        KDUMP_RESERVES_NOTHING,
        /* With one way of rounding the memory, not with the other. */
        KDUMP_RESERVES_PERHAPS,
        KDUMP_RESERVES,
        KDUMP_RESERVES_UNKNOWN, /* "auto", and whether the kernel knows it cannot be told */
};

struct kdump_reservation {
        char *value; /* of the parameter that decides; NULL without crashkernel= */
        enum kdump_certainty certainty;
        uint64_t memory;      /* bytes that it was evaluated with; 0: several sizes, since the real one is not
                                 known */
        uint64_t least, most; /* bytes; with several sizes over all at which anything is reserved */
        enum crashkernel_cause cause; /* of KDUMP_RESERVES_NOTHING */
        unsigned warnings;            /* mask of 1 << enum crashkernel_warning */
        bool observed;                /* the running kernel was given the same: its result was taken */
};

/* Judged with the memory of a live system; offline with every common size from 2 GiB up, and anything that is
 * reserved at one of them counts. */
_must_check_ int kdump_reservation(struct context *context, const struct boot_line *line,
                                   struct kdump_reservation *ret);
void kdump_reservation_done(struct kdump_reservation *reservation);
#define _cleanup_reservation_ _cleanup_(kdump_reservation_done)

/* The first command line of the next boot that counts: the default entry where that is known. NULL when there
 * is none, or nothing may be concluded from it. */
_must_check_ int kdump_next_line(struct context *context, const struct boot_line **ret);
/* What the running kernel was given; NULL offline. */
_must_check_ int kdump_running_line(struct context *context, const struct boot_line **ret);
