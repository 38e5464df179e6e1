/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"
#include "daemon/tasks.h"
#include "daemon/writer.h"
#include "engine/capture.h"
#include "engine/root.h"
#include "engine/scan.h"
#include "report/json.h"
#include "report/readings.h"

#include <string.h>

/* Nothing is told of what is finished on the way: a reply with more to come is a finding. */
static int settle(const struct daemon *daemon, struct writer *writer)
{
        int r = writer_begin(daemon, -EBADF, writer);

        return r < 0 ? r : capture_check_transactions(&writer->store, &writer->diag);
}

/* On a root of its own: what was settled has changed it. */
static int judge_now(struct writer *writer, struct report *ret)
{
        struct scan_options options = daemon_scan_options(writer->daemon);
        int r;

        options.profile = PROFILE_CAPTURE;
        r = daemon_open_root(writer->daemon, &writer->root_after);
        if (r >= 0)
                r = context_new(writer->root_after, &options, &writer->context);
        if (r >= 0)
                r = scan_run(writer->context, NULL);

        return r < 0 ? r : report_make(writer->context, time(NULL), ret);
}

static int say_last(int out, const struct report *report, struct context *context)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = check_reply_to_json(&builder, report, context);
        _cleanup_buffer_ struct buffer line = { 0 };
        struct report_style style = { 0 };

        if (report_write_oneline(report, &style, &line) < 0)
                return -ENOMEM;
        json_add_text(&builder, object, "oneline", text_chomp((struct text){ line.data, line.len }));
        report_add_digest(&builder, object, report->digest);
        return worker_say(out, WORKER_REPLY, &builder, object);
}

static int say_all(int out, const struct report *report, struct context *context)
{
        int r = task_say_findings(out, report);

        return r < 0 ? r : say_last(out, report, context);
}

static int fail_capture(int out, int error, const struct writer *writer)
{
        if (error == -EBUSY)
                return task_fail(out, "Busy", NULL, "%s", "");
        if (writer->diag.error != error || !writer->diag.message)
                return task_fail_errno(out, error);

        return task_fail(out, error == -EAGAIN ? "Refused" : "Failed", "reason", "%s", writer->diag.message);
}

int task_prepare_capture(int out, void *data)
{
        const struct task_input *input = data;
        _cleanup_writer_ struct writer writer = { 0 };
        struct report report;
        int r;

        r = settle(input->daemon, &writer);
        if (r >= 0)
                r = judge_now(&writer, &report);
        /* What was judged is on disk when it is told. */
        if (r >= 0)
                r = capture_sync(writer.root_after, !input->daemon->options.root, &writer.diag);
        if (r < 0)
                return fail_capture(out, r, &writer);

        return say_all(out, &report, writer.context) < 0;
}
