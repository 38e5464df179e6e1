/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/calls.h"
#include "base/json.h"
#include "daemon/daemon.h"
#include "daemon/tasks.h"

#include <string.h>
#include <sys/wait.h>

enum {
        READERS_MAX = 4,
        READ_LIMIT_MS = 120 * 1000, /* a scan takes a fraction of a second; a client may be slow */
};

struct call_kind {
        const char *name;
        worker_task task;
        const struct varlink_parameter *parameters;
        enum request_names names;
        bool writes;
};

struct task {
        struct task *next;
        struct daemon *daemon;
        const struct call_kind *kind;
        struct request request;
        struct task_input input;
        struct varlink_call *call; /* NULL when it is answered, or the client has gone */
        struct worker *worker;     /* NULL while it waits */
        bool answered;
};

static const struct varlink_parameter check_parameters[] = {
        { "names", "an" }, { "profile", "sn" }, { "active", "bn" }, { NULL, NULL }
};
static const struct varlink_parameter send_parameters[] = { { "profile", "sn" }, { NULL, NULL } };
static const struct varlink_parameter plan_parameters[] = { { "names", "an" }, { "strategy", "sn" },
                                                            { "force", "bn" }, { "install", "bn" },
                                                            { "now", "bn" },   { NULL, NULL } };
static const struct varlink_parameter apply_parameters[] = { { "digest", "s" },    { "names", "an" },
                                                             { "strategy", "sn" }, { "force", "bn" },
                                                             { "install", "bn" },  { "now", "bn" },
                                                             { NULL, NULL } };
static const struct varlink_parameter transaction_parameters[] = { { "transaction", "sn" }, { NULL, NULL } };

static const struct call_kind kinds[] = {
        { VARLINK_AGENT ".Describe", task_describe, NULL, REQUEST_PROBES, false },
        { VARLINK_AGENT ".Check", task_check, check_parameters, REQUEST_PROBES, false },
        { VARLINK_AGENT ".Ready", task_ready, NULL, REQUEST_PROBES, false },
        { VARLINK_AGENT ".PrepareCapture", task_prepare_capture, NULL, REQUEST_PROBES, true },
        { VARLINK_AGENT ".Send", task_send, send_parameters, REQUEST_PROBES, true },
        { VARLINK_AGENT ".Plan", task_plan, plan_parameters, REQUEST_FIXERS, false },
        { VARLINK_AGENT ".Apply", task_apply, apply_parameters, REQUEST_FIXERS, true },
        { VARLINK_AGENT ".Undo", task_undo, transaction_parameters, REQUEST_PROBES, true },
        { VARLINK_AGENT ".History", task_history, transaction_parameters, REQUEST_PROBES, false },
};

static void task_free(struct task *task)
{
        struct task **at = &task->daemon->tasks;

        while (*at && *at != task)
                at = &(*at)->next;
        if (*at)
                *at = task->next;
        request_done(&task->request);
        free(task);
}

bool caller_may_read(struct varlink_call *call, const struct daemon *daemon)
{
        if (daemon->config.readers == CONFIG_READERS_ALL || varlink_call_uid(call) == 0)
                return true;

        varlink_call_error_string(call, VARLINK_SERVICE ".PermissionDenied", NULL, NULL);
        return false;
}

static void answer_error(struct varlink_call *call, struct text message)
{
        _cleanup_json_ struct json_object *object = NULL;
        struct json_builder builder = { 0 };
        _cleanup_free_ char *error = NULL;
        const char *cause;

        if (json_parse(message.data, message.len, message.len, &object, &cause) < 0 ||
            json_dup_string(object, "error", &error) < 0) {
                varlink_call_failed(call, "the worker's answer is no answer");
                return;
        }
        varlink_call_error(call, error, &builder, json_get_object(object, "parameters"));
}

