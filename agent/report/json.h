/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "report/report.h"

/* The document io.ecsguest.report/1. */
struct json_object *report_to_json(struct json_builder *builder, const struct report *report);
/* The same without its findings. */
struct json_object *report_summary_to_json(struct json_builder *builder, const struct report *report);
/* The document io.ecsguest.list/1: all probes, all fixers, or one of them empty. */
struct json_object *list_to_json(struct json_builder *builder, bool probes, bool fixers);
/* One of its findings. */
struct json_object *report_finding_to_json(struct json_builder *builder, const struct finding *finding);
/* "time", in UTC. */
void report_add_time(struct json_builder *builder, struct json_object *object, time_t time);
/* "digest", from its hex digits. */
void report_add_digest(struct json_builder *builder, struct json_object *object, const char *digest);
