/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the daemon puts into the outbox (control/outbox.h), and what it reads of the reporter's state. */

#include "base/digest.h"
#include "base/json.h"

struct daemon;
struct report;
struct root;

/* All that the sections of sinks say, well or not; nothing where there are none. No digest of it, which the
 * daemon would have to load libcrypto for: that is for its workers. -ENOMEM. */
_must_check_ int outbox_read_sinks(struct root *root, const char *file, struct buffer *ret);

/* The report of our own scan, when it says something else than the last one that was put there, also before a
 * reboot: another verdict, or others that fail or are unknown; or when the sinks are others. Nothing where no
 * sink is configured. It is on disk when this returns. What goes wrong is said in the journal; -ENOMEM. */
_must_check_ int outbox_put(const struct daemon *daemon, struct root *root, const struct report *report);
/* Takes away the oldest entries where there are too many, or too large ones; never the newest. */
_must_check_ int outbox_bound(int directory, uint64_t newest);

/* "lastDelivery" and "waitingReports"; and what there is to say of sinks, to "warnings" (outbox-status.c). */
void outbox_add_status(const struct daemon *daemon, struct json_builder *builder, struct json_object *object,
                       struct json_object *warnings);
