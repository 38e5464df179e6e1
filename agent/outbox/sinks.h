/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The sinks as those see them who never speak to one. */

#include "base/text.h"

struct root;

/* All that the sections of sinks say, well or not; nothing where there are none. No digest of it, which the
 * daemon would have to load libcrypto for: that is for its workers. -ENOMEM. */
_must_check_ int outbox_read_sinks(struct root *root, const char *file, struct buffer *ret);
