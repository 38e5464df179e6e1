/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How things stand with the outbox, for whoever asks. What the reporter has written is not trusted. */

#include "base/json.h"

struct root;

/* "lastDelivery" and "waitingReports"; and what there is to say of sinks, to "warnings". For root. */
void outbox_add_status(struct root *root, struct json_builder *builder, struct json_object *object,
                       struct json_object *warnings);
/* How many reports wait; -1 when that cannot be seen. */
int64_t outbox_count_waiting(struct root *root);
/* Touches the directory, so that systemd looks there again: its path unit does not see what happens while the
 * reporter runs. */
void outbox_touch(struct root *root);
