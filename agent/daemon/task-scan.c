/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "daemon/daemon.h"
#include "daemon/tasks.h"
#include "engine/root.h"
#include "engine/scan.h"
#include "report/instance.h"
#include "report/json.h"
#include "report/readings.h"

#include <string.h>

int task_fail(int out, const char *error, const char *key, const char *format, ...)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);
        struct json_object *parameters = json_new_object(&builder);
        _cleanup_free_ char *name = string_format("io.ecsguest.Agent.%s", error);
        va_list arguments;
        char *value;

        va_start(arguments, format);
        value = string_formatv(format, arguments);
        va_end(arguments);
        builder.failed = builder.failed || !name || !value;
        if (key)
                json_add_string(&builder, parameters, key, value);
        json_add_string(&builder, object, "error", name);
        json_add(&builder, object, "parameters", parameters);
        free(value);

        return worker_say(out, WORKER_ERROR, &builder, object) < 0;
}

int task_fail_errno(int out, int error)
{
        return task_fail(out, "Failed", "reason", "%s", strerror(-error));
}

int task_describe(int out, void *input)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = list_to_json(&builder, true, true);

        (void) input;
        return worker_say(out, WORKER_REPLY, &builder, object) < 0;
}

void judged_task_done(struct judged_task *judged)
{
        (void) context_free(judged->context);
        (void) root_free(judged->root);
        metadata_done(&judged->metadata);
}

int task_judge(const struct task_input *input, const struct scan_options *options, struct judged_task *ret)
{
        int r;

        r = daemon_open_root(input->daemon, &ret->root);
        if (r >= 0)
                r = context_new(ret->root, options, &ret->context);
        if (r >= 0)
                r = scan_run(ret->context, (const char *const *) input->request->names);
        if (r >= 0)
                r = report_make(ret->context, time(NULL), &ret->report);

        return r < 0 ? r : report_add_instance(&ret->report, ret->root, &ret->metadata);
}

static int say_finding(int out, const struct finding *finding)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);

        json_add(&builder, object, "finding", report_finding_to_json(&builder, finding));
        return worker_say(out, WORKER_PROGRESS, &builder, object);
}

int task_say_findings(int out, const struct report *report)
{
        int r = 0;

        for (size_t i = 0; i < report->findings->n && r >= 0; i++)
                r = say_finding(out, report->findings->items[i]);

        return r;
}

int task_check(int out, void *data)
{
        const struct task_input *input = data;
        struct scan_options options = daemon_scan_options(input->daemon);
        _cleanup_judged_task_ struct judged_task judged = { 0 };
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = NULL;
        int r;

        options.active = input->request->active;
        if (input->request->has_profile)
                options.profile = input->request->profile;
        r = task_judge(input, &options, &judged);
        if (r < 0)
                return task_fail_errno(out, r);

        r = task_say_findings(out, &judged.report);
        object = check_reply_to_json(&builder, &judged.report, judged.context);

        return r < 0 || worker_say(out, WORKER_REPLY, &builder, object) < 0;
}

int task_ready(int out, void *data)
{
        const struct task_input *input = data;
        struct scan_options options = daemon_scan_options(input->daemon);
        _cleanup_judged_task_ struct judged_task judged = { 0 };
        _cleanup_buffer_ struct buffer line = { 0 };
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = NULL;
        struct report_style style = { 0 };
        int r;

        options.profile = PROFILE_CAPTURE;
        r = task_judge(input, &options, &judged);
        if (r >= 0)
                r = report_write_oneline(&judged.report, &style, &line);
        if (r < 0)
                return task_fail_errno(out, r);

        object = json_new_object(&builder);
        json_add(&builder, object, "summary", report_summary_to_json(&builder, &judged.report));
        json_add_text(&builder, object, "oneline", text_chomp((struct text){ line.data, line.len }));
        return worker_say(out, WORKER_REPLY, &builder, object) < 0;
}
