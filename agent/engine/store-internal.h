/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Directories of ours, for whatever is kept below them: nobody else may be able to put something there. */

#include "engine/store.h"

#include <sys/types.h>

/* A directory of the system, such as /var/lib: links in it are followed, inside the root. An open directory;
 * made where it is missing, if asked for; or a negative errno. */
_must_check_ int store_open_system(struct root *root, const char *path, bool make, struct diag *diag);
/* One of ours below an open one; no link is followed. path is for messages. -EPERM when it is not ours
 * alone. */
_must_check_ int store_enter(int parent, const char *name, mode_t mode, bool make, const char *path,
                             struct diag *diag);
