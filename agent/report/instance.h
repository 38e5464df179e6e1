/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the reporter has been told of this instance, for the report of a running system. */

#include "control/metadata-cache.h"
#include "report/report.h"

struct root;

/* Where it lies. */
#define INSTANCE_CACHE "/var/lib/ecs-guest-agent/reporter/" METADATA_CACHE

/* From the reporter's directory in the root; offline there is nothing. The report borrows from the metadata.
 * -ENOMEM only. */
_must_check_ int report_add_instance(struct report *report, struct root *root, struct metadata *ret);
/* Whether the platform could say which instance this is, by what DMI says, and it is not known: 1 and 0;
 * after report_add_instance(). -ENOMEM. */
_must_check_ int report_wants_instance(const struct report *report, struct root *root);
