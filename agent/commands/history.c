/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/write.h"
#include "engine/fixer.h"
#include "engine/host.h"

#include <stdio.h>
#include <string.h>

/* What was changed, and what became of it. Whoever may write also finishes what an interrupted run left, and
 * decides what waited for a reboot. */

static int print_text(struct change_session *session, char *const *names, size_t n, struct buffer *out)
{
        for (size_t i = 0; i < n; i++) {
                _cleanup_transaction_ struct transaction *transaction = NULL;
                int r = record_read(&session->store, names[i], &transaction, &session->diag);

                if (r == -ENOMEM)
                        return r;
                if (r < 0) {
                        buffer_addf(out, "%-32s unreadable      ", names[i]);
                        buffer_add_escaped(out, text_from_string(session->diag.message));
                        buffer_add_char(out, '\n');
                        continue;
                }

                buffer_addf(out, "%-32s %-15s", transaction->id, plan_state_name(transaction->state));
                for (size_t j = 0; transaction->fixers && transaction->fixers[j]; j++)
                        buffer_addf(out, "%s%s", j > 0 ? ", " : " ", transaction->fixers[j]);
                if (transaction->reason) {
                        buffer_add_string(out, ": ");
                        buffer_add_escaped(out, text_from_string(transaction->reason));
                }
                buffer_add_char(out, '\n');
        }
        if (n == 0)
                buffer_add_string(out, "Nothing was changed here yet.\n");

        return out->failed ? -ENOMEM : 0;
}

static int print_json(struct change_session *session, char *const *names, size_t n, struct buffer *out)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);
        struct json_object *array = json_new_array(&builder);

        json_add_string(&builder, object, "schema", "io.ecsguest.history/1");
        for (size_t i = 0; i < n; i++) {
                _cleanup_transaction_ struct transaction *transaction = NULL;
                struct plan_report report = { .state = PLAN_FAILED, .transaction = names[i] };
                int r = record_read(&session->store, names[i], &transaction, &session->diag);

                if (r == -ENOMEM)
                        builder.failed = true;
                else if (r < 0)
                        report.reason = session->diag.message;
                else
                        report = transaction_report(transaction);
                json_append(&builder, array, plan_report_to_json(&builder, &report));
        }
        json_add(&builder, object, "transactions", array);

        return json_print(&builder, object, JSON_PRETTY, out);
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

int command_history(const struct arguments *arguments)
{
        _cleanup_session_ struct change_session session = { .store = STORE_INIT };
        _cleanup_buffer_ struct buffer out = { 0 };
        char **names;
        size_t n;
        int code, r;

        code = session_begin(arguments, &session);
        if (code == 0)
                code = finish_and_settle(arguments, &session);
        if (code != 0)
                return code;

        r = store_list(&session.store, &names, &n);
        if (r < 0)
                return session_fail(&session, r);
        r = arguments->json ? print_json(&session, names, n, &out) : print_text(&session, names, n, &out);
        store_names_free(names, n);

        return r < 0 ? fail_memory() : print_output(&out, EXIT_OK);
}
