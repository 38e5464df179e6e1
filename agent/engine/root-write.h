/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The other half of the root handle: for the change engine alone. Paths are where root_resolve() ends, so
 * they have no links in them; one that has got some meanwhile is refused with -ELOOP. */

#include "engine/node.h"
#include "engine/root.h"

#define NODE_CAP ((size_t) 16 * 1024 * 1024)

/* An open directory inside the root, O_RDONLY; or a negative errno. */
_must_check_ int root_open_directory(struct root *root, const char *directory);
/* What stands under a name of an open directory, as it is now. A missing file is NODE_MISSING; -EFBIG for a
 * file beyond NODE_CAP. */
_must_check_ int node_read(int directory, const char *name, struct node *ret);
/* The same by path; -ENOENT when the directory is missing too. */
_must_check_ int root_read_node(struct root *root, const char *path, struct node *ret);
/* Whether a name of an open directory is a mount point: 1 or 0; 0 also where that cannot be told. */
_must_check_ int name_is_mount_point(int directory, const char *name);

/* The overlay: a root that is planned with answers as if nodes stood at their paths. Begin before the first
 * question. Nodes are borrowed. */
void root_plan_begin(struct root *root);
_must_check_ int root_plan_set(struct root *root, const char *path, const struct node *node);
/* Takes all nodes away again. */
void root_plan_clear(struct root *root);

/* "/etc/fstab" gives "/etc" and "fstab"; both are new strings. -EINVAL for "/". */
_must_check_ int path_split(const char *path, char **ret_directory, char **ret_name);
