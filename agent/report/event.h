/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A report as an event of CloudEvents 1.0 in its JSON format, structured mode: printed by agentctl, sent by
 * the reporter. Knows documents only, so that the reporter is linked with nothing that judges. */

#include "base/json.h"

#define EVENT_TYPE "io.ecsguest.readiness.v1"
#define EVENT_CONTENT_TYPE "application/cloudevents+json; charset=utf-8"

/* EventBridge takes no longer ones. */
enum { EVENT_SOURCE_MAX = 128, EVENT_TYPE_MAX = 64 };

/* What the platform calls this instance; NULL for what is not known. */
struct event_instance {
        const char *id;
        const char *type;
        const char *region;
        const char *account;
        const char *image;
};

struct report_event {
        const char *id;     /* not empty; a resend has the same */
        const char *time;   /* RFC 3339; NULL: that of the report */
        uint64_t sequence;  /* 0 for none */
        const char *source; /* NULL: report_event_source(), which a resend may not see the same way */
        struct event_instance instance;
        struct json_object *report; /* io.ecsguest.report/1 */
};

/* Adds the event, which has at most max bytes (0: any). To fit, findings that pass are dropped first, then
 * those that are skipped, then notes, each kind as a whole; "data" says how many of which ("dropped").
 * -EMSGSIZE when it cannot be made to fit, -EINVAL without an id or a report, -ENOMEM. */
_must_check_ int report_event_print(const struct report_event *event, enum json_layout layout, size_t max,
                                    struct buffer *out);
/* Who says so, at most EVENT_SOURCE_MAX bytes: "acs:ecs:REGION:ACCOUNT:instance/ID", or without that the boot
 * of the system as an urn:uuid:, or for an image, which has none, one made of the digest. NULL without
 * memory. */
char *report_event_source(const struct event_instance *instance, struct json_object *report);
