/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* The kernel command line, cut into tokens as the kernel cuts it (next_arg() and parse_args() of Linux,
 * lib/cmdline.c and kernel/params.c): blanks separate, double quotes protect blanks anywhere in a token, and
 * after a bare "--" everything belongs to init. Any bytes parse, and printing gives the same bytes back. */

struct kernel_cmdline_token {
        struct text separator; /* the blanks before it */
        struct text raw;       /* as written, quotes included */
        struct text key;
        struct text value; /* without the quotes around it; empty where there is no "=" */
        bool has_value;
        bool open_quote; /* a quote is not closed: the token swallowed the rest of the line */
        char *owned;     /* what raw points into after an edit; otherwise NULL */
};

struct kernel_cmdline {
        struct kernel_cmdline_token *tokens;
        size_t n_tokens;
        size_t n_kernel; /* tokens that the kernel reads: those before a bare "--" */
        struct text
                trailer; /* blanks at the end; from a NUL byte on everything, since the kernel stops there */
        char *copy;
};

/* Only -ENOMEM. */
_must_check_ int kernel_cmdline_parse(const char *data, size_t len, struct kernel_cmdline **ret);
void kernel_cmdline_print(const struct kernel_cmdline *cmdline, struct buffer *out);
void kernel_cmdline_free(struct kernel_cmdline *cmdline);

static inline void kernel_cmdline_free_pointer(struct kernel_cmdline **cmdline)
{
        kernel_cmdline_free(*cmdline);
}
#define _cleanup_kernel_cmdline_ _cleanup_(kernel_cmdline_free_pointer)

/* Whether the kernel takes key for name: '-' and '_' are the same to it, and nothing is a prefix. */
bool kernel_cmdline_key_equal(struct text key, const char *name);
/* The next of the kernel's tokens with this key at or after *index; *index moves behind it. NULL at the end.
 * A loop starts with an index of 0. */
const struct kernel_cmdline_token *kernel_cmdline_next(const struct kernel_cmdline *cmdline, const char *key,
                                                       size_t *index);
/* NULL where there is none. Which of several counts is up to the parameter; for most the last does. */
const struct kernel_cmdline_token *kernel_cmdline_first(const struct kernel_cmdline *cmdline,
                                                        const char *key);
const struct kernel_cmdline_token *kernel_cmdline_last(const struct kernel_cmdline *cmdline, const char *key);
const struct kernel_cmdline_token *kernel_cmdline_nth(const struct kernel_cmdline *cmdline, const char *key,
                                                      size_t n);
size_t kernel_cmdline_count(const struct kernel_cmdline *cmdline, const char *key);

/* Editing. raw is exactly one token as it has to be written, quotes included; -EINVAL where it is not (blank
 * outside of quotes, open quote, NUL, "--", empty). All other bytes of the line stay. -EBADMSG where the new
 * token would fall into an open quote. Pointers to tokens are void afterwards. */
_must_check_ int kernel_cmdline_replace(struct kernel_cmdline *cmdline, size_t index, struct text raw);
/* Puts the token before the one at index (up to n_kernel). */
_must_check_ int kernel_cmdline_insert(struct kernel_cmdline *cmdline, size_t index, struct text raw);
/* At the end of what the kernel reads, so before a "--". */
_must_check_ int kernel_cmdline_append(struct kernel_cmdline *cmdline, struct text raw);
/* Takes the token and one run of blanks away. */
void kernel_cmdline_remove(struct kernel_cmdline *cmdline, size_t index);
