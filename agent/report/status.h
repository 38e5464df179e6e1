/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the daemon says about itself, for people. -EBADMSG with the cause (static text) for what is not what
 * the interface promises, and -ENOMEM. */

#include "base/json.h"
#include "report/report.h"

/* io.ecsguest.status/1: the reply of the method Status; or the same from what there is without a daemon,
 * whose state is STATUS_NOT_RUNNING then. */
#define STATUS_NOT_RUNNING "not_running"

_must_check_ int status_write_text(struct json_object *status, const struct report_style *style,
                                   struct buffer *out, const char **reterr_cause);
/* A reply of the method Subscribe: a line for the verdict and one for each change. */
_must_check_ int change_write_text(struct json_object *reply, const struct report_style *style,
                                   struct buffer *out, const char **reterr_cause);
