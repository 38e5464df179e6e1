/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"
#include "formats/unified-diff.h"

/* Lines of "before" that go, lines of "after" that come in their place, and how many lines stand above them.
 */
struct change {
        struct text removed, added;
        size_t n_removed, n_added;
        size_t line_before, line_after;
};

struct diff {
        struct text before, after;
        struct change *changes; /* from top to bottom */
        size_t n_changes;
};

/* Finds the changes from the two texts, whose data is not NULL. What was found so far stays on errors; the
 * caller frees it. */
_must_check_ int diff_find_changes(struct diff *diff);

static inline size_t diff_count_lines(struct text text)
{
        struct text line;
        size_t n = 0;

        while (text_next_line(&text, &line))
                n++;

        return n;
}
