/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/daemon-internal.h"
#include "commands/write.h"

#include <string.h>

/* What it has begun it may have done. */
static int fail_in_the_middle(const char *reason)
{
        return fail(EXIT_FINDINGS, "%s; 'agentctl history' tells what became of it", reason);
}

static int fail_change(const struct wire_reply *reply)
{
        _cleanup_free_ char *reason = NULL;
        struct text text;

        if (daemon_is_error(reply, AGENT "Refused") && json_get_text(reply->parameters, "reason", &text) >= 0)
                return fail(EXIT_REFUSED, "%.*s", TEXT_ARGS(text));
        reason = daemon_describe_error(reply);
        if (!reason)
                return fail_memory();

        return daemon_is_error(reply, AGENT "Failed") ? fail_in_the_middle(reason)
                                                      : fail(EXIT_REFUSED, "%s; nothing was changed", reason);
}

/* The answers to what changes something: each is waited for without end, since the daemon ends it. 0 with the
 * last one, which may be an error. */
static int hear_change(struct daemon *daemon, struct wire_reply *ret)
{
        for (;;) {
                _cleanup_wire_reply_ struct wire_reply reply = { 0 };
                struct text progress;
                int r = varlink_client_receive(daemon->client, -1, &reply);

                if (r < 0)
                        return fail_in_the_middle(r == -ENOMEM ? "out of memory"
                                                               : "the daemon ended before its answer did");
                if (!reply.continues) {
                        *ret = reply;
                        reply.message = NULL;
                        return 0;
                }
                if (json_get_text(reply.parameters, "progress", &progress) >= 0)
                        (void) fail(EXIT_OK, "%.*s", TEXT_ARGS(progress));
        }
}

static int take_changed_plan(const struct wire_reply *reply, struct plan_report *ret)
{
        const char *cause;

        if (daemon_take_plan(reply, ret, &cause) < 0)
                return fail_in_the_middle("the daemon's answer cannot be used");

        return 0;
}

int daemon_apply(struct daemon *daemon, const char *digest, const char *const *names,
                 const struct fix_options *options, struct plan_report *ret)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *parameters = json_new_object(&builder);
        _cleanup_free_ char *whole = string_format("sha256:%s", digest);
        _cleanup_wire_reply_ struct wire_reply reply = { 0 };
        int r;

        if (!whole)
                return fail_memory();
        json_add_string(&builder, parameters, "digest", whole);
        daemon_add_names(&builder, parameters, names);
        daemon_add_fix_options(&builder, parameters, options);
        r = daemon_ask(daemon, AGENT "Apply", &builder, parameters, true);
        if (r == -ECANCELED)
                return fail(EXIT_REFUSED, "nothing was changed");
        if (r == 0)
                r = hear_change(daemon, &reply);
        if (r != 0)
                return r;
        if (daemon_is_error(&reply, AGENT "StalePlan"))
                return -ESTALE;

        return reply.error.len > 0 ? fail_change(&reply) : take_changed_plan(&reply, ret);
}

int daemon_undo(struct daemon *daemon, const char *transaction, struct plan_report *ret)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *parameters = json_new_object(&builder);
        _cleanup_wire_reply_ struct wire_reply reply = { 0 };
        struct text difference;
        int r;

        if (transaction)
                json_add_string(&builder, parameters, "transaction", transaction);
        r = daemon_ask(daemon, AGENT "Undo", &builder, parameters, false);
        if (r == 0)
                r = hear_change(daemon, &reply);
        if (r != 0)
                return r;
        if (daemon_is_error(&reply, AGENT "NoSuchName") && transaction)
                return fail_no_transaction(transaction);
        if (json_get_text(reply.parameters, "difference", &difference) >= 0)
                print_difference(daemon->arguments, difference);

        if (reply.error.len > 0)
                return fail_change(&reply);
        r = take_changed_plan(&reply, ret);
        if (r == 0 && !ret->transaction) {
                plan_report_done(ret);
                r = fail_in_the_middle("the daemon does not say what it has undone");
        }

        return r;
}
