/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* A unified diff, three lines of context, that patch(1) makes the same bytes of: "--- a/etc/fstab",
 * "+++ b/etc/fstab". A path is that inside the root; NULL, with an empty text, for a file that is not there
 * before ("/dev/null", patch makes it) or afterwards (patch removes it). Names are quoted where GNU diff does
 * so. Any bytes are taken as they are; nothing here is made fit for a terminal.
 *
 * Nothing is added for equal texts, so that neither a new empty file nor the end of one can be shown.
 *
 * The smallest set of lines is looked for as long as it is small; texts that differ in hundreds of lines get
 * one replacement of all that lies between the first and the last difference. 0 or -ENOMEM. */
_must_check_ int unified_diff(struct text before, struct text after, const char *path_before,
                              const char *path_after, struct buffer *out);
