/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

#include <sys/types.h>

#define REPORT_NAME "report.json"

/* Puts the content in the place of DIRECTORY/report.json, so that a reader has the old one or the new one. */
_must_check_ int publish_report(const char *directory, struct text content, mode_t mode);
/* Takes it away: there is no verdict that could be trusted. */
void publish_nothing(const char *directory);
