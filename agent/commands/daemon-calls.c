/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/daemon-internal.h"

#include <string.h>

enum {
        STALL_MS = 60000,    /* without a sign of life; a scan takes a fraction of a second */
        CAPTURE_MS = 600000, /* the disks are written to meanwhile */
};

void daemon_add_names(struct json_builder *builder, struct json_object *object, const char *const *names)
{
        struct json_object *array;

        if (!names || !names[0])
                return;
        array = json_new_array(builder);
        for (; *names; names++)
                json_append_string(builder, array, *names);
        json_add(builder, object, "names", array);
}

void daemon_report_done(struct daemon_report *report)
{
        (void) read_report_free(report->read);
        readings_done(&report->readings);
        json_free(report->last);
        *report = (struct daemon_report){ 0 };
}

/* One reply of Check: a finding, or the end. */
static int take_check(struct daemon_report *report, struct wire_reply *reply, const char **ret_cause)
{
        struct json_object *finding = json_get_object(reply->parameters, "finding");
        struct json_object *summary = json_get_object(reply->parameters, "summary");
        struct json_object *read = json_get_array(reply->parameters, "read");
        int r = 0;

        if (reply->continues ? !finding : !summary || !read) {
                *ret_cause = reply->continues ? "a reply without a finding" : "it has no end";
                return -EBADMSG;
        }
        if (finding)
                r = read_report_finding(report->read, finding, ret_cause);
        if (r < 0 || reply->continues)
                return r;

        r = read_report_summary(report->read, summary, &report->report, ret_cause);
        if (r >= 0)
                r = readings_read(read, &report->readings, ret_cause);
        if (r >= 0)
                report->last = take_ptr(reply->message);
        return r;
}

/* The next reply; a refusal is the last word, and nobody else is to answer. */
static int hear_finding(struct daemon *daemon, int timeout_ms, struct wire_reply *ret)
{
        _cleanup_wire_reply_ struct wire_reply reply = { 0 };
        struct text reason;
        int r = varlink_client_receive(daemon->client, timeout_ms, &reply);

        if (r < 0)
                return daemon_give_up_error(daemon, r);
        if (daemon_is_error(&reply, AGENT "Refused") &&
            json_get_text(reply.parameters, "reason", &reason) >= 0)
                return fail(EXIT_REFUSED, "%.*s", TEXT_ARGS(reason));
        if (reply.error.len > 0)
                return daemon_give_up_reply(daemon, &reply);

        *ret = reply;
        reply.message = NULL;
        return 0;
}

static int hear_check(struct daemon *daemon, int timeout_ms, struct daemon_report *report)
{
        const char *cause = "";
        bool more = true;
        int r = read_report_new(&report->read) < 0 ? fail_memory() : 0;

        while (r == 0 && more) {
                _cleanup_wire_reply_ struct wire_reply reply = { 0 };

                r = hear_finding(daemon, timeout_ms, &reply);
                if (r != 0)
                        return r;
                more = reply.continues;
                r = take_check(report, &reply, &cause);
                if (r < 0)
                        return daemon_give_up_answer(daemon, r, cause);
        }

        return r;
}

int daemon_check(struct daemon *daemon, const char *const *names, const char *profile, bool active,
                 struct daemon_report *ret)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *parameters = json_new_object(&builder);
        struct daemon_report report = { 0 };
        int r;

        daemon_add_names(&builder, parameters, names);
        if (profile)
                json_add_string(&builder, parameters, "profile", profile);
        if (active)
                json_add_bool(&builder, parameters, "active", true);
        r = daemon_ask(daemon, AGENT "Check", &builder, parameters, true);
        if (r == 0)
                r = hear_check(daemon, STALL_MS, &report);
        if (r != 0) {
                daemon_report_done(&report);
                return r;
        }

        *ret = report;
        return 0;
}

int daemon_prepare_capture(struct daemon *daemon, struct daemon_report *ret)
{
        struct daemon_report report = { 0 };
        int r;

        r = daemon_ask(daemon, AGENT "PrepareCapture", NULL, NULL, true);
        if (r == 0)
                r = hear_check(daemon, CAPTURE_MS, &report);
        if (r != 0) {
                daemon_report_done(&report);
                return r;
        }

        *ret = report;
        return 0;
}

int daemon_send(struct daemon *daemon, const char *profile, struct daemon_report *ret, uint64_t *ret_sequence)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *parameters = json_new_object(&builder);
        struct daemon_report report = { 0 };
        int64_t sequence = 0;
        int r;

        if (profile)
                json_add_string(&builder, parameters, "profile", profile);
        r = daemon_ask(daemon, AGENT "Send", &builder, parameters, true);
        if (r == 0)
                r = hear_check(daemon, STALL_MS, &report);
        if (r == 0 && (json_get_int(json_get_object(report.last, "parameters"), "sequence", &sequence) < 0 ||
                       sequence <= 0))
                r = daemon_give_up_answer(daemon, -EBADMSG, "it has no sequence");
        if (r != 0) {
                daemon_report_done(&report);
                return r;
        }

        *ret_sequence = (uint64_t) sequence;
        *ret = report;
        return 0;
}

