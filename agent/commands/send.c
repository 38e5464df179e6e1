/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/send.h"
#include "outbox/put.h"
#include "outbox/sinks.h"

#include <string.h>

int send_report(const struct arguments *arguments, struct judged *judged)
{
        _cleanup_buffer_ struct buffer sinks = { 0 };
        struct outbox_order order = { .report = judged->report,
                                      .asked = true,
                                      .aside = judged->report->profile != arguments->own_profile };
        int r = outbox_read_sinks(judged->root, NULL, &sinks);

        if (r < 0)
                return fail_memory();
        if (sinks.len == 0)
                return fail(EXIT_REFUSED, "%s", OUTBOX_NO_SINK);

        order.sinks = (struct text){ sinks.data, sinks.len };
        r = outbox_put(judged->root, &order, &judged->sequence);

        return r < 0 ? fail(EXIT_REFUSED, "the report cannot be put into the outbox: %s", strerror(-r)) : 0;
}