static bool task_said(struct worker *worker, enum worker_tag tag, struct text message, void *userdata)
{
        struct task *task = userdata;
        struct varlink_call *call = task->call;

        (void) worker;
        if (!call)
                return true;
        if (tag == WORKER_PROGRESS) {
                if (!varlink_call_wants_more(call))
                        return true;
                if (varlink_call_is_full(call))
                        return false;
                return varlink_call_stream_text(call, message) != -EAGAIN;
        }

        task->call = NULL;
        task->answered = true;
        if (tag == WORKER_REPLY)
                varlink_call_reply_text(call, message);
        else
                answer_error(call, message);
        return true;
}

static void task_ended(struct worker *worker, int status, void *userdata)
{
        struct task *task = userdata;
        struct daemon *daemon = task->daemon;
        bool writes = task->kind->writes;

        if (task->call)
                varlink_call_failed(take_ptr(task->call), "the worker did not come to an end");
        if (WIFSIGNALED(status))
                event_say(EVENT_WORKER_LOST, NULL, "The worker %d for %s was ended by signal %d",
                          (int) worker_pid(worker), task->kind->name, WTERMSIG(status));
        /* What it left half done is taken back by the next scan, which finds it out by itself. */
        if (writes) {
                daemon->settle = true;
                daemon_want_scan_now(daemon);
        }
        task_free(task);
        daemon_proceed(daemon);
}

static void client_left(struct varlink_call *call, void *userdata)
{
        struct task *task = userdata;
        struct daemon *daemon = task->daemon;

        (void) call;
        task->call = NULL;
        /* What has begun to change the system is finished. */
        if (task->worker && task->kind->writes)
                return;
        task->worker = worker_end(task->worker);
        task_free(task);
        daemon_proceed(daemon);
}

static void client_has_space(struct varlink_call *call, void *userdata)
{
        struct task *task = userdata;

        (void) call;
        if (task->worker)
                worker_continue(task->worker);
}

static void start(struct task *task)
{
        struct worker_options options = { .task = task->kind->task,
                                          .task_data = &task->input,
                                          .limit_ms = task->kind->writes ? 0 : READ_LIMIT_MS,
                                          .detached = task->kind->writes,
                                          .forked = daemon_forked,
                                          .forked_data = task->daemon,
                                          .said = task_said,
                                          .ended = task_ended,
                                          .userdata = task };
        int r;

        r = worker_start(task->daemon->loop, &options, &task->worker);
        if (r >= 0)
                return;
        varlink_call_failed(take_ptr(task->call), "no worker could be started: %s", strerror(-r));
        task_free(task);
}

bool calls_are_writing(const struct daemon *daemon)
{
        for (const struct task *task = daemon->tasks; task; task = task->next)
                if (task->worker && task->kind->writes)
                        return true;

        return false;
}

/* One that has answered is about to end: the next one waits for that, and is not told to come again. */
static bool has_writer(const struct daemon *daemon)
{
        for (const struct task *task = daemon->tasks; task; task = task->next)
                if (task->kind->writes && !task->answered)
                        return true;

        return daemon->repair != NULL;
}

static size_t count_readers(const struct daemon *daemon)
{
        size_t n = 0;

        for (const struct task *task = daemon->tasks; task; task = task->next)
                n += task->worker && !task->kind->writes;

        return n;
}

/* A change waits for our own scan, and for nobody else: who reads meanwhile has begun before. */
static bool may_start(const struct task *task)
{
        struct daemon *daemon = task->daemon;

        if (task->worker || calls_are_writing(daemon) || daemon->repair)
                return false;

        return task->kind->writes ? !daemon->scan : count_readers(daemon) < READERS_MAX;
}

/* The oldest first, but root before the others. */
static struct task *next_task(const struct daemon *daemon)
{
        struct task *found = NULL;

        for (struct task *task = daemon->tasks; task; task = task->next)
                if (may_start(task) && (!found || (found->request.uid != 0 && task->request.uid == 0)))
                        found = task;

