/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/write.h"
#include "engine/fixer.h"
#include "engine/host.h"

#include <stdio.h>
#include <string.h>

/* The last one that is still in place, or the named one. */
static int find(struct change_session *session, const char *id, struct transaction **ret)
{
        int r = session_find(&session->store, id, ret, &session->diag);

        if (r == -ENOENT)
                return id ? fail(EXIT_REFUSED, "no transaction is called '%s'; 'agentctl history' shows them",
                                 id)
                          : fail(EXIT_REFUSED, "there is nothing to undo");
        return r < 0 ? session_fail(session, r) : 0;
}

static int print_result(const struct arguments *arguments, const struct transaction *transaction)
{
        _cleanup_plan_report_ struct plan_report report = { 0 };
        _cleanup_buffer_ struct buffer out = { 0 };

        if (plan_report_of_transaction(transaction, &report) < 0)
                return fail_memory();
        if (arguments->json)
                return print_plan_document(&report, EXIT_OK);

        for (size_t i = 0; i < report.n_steps; i++) {
                if (!report.steps[i].path)
                        continue;
                buffer_add_string(&out, report.steps[i].creates ? "removed   " : "restored  ");
                print_text(&out, report.steps[i].path);
                buffer_add_char(&out, '\n');
        }
        buffer_addf(&out, "%s is undone.\n", report.transaction);
        if (report.reboot)
                buffer_add_string(&out, "It takes effect at the next boot.\n");
        return print_output(&out, EXIT_OK);
}

static int undo(const struct arguments *arguments, struct change_session *session,
                struct transaction *transaction)
{
        struct report_style style = output_style(arguments);
        _cleanup_buffer_ struct buffer difference = { 0 }, shown = { 0 };
        int r;

        if (transaction->state == PLAN_UNDONE)
                return fail(EXIT_REFUSED, "'%s' is undone already", transaction->id);
        r = transaction_undo(session->root, &session->store, transaction, &session->options, &difference,
                             &session->diag);
        if (r >= 0)
                return print_result(arguments, transaction);

        /* What somebody did since, so that it need not be looked for. */
        style.color = false;
        print_diff(&shown, &style, (struct text){ difference.data, difference.len });
        if (shown.len > 0 && !shown.failed)
                (void) fputs(shown.data, stderr);
        return session_fail(session, r);
}

int command_undo(const struct arguments *arguments)
{
        _cleanup_session_ struct change_session session = { .store = STORE_INIT };
        _cleanup_transaction_ struct transaction *transaction = NULL;
        const char *id = arguments->n_names > 0 ? arguments->names[0] : NULL;
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
