/* SPDX-License-Identifier: Apache-2.0 */
#include "control/sink.h"
#include "report/event.h"

int event_to_cloudevent(const struct event *event, size_t max, struct buffer *ret)
{
        const struct metadata nothing = { 0 };
        const struct metadata *metadata = event->metadata ? event->metadata : &nothing;
        struct report_event shape = {
                .id = event->id,
                .time = event->time,
                .sequence = event->sequence,
                .instance = {
                        .id = metadata->instance_id,
                        .type = metadata->instance_type,
                        .region = metadata->region_id,
                        .account = metadata->owner_account_id,
                        .image = metadata->image_id,
                },
                .report = event->report,
        };

        return report_event_print(&shape, JSON_PLAIN, max, ret);
}
