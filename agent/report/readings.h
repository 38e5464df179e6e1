/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a scan has read, for people who want to know what a verdict rests on. */

#include "base/json.h"

struct context;
struct report;
struct root;

struct reading {
        char *path;
        char *error; /* why it could not be read, for people; NULL when it could */
};

struct readings {
        struct reading *items;
        size_t n;
};

/* Files, links and listings, in the order of asking. -ENOMEM. */
_must_check_ int readings_of_root(const struct root *root, struct readings *ret);
/* From what readings_to_json() made. -EBADMSG with the cause (static text), -ENOMEM. */
_must_check_ int readings_read(struct json_object *array, struct readings *ret, const char **reterr_cause);
struct json_object *readings_to_json(struct json_builder *builder, const struct readings *readings);
void readings_done(struct readings *readings);
#define _cleanup_readings_ _cleanup_(readings_done)

/* The last reply of the method Check: the summary, what was read, and what is wrong with the waivers. */
struct json_object *check_reply_to_json(struct json_builder *builder, const struct report *report,
                                        struct context *context);
