/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/write.h"
#include "engine/host.h"
#include "engine/root.h"

#include <stdio.h>
#include <string.h>

static void progress(const char *message, void *userdata)
{
        _cleanup_buffer_ struct buffer escaped = { 0 };

        (void) userdata;
        buffer_add_escaped(&escaped, text_from_string(message));
        (void) fprintf(stderr, "agentctl: %s\n", escaped.data ? escaped.data : "");
}

int session_fail(const struct change_session *session, int error)
{
        if (error == -ENOMEM)
                return fail_memory();

        return fail(EXIT_REFUSED, "%s",
                    session->diag.error == error && session->diag.message ? session->diag.message
                                                                          : strerror(-error));
}

int session_begin(const struct arguments *arguments, struct change_session *session)
{
        int code, r;

        *session = (struct change_session){ .store = STORE_INIT, .live = !arguments->root };
        session->options = (struct transaction_options){ .commands = session->live, .progress = progress };
        session->root = open_root(arguments, &code);
        if (!session->root)
                return code;

        r = host_read(session->root, &session->host);
        if (r >= 0)
                r = store_open(session->root, &session->store, &session->diag);

        return r < 0 ? session_fail(session, r) : 0;
}

void session_end(struct change_session *session)
{
        store_close(&session->store);
        host_done(&session->host);
        diag_done(&session->diag);
        (void) root_free(session->root);
}

int session_waits(struct change_session *session, bool *ret_interrupted, bool *ret_pending)
{
        int r = transactions_waiting(&session->store, session->live ? session->host.boot_id : NULL,
                                     ret_interrupted, ret_pending);

        return r < 0 ? session_fail(session, r) : 0;
}

int session_lock(const struct arguments *arguments, struct change_session *session, size_t *ret_recovered)
{
        size_t n_settled;
        int r;

        r = session_take(session->root, &arguments->scan, session->live ? session->host.boot_id : NULL,
                         &session->store, &session->options, ret_recovered, &n_settled, &session->diag);
        if (r < 0)
                return session_fail(session, r);
        if (*ret_recovered > 0)
                progress("an earlier run was interrupted; what it had changed was taken back", NULL);

        return 0;
}

int print_json_document(struct json_builder *builder, struct json_object *object, int code)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        if (json_print(builder, object, JSON_PRETTY, &out) < 0)
                return fail_memory();

        return print_output(&out, code);
}

int print_plan_document(const struct plan_report *report, int code)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = plan_report_to_json(&builder, report);

        return print_json_document(&builder, object, code);
}

void print_difference(const struct arguments *arguments, struct text difference)
{
        struct report_style style = output_style(arguments);
        _cleanup_buffer_ struct buffer shown = { 0 };

        style.color = false;
        print_diff(&shown, &style, difference);
        if (shown.len > 0 && !shown.failed)
                (void) fputs(shown.data, stderr);
}

int fail_no_transaction(const char *id)
{
        return fail(EXIT_REFUSED, "no transaction is called '%s'; 'agentctl history' shows them", id);
}

int check_root(const struct arguments *arguments)
{
        if (arguments->root || geteuid() == 0)
                return 0;

        return fail(EXIT_REFUSED,
                    "only root may change the running system; 'agentctl fix --dry-run' shows what would be "
                    "changed");
}
