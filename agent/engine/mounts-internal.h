/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Shared by the files that make the view of engine/mounts.h. */

#include "engine/mounts.h"

/* A new, empty entry; borrowed until the next one is added. */
_must_check_ int mounts_add(struct mounts *mounts, struct mount_entry **ret);
/* Sets where from the line. */
_must_check_ int mount_set_where(struct mount_entry *entry);
/* Adds the units of /etc/systemd/system: mounts-unit.c. */
_must_check_ int mounts_read_units(struct context *context, struct mounts *mounts);
/* Makes the indexes, when all entries are there: mounts-find.c. */
_must_check_ int mounts_index(struct mounts *mounts);
