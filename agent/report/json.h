/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "report/report.h"

/* The document io.ecsguest.report/1. */
struct json_object *report_to_json(struct json_builder *builder, const struct report *report);
