/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "daemon/daemon.h"
#include "daemon/tasks.h"
#include "engine/scan.h"
#include "outbox/put.h"
#include "report/json.h"
#include "report/readings.h"

#include <string.h>

static int put(const struct task_input *input, const struct judged_task *judged, uint64_t *ret_sequence)
{
        const struct buffer *sinks = &input->daemon->sinks;
        struct outbox_order order = { .report = &judged->report,
                                      .sinks = { sinks->data, sinks->len },
                                      .asked = true,
                                      .aside = judged->report.profile != input->daemon->config.profile };

        return outbox_put(judged->root, &order, ret_sequence);
}

static int say_last(int out, const struct judged_task *judged, uint64_t sequence)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object =
                check_reply_to_json(&builder, &judged->report, judged->context);

        json_add_int(&builder, object, "sequence", (int64_t) sequence);
        return worker_say(out, WORKER_REPLY, &builder, object);
}

int task_send(int out, void *data)
{
        const struct task_input *input = data;
        struct scan_options options = daemon_scan_options(input->daemon);
        _cleanup_judged_task_ struct judged_task judged = { 0 };
        uint64_t sequence = 0;
        int r;

        if (input->daemon->sinks.len == 0)
                return task_fail(out, "Refused", "reason", "%s", OUTBOX_NO_SINK);
        if (input->request->has_profile)
                options.profile = input->request->profile;
        r = task_judge(input, &options, &judged);
        if (r < 0)
                return task_fail_errno(out, r);
        r = put(input, &judged, &sequence);
        if (r < 0)
                return task_fail(out, "Failed", "reason", "the report cannot be put into the outbox: %s",
                                 strerror(-r));

        r = task_say_findings(out, &judged.report);
        return r < 0 || say_last(out, &judged, sequence) < 0;
}