        return found;
}

void calls_proceed(struct daemon *daemon)
{
        struct task *task;

        while (!daemon->stopping && (task = next_task(daemon)))
                start(task);
}

static const struct call_kind *find_kind(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (string_equal(name, kinds[i].name))
                        return &kinds[i];

        return NULL;
}

/* 0 when the request may wait for its turn; 1 when it has been answered. */
static int read_request(struct varlink_call *call, const struct call_kind *kind, struct request *request)
{
        const char *bad = NULL;
        int r;

        request->uid = varlink_call_uid(call);
        request->more = varlink_call_wants_more(call);
        r = request_read(varlink_call_parameters(call), kind->names, request, &bad);
        if (r == -EINVAL)
                varlink_call_invalid(call, bad);
        else if (r == -ESRCH)
                varlink_call_error_string(call, VARLINK_AGENT ".NoSuchName", "name", bad);
        else if (r >= 0 && request->active && request->uid != 0)
                varlink_call_error_string(call, VARLINK_SERVICE ".PermissionDenied", NULL, NULL);
        else
                return r;

        return 1;
}

static int handle_task(struct varlink_call *call, void *userdata)
{
        struct daemon *daemon = userdata;
        const struct call_kind *kind = find_kind(varlink_call_method(call));
        struct task *task, **end = &daemon->tasks;
        int r;

        if (!kind)
                return -EINVAL;
        if (!caller_may_read(call, daemon) || !varlink_call_accepts(call, kind->parameters))
                return 0;
        if (kind->writes && has_writer(daemon)) {
                varlink_call_error_string(call, VARLINK_AGENT ".Busy", NULL, NULL);
                return 0;
        }

        task = calloc(1, sizeof(*task));
        if (!task)
                return -ENOMEM;
        *task = (struct task){ .daemon = daemon, .kind = kind };
        task->input = (struct task_input){ daemon, &task->request };
        r = read_request(call, kind, &task->request);
        if (r != 0) {
                request_done(&task->request);
                free(task);
                return r < 0 ? r : 0;
        }

        task->call = call;
        while (*end)
                end = &(*end)->next;
        *end = task;
        varlink_call_defer(call, client_left, client_has_space, task);
        calls_proceed(daemon);
        return 0;
}

void calls_end_readers(struct daemon *daemon)
{
        struct task *next;

        for (struct task *task = daemon->tasks; task; task = next) {
                next = task->next;
                if (task->worker && task->kind->writes)
                        continue;
                if (task->call)
                        varlink_call_failed(take_ptr(task->call), "the daemon is being stopped");
                task->worker = worker_end(task->worker);
                task_free(task);
        }
}

void calls_done(struct daemon *daemon)
{
        while (daemon->tasks) {
                struct task *task = daemon->tasks;

                task->worker = worker_end(task->worker);
                task_free(task);
        }
}

void calls_abandon(struct daemon *daemon)
{
        for (struct task *task = daemon->tasks; task; task = task->next)
                if (task->worker)
                        worker_abandon(task->worker);
}

const struct varlink_method daemon_methods[] = {
        { VARLINK_AGENT ".Describe", false, false, handle_task },
        { VARLINK_AGENT ".Check", false, true, handle_task },
        { VARLINK_AGENT ".Ready", false, false, handle_task },
        { VARLINK_AGENT ".PrepareCapture", true, false, handle_task },
        { VARLINK_AGENT ".Send", true, false, handle_task },
        { VARLINK_AGENT ".Plan", false, false, handle_task },
        { VARLINK_AGENT ".Apply", true, false, handle_task },
        { VARLINK_AGENT ".Undo", true, false, handle_task },
        { VARLINK_AGENT ".History", false, false, handle_task },
        { VARLINK_AGENT ".Status", false, false, handle_status },
        { VARLINK_AGENT ".Subscribe", false, true, handle_subscribe },
        { NULL, false, false, NULL },
};
