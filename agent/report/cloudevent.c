/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "report/event.h"
#include "report/json.h"
#include "report/report.h"

int report_write_cloudevent(const struct report *report, const struct report_style *style, struct buffer *out)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = report_to_json(&builder, report);
        char id[RANDOM_NAME_SIZE];
        struct report_event event = { .id = id, .report = object };
        int r;

        (void) style;
        if (builder.failed)
                return -ENOMEM;
        r = random_name(id);

        return r < 0 ? r : report_event_print(&event, JSON_PRETTY, 0, out);
}
