/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* The crashkernel= parameters of a kernel command line, and what they reserve on a machine of a given size.
 * Everything follows parse_crashkernel() of Linux (kernel/crash_reserve.c, before that crash_core.c). That
 * does not know tokens: it searches the line for "crashkernel=" and reads up to the next blank, so quotes are
 * part of the value (and make it malformed), and "nocrashkernel=512M" reserves. Any bytes parse, and printing
 * gives the same bytes back. */

#define CRASHKERNEL_MIB ((uint64_t) 1 << 20)
#define CRASHKERNEL_GIB ((uint64_t) 1 << 30)

enum crashkernel_form {
        CRASHKERNEL_FORM_SIZE,   /* "256M", "256M@16M" */
        CRASHKERNEL_FORM_RANGES, /* "2G-64G:256M,64G-:512M" */
        CRASHKERNEL_FORM_HIGH,   /* "512M,high" */
        CRASHKERNEL_FORM_LOW,    /* "128M,low" */
        CRASHKERNEL_FORM_CMA,    /* "128M,cma", Linux 6.17 and later */
        CRASHKERNEL_FORM_AUTO,   /* "auto", a patch of some distributions */
        CRASHKERNEL_FORM_COUNT,
};

/* A number of bytes as the kernel's memparse() reads it: decimal, 0x or 0, and one of K M G T P E. */
struct crashkernel_size {
        struct text raw;
        uint64_t bytes;
};

/* Applies to machines with start <= memory < end. */
struct crashkernel_range {
        struct crashkernel_size start;
        struct crashkernel_size end; /* UINT64_MAX bytes where it is left open */
        struct crashkernel_size size;
};

struct crashkernel_parameter {
        struct text before; /* the bytes of the line in front of "crashkernel=" */
        struct text value;
        enum crashkernel_form form;
        struct crashkernel_size size; /* all forms but RANGES and AUTO */
        struct crashkernel_range *ranges;
        size_t n_ranges;
        struct text tail; /* what follows the size or the last well-formed range */
        bool has_offset;
        struct crashkernel_size offset;
        bool has_gap;     /* between the ranges lies memory that none covers */
        bool has_overlap; /* two ranges cover the same memory */
        /* Why the kernel refuses the value; NULL where it does not. With ranges it gets as far as the fault
         * only when none before it matches, and looks at the offset only when one does. */
        const char *fault;
        const char *offset_fault;
};

struct crashkernel {
        struct crashkernel_parameter *parameters;
        size_t n_parameters;
        struct text trailer; /* the rest of the line */
        char *copy;
};

/* Reads a whole command line. Only -ENOMEM. */
_must_check_ int crashkernel_parse(const char *data, size_t len, struct crashkernel **ret);
/* Reads a bare value, such as "2G-:256M", as if it stood behind "crashkernel=". Only -ENOMEM. */
_must_check_ int crashkernel_parse_value(struct text value, struct crashkernel **ret);
void crashkernel_print(const struct crashkernel *crashkernel, struct buffer *out);
void crashkernel_free(struct crashkernel *crashkernel);

static inline void crashkernel_free_pointer(struct crashkernel **crashkernel)
{
        crashkernel_free(*crashkernel);
}
#define _cleanup_crashkernel_ _cleanup_(crashkernel_free_pointer)

/* What a kernel with the patch makes of "auto". */
struct crashkernel_auto {
        const struct crashkernel_range *ranges;
        size_t n_ranges;
        bool scaled; /* adds 2 bits for every 4 KiB of memory */
};

enum crashkernel_cause {
        CRASHKERNEL_RESERVED,
        CRASHKERNEL_ABSENT,
        CRASHKERNEL_MALFORMED,
        CRASHKERNEL_NO_RANGE,
        CRASHKERNEL_ZERO,
        CRASHKERNEL_TOO_LARGE,
        CRASHKERNEL_AUTO_UNSUPPORTED,
        CRASHKERNEL_LOW_ALONE,
        CRASHKERNEL_CAUSE_COUNT,
};

struct crashkernel_outcome {
        enum crashkernel_cause cause;
        uint64_t size; /* bytes; more than 0 only with CRASHKERNEL_RESERVED */
        size_t range;  /* the range that matched, or SIZE_MAX */
};

enum crashkernel_warning {
        CRASHKERNEL_WARNING_SEVERAL,
        CRASHKERNEL_WARNING_OFFSET,
        CRASHKERNEL_WARNING_HIGH_WITHOUT_LOW,
        CRASHKERNEL_WARNING_HIGH_IGNORED,
        CRASHKERNEL_WARNING_GAP,
        CRASHKERNEL_WARNING_OVERLAP,
        CRASHKERNEL_WARNING_TAIL,
        CRASHKERNEL_WARNING_ROUNDING,
        CRASHKERNEL_WARNING_CMA,
        CRASHKERNEL_WARNING_COUNT,
};

/* Current kernels round the memory up to a multiple of 128 MiB before they look for a range, older ones do
 * not, and from outside one cannot tell: so both are computed. */
struct crashkernel_evaluation {
        const struct crashkernel_parameter *parameter; /* the one that decides; NULL where there is none */
        struct crashkernel_outcome rounded;
        struct crashkernel_outcome exact;
        uint64_t low; /* bytes of ",low" beside ",high" */
        uint64_t cma; /* bytes of ",cma" where the kernel knows it */
        unsigned warnings;
};

/* memory is what the kernel counts as system RAM, in bytes. automatic is NULL where the kernel does not know
 * "auto" (see crashkernel_auto_rule()). */
struct crashkernel_evaluation crashkernel_evaluate(const struct crashkernel *crashkernel, uint64_t memory,
                                                   const struct crashkernel_auto *automatic);
/* What is reserved whichever kernel runs, in bytes: the smaller of the two. */
uint64_t crashkernel_certain(const struct crashkernel_evaluation *evaluation);

static inline bool crashkernel_warns(const struct crashkernel_evaluation *evaluation,
                                     enum crashkernel_warning warning)
{
        return evaluation->warnings & (1U << warning);
}

/* A few words for a message. The first is NULL for CRASHKERNEL_RESERVED. */
const char *crashkernel_cause_text(enum crashkernel_cause cause);
const char *crashkernel_warning_text(enum crashkernel_warning warning);
