/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/writer.h"
#include "base/json.h"
#include "daemon/daemon.h"
#include "engine/root.h"

#include <string.h>
#include <syslog.h>

static void progress(const char *message, void *userdata)
{
        const struct writer *writer = userdata;
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = NULL;

        if (writer->out < 0)
                return;
        object = json_new_object(&builder);
        json_add_string(&builder, object, "progress", message);
        /* Whoever asked may have gone; what has begun goes on. */
        (void) !worker_say(writer->out, WORKER_PROGRESS, &builder, object);
}

/* A dump of a system has no boots of its own. */
static const char *boot_of(const struct writer *writer)
{
        return writer->daemon->options.root ? NULL : writer->host.boot_id;
}

int writer_begin_reading(const struct daemon *daemon, struct writer *ret)
{
        int r;

        *ret = (struct writer){ .daemon = daemon, .out = -EBADF, .store = STORE_INIT };
        r = daemon_open_root(daemon, &ret->root);
        if (r >= 0)
                r = host_read(ret->root, &ret->host);

        return r < 0 ? r : store_open(ret->root, &ret->store, &ret->diag);
}

int writer_begin(const struct daemon *daemon, int out, struct writer *ret)
{
        struct scan_options scan = daemon_scan_options(daemon);
        size_t n_recovered, n_settled;
        int r;

        r = writer_begin_reading(daemon, ret);
        if (r < 0)
                return r;
        ret->out = out;
        ret->options = (struct transaction_options){ .commands = !daemon->options.root,
                                                     .runner = daemon->options.runner,
                                                     .progress = progress,
                                                     .userdata = ret };
        r = session_take(ret->root, &scan, boot_of(ret), &ret->store, &ret->options, &n_recovered, &n_settled,
                         &ret->diag);
        if (r >= 0 && n_recovered > 0)
                event_say(EVENT_RECOVERED, NULL,
                          "An earlier run was interrupted; what it had changed was taken back");

        return r;
}

void writer_done(struct writer *writer)
{
        (void) transaction_free(writer->transaction);
        (void) context_free(writer->context);
        (void) root_free(writer->root_after);
        store_close(&writer->store);
        host_done(&writer->host);
        diag_done(&writer->diag);
        (void) root_free(writer->root);
}

static void say_applied(const struct writer *writer)
{
        const struct transaction *transaction = writer->transaction;
        const struct event_field fields[] = {
                { "ECS_GUEST_AGENT_TRANSACTION", transaction->id },
                { "ECS_GUEST_AGENT_STATE", plan_state_name(transaction->state) },
                { NULL },
        };
        _cleanup_buffer_ struct buffer fixers = { 0 };

        for (size_t i = 0; transaction->fixers && transaction->fixers[i]; i++)
                buffer_addf(&fixers, "%s%s", i > 0 ? ", " : "", transaction->fixers[i]);
        event_say_at(EVENT_APPLIED, transaction->state == PLAN_FAILED ? LOG_ERR : LOG_NOTICE, fields,
                     "%s by %s: %s%s%s; 'agentctl undo %s' takes it back", transaction->id,
                     fixers.data ? fixers.data : "", plan_state_name(transaction->state),
                     transaction->reason ? ": " : "", transaction->reason ? transaction->reason : "",
                     transaction->id);
}

void writer_say_refused(const char *reason)
{
        event_say(EVENT_REFUSED, NULL, "Refused, nothing was changed: %s", reason ? reason : "");
}

int writer_apply(struct writer *writer, const struct plan *plan, const char *const *names)
{
        struct scan_options scan = daemon_scan_options(writer->daemon);
        const char *stem = names && names[0] ? (names[1] ? "several" : names[0]) : "all";
        int r;

        r = transaction_apply(writer->root, &writer->store, plan, stem, boot_of(writer), time(NULL),
                              &writer->options, &writer->transaction, &writer->diag);
        if (r < 0)
                return r;

        /* From here on it is applied, whatever happens. */
        r = daemon_open_root(writer->daemon, &writer->root_after);
        if (r >= 0)
                r = session_judge(writer->root_after, &scan, &writer->store, writer->transaction,
                                  &writer->context, &writer->diag);
        if (r < 0)
                event_say(EVENT_TROUBLE, NULL, "%s is applied, and its state could not be recorded: %s",
                          writer->transaction->id,
                          writer->diag.message ? writer->diag.message : strerror(-r));
        say_applied(writer);

        return 0;
}
