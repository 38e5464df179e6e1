/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writes waivers: a file for each in WAIVER_DIRECTORY, whose name is made of the key. */

#include "engine/waiver.h"

struct diag;

/* The root is opened for this one call: what a handle has found missing stays so for it.
 *
 * Makes or replaces the waiver of a key: the old or the new one is there at any time. Every error but -ENOMEM
 * is described in the diag: -EINVAL for a key, reason or date that is not one, -ERANGE for a day that is over
 * at now, -EEXIST when a file that was not made by this function has the last word on the key, -EPERM when
 * the directory is not ours alone. */
_must_check_ int waive_set(struct root *root, const char *key, const char *reason, const char *until,
                           time_t now, struct diag *diag);
/* Takes it away again. -ENOENT when there is none; -EEXIST when it stands in a file of somebody else. */
_must_check_ int waive_remove(struct root *root, const char *key, struct diag *diag);

/* The name of the file: plain characters of the key stay, others are "%2F"; long ones end in a digest. NULL
 * without memory. */
char *waive_file_name(const char *key);
