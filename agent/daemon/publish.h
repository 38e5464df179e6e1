/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

#include <sys/types.h>

#define REPORT_NAME "report.json"
/* There while the platform is to be asked which instance this is: the reporter's units look for it. */
#define INSTANCE_WANTED_NAME "instance-wanted"

/* Puts the content in the place of DIRECTORY/report.json, so that a reader has the old one or the new one. */
_must_check_ int publish_report(const char *directory, struct text content, mode_t mode);
/* An empty file of this name, or none. */
void publish_mark(const char *directory, const char *name, bool there);
/* Takes the report away: there is no verdict that could be trusted. */
void publish_nothing(const char *directory);
