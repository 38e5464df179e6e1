/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "daemon/previous.h"

/* Tells the journal what has become of a finding, where it is bad or was; either may be NULL. */
void announce_change(const struct known *before, const struct known *after);
