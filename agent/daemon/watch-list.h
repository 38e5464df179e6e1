/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From what a scan has looked at to the directories in which a change would make it look again. For the
 * worker that has the root. */

#include "base/json.h"
#include "engine/root.h"

/* {"watches":[{"directory":"/etc","names":["fstab"]},…]}: sorted; no names means any. What is not there is
 * looked for in the nearest directory that is. The kernel's files have other ways to say that they changed,
 * and are left out. Asks the root, so that it comes after the digest. NULL without memory, as builder says.
 */
struct json_object *watch_list_to_json(struct root *root, struct json_builder *builder);
