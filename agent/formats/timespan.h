/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

#define TIMESPAN_INFINITY UINT64_MAX

/* A length of time as systemd.time(7) has it: "90", "1min 30s", "0.5h", "infinity"; a bare number is seconds.
 * The result is microseconds. -EINVAL when systemd would refuse it, -ERANGE when it is negative or too long.
 */
_must_check_ int timespan_parse(struct text text, uint64_t *ret);
