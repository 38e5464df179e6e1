/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "daemon/daemon.h"
#include "daemon/tasks.h"
#include "daemon/writer.h"
#include "engine/root.h"
#include "report/plan.h"

#include <string.h>

static int fail_refused(int out, const char *reason, const struct buffer *difference)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);
        struct json_object *parameters = json_new_object(&builder);

        json_add_string(&builder, object, "error", "io.ecsguest.Agent.Refused");
        json_add_string(&builder, parameters, "reason", reason);
        if (difference && difference->len > 0)
                json_add_text(&builder, parameters, "difference",
                              (struct text){ difference->data, difference->len });
        else
                json_add_null(&builder, parameters, "difference");
        json_add(&builder, object, "parameters", parameters);
        return worker_say(out, WORKER_ERROR, &builder, object) < 0;
}

static int fail_undo(int out, int error, const struct writer *writer, const struct buffer *difference)
{
        if (error == -EBUSY)
                return task_fail(out, "Busy", NULL, "%s", "");
        if (error == -ENOMEM)
                return task_fail_errno(out, error);

        return fail_refused(out,
                            writer->diag.error == error && writer->diag.message ? writer->diag.message
                                                                                : strerror(-error),
                            difference);
}

static int reply(int out, const struct transaction *transaction)
{
        _cleanup_plan_report_ struct plan_report report = { 0 };
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = NULL;
        int r;

        r = plan_report_of_transaction(transaction, &report);
        if (r < 0)
                return task_fail_errno(out, r);
        object = json_new_object(&builder);
        json_add(&builder, object, "plan", plan_report_to_json(&builder, &report));
        return worker_say(out, WORKER_REPLY, &builder, object) < 0;
}

int task_undo(int out, void *data)
{
        const struct task_input *input = data;
        const char *id = input->request->transaction;
        _cleanup_buffer_ struct buffer difference = { 0 };
        _cleanup_writer_ struct writer writer;
        int r;

        /* Without records there is nothing to undo, and no lock is made. */
        r = writer_begin_reading(input->daemon, &writer);
        if (r >= 0 && writer.store.fd >= 0) {
                writer_done(&writer);
                r = writer_begin(input->daemon, -EBADF, &writer);
        } else if (r >= 0)
                r = -ENOENT;
        if (r >= 0)
                r = session_find(&writer.store, id, &writer.transaction, &writer.diag);
        if (r == -ENOENT)
                return id ? task_fail(out, "NoSuchName", "name", "%s", id)
                          : fail_refused(out, "there is nothing to undo", NULL);
        if (r >= 0 && writer.transaction->state == PLAN_UNDONE)
                return task_fail(out, "Refused", "reason", "'%s' is undone already", id);
        if (r >= 0)
                r = transaction_undo(writer.root, &writer.store, writer.transaction, &writer.options,
                                     &difference, &writer.diag);
        if (r < 0)
                return fail_undo(out, r, &writer, &difference);

        event_say(EVENT_UNDONE,
                  (const struct event_field[]){ { "ECS_GUEST_AGENT_TRANSACTION", writer.transaction->id },
                                                { NULL } },
                  "%s was taken back", writer.transaction->id);
        return reply(out, writer.transaction);
}

/* Others see what was done, and no byte of it: who may read a file now need not have been allowed to then. */
static int add_transaction(const struct task_input *input, struct json_builder *builder,
                           struct json_object *array, struct writer *writer, const char *id)
{
        _cleanup_plan_report_ struct plan_report report = { 0 };
        _cleanup_transaction_ struct transaction *transaction = NULL;
        int r;

        r = record_read(&writer->store, id, &transaction, &writer->diag);
        if (r == -ENOMEM)
                return r;
        r = r < 0 ? plan_report_of_unreadable(id, writer->diag.message, &report)
                  : plan_report_of_transaction(transaction, &report);
        if (r < 0)
                return r;
        for (size_t i = 0; input->request->uid != 0 && i < report.n_steps; i++) {
                report.steps[i].hidden = report.steps[i].diff != NULL;
                free(report.steps[i].diff);
                report.steps[i].diff = NULL;
        }
        json_append(builder, array, plan_report_to_json(builder, &report));

        return 0;
}

static bool is_wanted(const struct request *request, const char *name)
{
        return !request->transaction || string_equal(request->transaction, name);
}

/* One reply, or with "more" one for each. */
static int reply_history(int out, const struct task_input *input, struct writer *writer, char *const *names,
                         size_t n)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);
        struct json_object *array = json_new_array(&builder);
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++)
                if (is_wanted(input->request, names[i]))
                        r = add_transaction(input, &builder, array, writer, names[i]);
        json_add(&builder, object, "transactions", array);

        return r < 0 ? task_fail_errno(out, r) : worker_say(out, WORKER_REPLY, &builder, object) < 0;
}

static int stream_history(int out, const struct task_input *input, struct writer *writer, char *const *names,
                          size_t n)
{
        struct json_builder last = { 0 };
        _cleanup_json_ struct json_object *end = json_new_object(&last);
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++) {
                struct json_builder builder = { 0 };
                _cleanup_json_ struct json_object *object = NULL;
                struct json_object *array;

                if (!is_wanted(input->request, names[i]))
                        continue;
                object = json_new_object(&builder);
                array = json_new_array(&builder);
                r = add_transaction(input, &builder, array, writer, names[i]);
                json_add(&builder, object, "transactions", array);
                if (r >= 0)
                        r = worker_say(out, WORKER_PROGRESS, &builder, object);
        }
        if (r < 0)
                return task_fail_errno(out, r);
        json_add(&last, end, "transactions", json_new_array(&last));

        return worker_say(out, WORKER_REPLY, &last, end) < 0;
}

int task_history(int out, void *data)
{
        const struct task_input *input = data;
        _cleanup_writer_ struct writer writer;
        bool known = false;
        char **names = NULL;
        size_t n = 0;
        int r;

        r = writer_begin_reading(input->daemon, &writer);
        if (r >= 0 && writer.store.fd >= 0)
                r = store_list(&writer.store, &names, &n);
        if (r < 0)
                return fail_undo(out, r, &writer, NULL);
        for (size_t i = 0; i < n; i++)
                known = known || is_wanted(input->request, names[i]);
        if (input->request->transaction && !known)
                r = task_fail(out, "NoSuchName", "name", "%s", input->request->transaction);
        else if (input->request->more)
                r = stream_history(out, input, &writer, names, n);
        else
                r = reply_history(out, input, &writer, names, n);
        store_names_free(names, n);

        return r;
}
