/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One name in one open directory; internal to engine/change*.c. */

#include "engine/node.h"

/* Makes a complete new file or link under a name that is not used, and syncs it. mtime is set where the node
 * has one. On failure the name is free again. */
_must_check_ int node_make(int directory, const char *name, const struct node *node);
/* Puts `temporary` in the place of `name`, which has to be as `old` says (missing, too); otherwise -ESTALE,
 * and name is left as it is. What was replaced is gone afterwards. */
_must_check_ int node_put(int directory, const char *temporary, const char *name, const struct node *old);
/* Takes a name away that is as `old` says, by way of temporary; otherwise -ESTALE. */
_must_check_ int node_take(int directory, const char *temporary, const char *name, const struct node *old);
_must_check_ int sync_directory(int directory);
