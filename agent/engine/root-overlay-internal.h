/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The tree as it would be: what is planned lies over what is there. */

#include "engine/root-internal.h"

/* What a question came to. */
struct seen {
        const struct node *node; /* NULL: the file of the real tree, in place */
        struct place place;
        char *where; /* without links; also where a missing file would be */
};

void seen_done(struct seen *seen);

/* What is planned at a path without links; NULL for nothing. */
const struct node *root_planned_at(const struct root *root, const char *path);
/* Follows a path over both trees. flags are those of root_find(), whose errors are returned; also then
 * `where` may be known. */
_must_check_ int root_look(struct root *root, const char *path, unsigned flags, struct seen *seen);
