/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/daemon.h"
#include "commands/write.h"
#include "engine/fixer.h"
#include "engine/host.h"

#include <stdio.h>
#include <string.h>

/* What was changed, and what became of it. Whoever may write also finishes what an interrupted run left, and
 * decides what waited for a reboot. */

/* In the order of time. */
struct history {
        struct plan_report *reports;
        size_t n;
};

static void history_done(struct history *history)
{
        for (size_t i = 0; i < history->n; i++)
                plan_report_done(&history->reports[i]);
        free(history->reports);
        *history = (struct history){ 0 };
}

/* Takes the report, also after an error. */
static int add_report(struct plan_report *report, void *userdata)
{
        struct history *history = userdata;

        if (array_grow(&history->reports, history->n, sizeof(*history->reports)) < 0) {
                plan_report_done(report);
                return -ENOMEM;
        }
        history->reports[history->n++] = *report;
        return 0;
}

static int add_record(struct change_session *session, const char *name, struct history *history)
{
        _cleanup_transaction_ struct transaction *transaction = NULL;
        struct plan_report report;
        int r;

        r = record_read(&session->store, name, &transaction, &session->diag);
        if (r == -ENOMEM)
                return r;
        r = r < 0 ? plan_report_of_unreadable(name, session->diag.message, &report)
                  : plan_report_of_transaction(transaction, &report);

        return r < 0 ? r : add_report(&report, history);
}

static int read_history(struct change_session *session, struct history *history)
{
        char **names;
        size_t n;
        int r;

        r = store_list(&session->store, &names, &n);
        if (r < 0)
                return session_fail(session, r);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = add_record(session, names[i], history);
        store_names_free(names, n);

        return r < 0 ? fail_memory() : 0;
}

static void print_record(struct buffer *out, const struct plan_report *report)
{
        /* Names and words are ours, and plain. */
        buffer_addf(out, "%-32s %-15s", report->transaction,
                    report->digest ? plan_state_name(report->state) : "unreadable");
        for (size_t i = 0; report->fixers && report->fixers[i]; i++)
                buffer_addf(out, "%s%s", i > 0 ? ", " : " ", report->fixers[i]);
        if (report->reason) {
                buffer_add_string(out, report->digest ? ": " : " ");
                print_text(out, report->reason);
        }
        buffer_add_char(out, '\n');
}

static struct json_object *history_to_json(struct json_builder *builder, const struct history *history)
{
        struct json_object *object = json_new_object(builder);
        struct json_object *array = json_new_array(builder);

        json_add_string(builder, object, "schema", "io.ecsguest.history/1");
        for (size_t i = 0; i < history->n; i++)
                json_append(builder, array, plan_report_to_json(builder, &history->reports[i]));
        json_add(builder, object, "transactions", array);
        return object;
}

static int print_history(const struct arguments *arguments, const struct history *history)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        if (arguments->json) {
                struct json_builder builder = { 0 };
                _cleanup_json_ struct json_object *object = history_to_json(&builder, history);

                return print_json_document(&builder, object, EXIT_OK);
        }

        for (size_t i = 0; i < history->n; i++)
                print_record(&out, &history->reports[i]);
        if (history->n == 0)
                buffer_add_string(&out, "Nothing was changed here yet.\n");
        return print_output(&out, EXIT_OK);
}

/* Who is at work has not finished, or nothing can be written here: no reason not to show what there is. */
static bool is_for_readers(int error)
{
        return error == -EBUSY || error == -EROFS || error == -EACCES;
}

static int finish_and_settle(const struct arguments *arguments, struct change_session *session)
{
        bool interrupted, pending;
        size_t n_recovered;
        int code, r;

        code = session_waits(session, &interrupted, &pending);
        if (code != 0)
                return code;
        if (!interrupted && !pending && !store_has_leftovers(&session->store, false))
                return 0;

        code = session_lock(arguments, session, &n_recovered);
        if (code == 0 || !is_for_readers(session->diag.error))
                return code;
        r = store_open(session->root, &session->store, &session->diag);

        return r < 0 ? session_fail(session, r) : 0;
}

static int read_here(const struct arguments *arguments, struct history *history)
{
        _cleanup_session_ struct change_session session = { .store = STORE_INIT };
        int code;

        code = session_begin(arguments, &session);
        if (code == 0)
                code = finish_and_settle(arguments, &session);

        return code != 0 ? code : read_history(&session, history);
}

int command_history(const struct arguments *arguments)
{
        _cleanup_(history_done) struct history history = { 0 };
        _cleanup_daemon_ struct daemon *daemon = NULL;
        int code;

        code = daemon_open(arguments, 0, &daemon);
        if (code != 0)
                return code;
        code = daemon ? daemon_history(daemon, add_report, &history) : -ECANCELED;
        if (code == -ECANCELED) {
                /* A part of it may have come. */
                history_done(&history);
                code = read_here(arguments, &history);
        }

        return code != 0 ? code : print_history(arguments, &history);
}
