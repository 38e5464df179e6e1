/* SPDX-License-Identifier: Apache-2.0 */
#include "control/sink.h"
#include "report/event.h"

static struct event_instance instance_of(const struct event *event)
{
        const struct metadata nothing = { 0 };
        const struct metadata *metadata = event->metadata ? event->metadata : &nothing;

        return (struct event_instance){ .id = metadata->instance_id,
                                        .type = metadata->instance_type,
                                        .region = metadata->region_id,
                                        .account = metadata->owner_account_id,
                                        .image = metadata->image_id };
}

char *event_source(const struct event *event)
{
        const struct event_instance instance = instance_of(event);

        return report_event_source(&instance, event->report);
}

int event_to_cloudevent(const struct event *event, size_t max, struct buffer *ret)
{
        struct report_event shape = { .id = event->id,
                                      .time = event->time,
                                      .sequence = event->sequence,
                                      .source = event->source,
                                      .instance = instance_of(event),
                                      .report = event->report };

        return report_event_print(&shape, JSON_PLAIN, max, ret);
}