static bool is_among(struct json_object *array, struct text item)
{
        for (size_t i = 0; i < json_array_size(array); i++)
                if (text_same(json_item_text(array, i), item))
                        return true;

        return false;
}

static void print_all_but(struct json_object *warnings, struct json_object *but)
{
        for (size_t i = 0; i < json_array_size(warnings); i++)
                if (!is_among(but, json_item_text(warnings, i)))
                        (void) fail(EXIT_OK, "%.*s", TEXT_ARGS(json_item_text(warnings, i)));
}

/* The daemon's are those of its configuration and of its last scan, which may be the same. */
void daemon_print_warnings(struct daemon *daemon, const struct daemon_report *report)
{
        struct json_object *parameters = report ? json_get_object(report->last, "parameters") : NULL;
        struct json_object *known = json_get_array(daemon->status.parameters, "warnings");

        print_all_but(known, NULL);
        print_all_but(json_get_array(parameters, "warnings"), known);
}

void daemon_add_fix_options(struct json_builder *builder, struct json_object *object,
                            const struct fix_options *options)
{
        if (options->strategy == FIX_COMMENT)
                json_add_string(builder, object, "strategy", "comment");
        if (options->force)
                json_add_bool(builder, object, "force", true);
        if (options->install)
                json_add_bool(builder, object, "install", true);
        if (options->now)
                json_add_bool(builder, object, "now", true);
}

/* The plan of a reply. */
int daemon_take_plan(const struct wire_reply *reply, struct plan_report *ret, const char **ret_cause)
{
        struct json_object *plan = json_get_object(reply->parameters, "plan");

        if (!plan) {
                *ret_cause = "it has no plan";
                return -EBADMSG;
        }

        return read_plan(plan, geteuid() == 0, ret, ret_cause);
}

int daemon_plan(struct daemon *daemon, const char *const *names, const struct fix_options *options,
                struct plan_report *ret)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *parameters = json_new_object(&builder);
        _cleanup_wire_reply_ struct wire_reply reply = { 0 };
        const char *cause = "";
        int r;

        daemon_add_names(&builder, parameters, names);
        daemon_add_fix_options(&builder, parameters, options);
        r = daemon_ask(daemon, AGENT "Plan", &builder, parameters, false);
        if (r == 0)
                r = daemon_hear(daemon, STALL_MS, &reply);
        if (r != 0)
                return r;
        r = daemon_take_plan(&reply, ret, &cause);
        if (r >= 0 && !ret->digest) {
                plan_report_done(ret);
                cause = "a plan without a digest";
                r = -EBADMSG;
        }

        return r < 0 ? daemon_give_up_answer(daemon, r, cause) : 0;
}

static int take_transactions(const struct wire_reply *reply,
                             int (*take)(struct plan_report *report, void *userdata), void *userdata,
                             const char **ret_cause)
{
        struct json_object *array = json_get_array(reply->parameters, "transactions");
        int r = array ? 0 : -EBADMSG;

        *ret_cause = "it has no transactions";
        for (size_t i = 0; i < json_array_size(array) && r >= 0; i++) {
                struct plan_report report;

                r = read_plan(json_array_item(array, i), geteuid() == 0, &report, ret_cause);
                if (r >= 0 && !report.transaction) {
                        plan_report_done(&report);
                        *ret_cause = "a transaction without a name";
                        return -EBADMSG;
                }
                if (r >= 0)
                        r = take(&report, userdata);
        }

        return r;
}

int daemon_history(struct daemon *daemon, int (*take)(struct plan_report *report, void *userdata),
                   void *userdata)
{
        const char *cause = "";
        bool more = true;
        int r;

        r = daemon_ask(daemon, AGENT "History", NULL, NULL, true);
        while (r == 0 && more) {
                _cleanup_wire_reply_ struct wire_reply reply = { 0 };

                r = daemon_hear(daemon, STALL_MS, &reply);
                if (r != 0)
                        return r;
                more = reply.continues;
                r = take_transactions(&reply, take, userdata, &cause);
                if (r < 0)
                        return daemon_give_up_answer(daemon, r, cause);
        }

        return r;
}

int daemon_subscribe(struct daemon *daemon, int (*take)(struct json_object *reply, void *userdata),
                     void *userdata)
{
        int r;

        r = daemon_ask(daemon, AGENT "Subscribe", NULL, NULL, true);
        while (r == 0) {
                _cleanup_wire_reply_ struct wire_reply reply = { 0 };

                r = varlink_client_receive(daemon->client, -1, &reply);
                if (r >= 0 && daemon_is_error(&reply, AGENT "Failed"))
                        return -ECONNRESET;
                if (r >= 0)
                        r = reply.error.len > 0 ? daemon_give_up_reply(daemon, &reply)
                                                : take(reply.parameters, userdata);
                if (r >= 0 && !reply.continues)
                        return r > 0 ? r : -ECONNRESET;
        }

        return r;
}
