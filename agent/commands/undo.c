/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/daemon.h"
#include "commands/write.h"

/* The last one that is still in place, or the named one. */
static int find(struct change_session *session, const char *id, struct transaction **ret)
{
        int r = session_find(&session->store, id, ret, &session->diag);

        if (r == -ENOENT)
                return id ? fail_no_transaction(id) : fail(EXIT_REFUSED, "there is nothing to undo");
        return r < 0 ? session_fail(session, r) : 0;
}

static int print_result(const struct arguments *arguments, const struct plan_report *report)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        if (arguments->json)
                return print_plan_document(report, EXIT_OK);

        for (size_t i = 0; i < report->n_steps; i++) {
                if (!report->steps[i].path)
                        continue;
                buffer_add_string(&out, report->steps[i].creates ? "removed   " : "restored  ");
                print_text(&out, report->steps[i].path);
                buffer_add_char(&out, '\n');
        }
        print_text(&out, report->transaction);
        buffer_add_string(&out, " is undone.\n");
        if (report->reboot)
                buffer_add_string(&out, "It takes effect at the next boot.\n");
        return print_output(&out, EXIT_OK);
}

static int undo(const struct arguments *arguments, struct change_session *session,
                struct transaction *transaction)
{
        _cleanup_plan_report_ struct plan_report report = { 0 };
        _cleanup_buffer_ struct buffer difference = { 0 };
        int r;

        if (transaction->state == PLAN_UNDONE)
                return fail(EXIT_REFUSED, "'%s' is undone already", transaction->id);
        r = transaction_undo(session->root, &session->store, transaction, &session->options, &difference,
                             &session->diag);
        if (r < 0) {
                print_difference(arguments, (struct text){ difference.data, difference.len });
                return session_fail(session, r);
        }
        if (plan_report_of_transaction(transaction, &report) < 0)
                return fail_memory();

        return print_result(arguments, &report);
}

static int undo_here(const struct arguments *arguments, const char *id)
{
        _cleanup_session_ struct change_session session = { .store = STORE_INIT };
        _cleanup_transaction_ struct transaction *transaction = NULL;
        size_t n_recovered;
        int code;

        code = session_begin(arguments, &session);
        if (code != 0)
                return code;
        /* Without records there is nothing to undo, and no lock is made. */
        if (session.store.fd < 0)
                return find(&session, id, &transaction);

        code = session_lock(arguments, &session, &n_recovered);
        if (code == 0)
                code = find(&session, id, &transaction);

        return code != 0 ? code : undo(arguments, &session, transaction);
}

int command_undo(const struct arguments *arguments)
{
        const char *id = arguments->n_names > 0 ? arguments->names[0] : NULL;
        _cleanup_plan_report_ struct plan_report report = { 0 };
        _cleanup_daemon_ struct daemon *daemon = NULL;
        int code;

        code = check_root(arguments);
        if (code == 0)
                code = daemon_open(arguments, 0, &daemon);
        if (code != 0)
                return code;

        code = daemon ? daemon_undo(daemon, id, &report) : -ECANCELED;
        if (code == -ECANCELED)
                return undo_here(arguments, id);

        return code != 0 ? code : print_result(arguments, &report);
}
