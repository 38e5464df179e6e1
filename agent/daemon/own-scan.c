/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/own-scan.h"
#include "base/json.h"
#include "daemon/announce.h"
#include "daemon/daemon.h"
#include "daemon/left.h"
#include "daemon/previous.h"
#include "daemon/publish.h"
#include "daemon/watch-list.h"
#include "engine/host.h"
#include "engine/probe.h"
#include "engine/root.h"
#include "engine/scan.h"
#include "engine/store.h"
#include "engine/waiver.h"
#include "outbox/put.h"
#include "outbox/status.h"
#include "report/instance.h"
#include "report/json.h"

#include <fcntl.h>
#include <string.h>
#include <syslog.h>

#define REPORT_CAP ((size_t) 64 * 1024 * 1024)

struct own_scan {
        const struct daemon *daemon;
        struct left left;
        struct root *root;
        struct context *context;
        struct report report;
        struct metadata metadata;
        struct known_set known;

        /* The scan before, NULL when there was none, and what differs from it. */
        struct json_object *document;
        struct known_set before;
        struct json_builder builder;
        struct json_object *changes;
        size_t n_changes;
        int outbox_error; /* why the report is not in the outbox; 0 when it is */
};

static void own_scan_done(struct own_scan *scan)
{
        json_free(scan->document);
        json_free(scan->changes);
        known_set_done(&scan->known);
        known_set_done(&scan->before);
        (void) context_free(scan->context);
        (void) root_free(scan->root);
        metadata_done(&scan->metadata);
        left_done(&scan->left);
}

static int judge(struct own_scan *scan)
{
        struct scan_options options = daemon_scan_options(scan->daemon);
        int r;

        r = daemon_open_root(scan->daemon, &scan->root);
        if (r >= 0)
                r = context_new(scan->root, &options, &scan->context);
        if (r >= 0)
                r = scan_run(scan->context, NULL);
        if (r >= 0)
                r = report_make(scan->context, options.time, &scan->report);
        if (r >= 0)
                r = report_add_instance(&scan->report, scan->root, &scan->metadata);

        return r < 0 ? r : known_of_findings(scan->report.findings, &scan->known);
}

/* The report that a daemon before us published in this boot: what it has said is not said again. */
static int read_published(const struct own_scan *scan, struct json_object **ret)
{
        _cleanup_close_ int place =
                open(scan->daemon->options.run_directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _cleanup_free_ char *data = NULL;
        struct json_object *document = NULL;
        const char *cause, *boot_id = scan->report.host->boot_id;
        struct text published;
        size_t len;

        if (place < 0 || store_read(place, REPORT_NAME, REPORT_CAP, &data, &len) < 0)
                return 0;
        if (json_parse(data, len, REPORT_CAP, &document, &cause) < 0)
                return 0;
        if (!boot_id || json_get_text(json_get_object(document, "host"), "bootId", &published) < 0 ||
            !text_equal(published, boot_id)) {
                json_free(document);
                return 0;
        }

        *ret = document;
        return 0;
}

static int read_previous(struct own_scan *scan)
{
        const char *keys = scan->daemon->keys, *cause;
        int r;

        r = keys ? json_parse(keys, strlen(keys), REPORT_CAP, &scan->document, &cause)
                 : read_published(scan, &scan->document);

        return r < 0 ? r : known_of_document(scan->document, &scan->before);
}

/* A document, since what the builder loses must not look like "nothing has changed". */
static void add_change(struct own_scan *scan, const struct known *before, const struct known *after)
{
        struct json_object *object = json_new_object(&scan->builder);

        json_add_string(&scan->builder, object, "key", after ? after->key : before->key);
        json_add_string(&scan->builder, object, "before", before ? outcome_name(before->outcome) : NULL);
        json_add_string(&scan->builder, object, "after", after ? outcome_name(after->outcome) : NULL);
        if (after)
                json_add(&scan->builder, object, "finding",
                         report_finding_to_json(&scan->builder, after->finding));
        else
                json_add_null(&scan->builder, object, "finding");
        json_append(&scan->builder, scan->changes, object);
        scan->n_changes++;
}

static void changed(const struct known *before, const struct known *after, void *userdata)
{
        struct own_scan *scan = userdata;

        announce_change(before, after);
        if (scan->document)
                add_change(scan, before, after);
}

/* "not_ready: 1 critical and 2 warnings fail, 1 could not be judged" */
static char *describe(const struct summary *summary)
{
        return string_format("%s: %zu critical, %zu warning%s failing, %zu unknown, %zu waived",
                             verdict_name(summary->verdict), summary->failed[SEVERITY_CRITICAL],
                             summary->failed[SEVERITY_WARNING],
                             summary->failed[SEVERITY_WARNING] == 1 ? "" : "s",
                             summary->outcomes[OUTCOME_UNKNOWN], summary->waived);
}

static bool is_another_verdict(const struct own_scan *scan)
{
        struct text before;

        return json_get_text(scan->document, "verdict", &before) < 0 ||
               !text_equal(before, verdict_name(scan->report.summary.verdict));
}

static void say_verdict(const struct own_scan *scan, const char *description)
{
        static const int priorities[VERDICT_COUNT] = {
                [VERDICT_READY] = LOG_NOTICE,
                [VERDICT_NOT_READY] = LOG_WARNING,
                [VERDICT_UNKNOWN] = LOG_WARNING,
        };
        const struct event_field fields[] = {
                { "ECS_GUEST_AGENT_VERDICT", verdict_name(scan->report.summary.verdict) },
                { "ECS_GUEST_AGENT_DIGEST", scan->report.digest },
                { NULL },
        };

        event_say_at(EVENT_VERDICT, priorities[scan->report.summary.verdict], fields, "Verdict: %s",
                     description);
}

/* Said once for as long as it stays. */
static void say_warnings(const struct own_scan *scan)
{
        const struct warnings *warnings = &context_waivers(scan->context)->warnings;
        struct json_object *known = json_get_array(scan->document, "warnings");

        for (size_t i = 0; i < warnings->n; i++) {
                _cleanup_buffer_ struct buffer line = { 0 };
                bool said = false;

                warning_print(&warnings->items[i], &line);
                for (size_t j = 0; j < json_array_size(known) && line.data; j++)
                        said = said || text_equal(json_item_text(known, j), line.data);
                if (!said && line.data)
                        event_say(EVENT_CONFIG_FAULT, NULL, "%s", line.data);
        }
}

static struct json_object *warnings_to_json(struct json_builder *builder, const struct warnings *warnings)
{
        struct json_object *array = json_new_array(builder);

        for (size_t i = 0; i < warnings->n; i++) {
                _cleanup_buffer_ struct buffer line = { 0 };

                warning_print(&warnings->items[i], &line);
                builder->failed = builder->failed || line.failed;
                json_append_string(builder, array, line.data);
        }

        return array;
}

/* When the next waiver ends, in seconds of the epoch; 0 for none. */
static int64_t next_expiry(const struct own_scan *scan)
{
        const struct findings *findings = scan->report.findings;
        int64_t next = 0, end;

        for (size_t i = 0; i < findings->n; i++)
                if (finding_is_waived(findings->items[i]) &&
                    waiver_parse_date(text_from_string(findings->items[i]->waiver->until), &end) >= 0 &&
                    (next == 0 || end < next))
                        next = end;

        return next;
}

static int publish(const struct own_scan *scan)
{
        _cleanup_buffer_ struct buffer text = { 0 };
        struct report_style style = { 0 };
        int r;

        r = report_write_json(&scan->report, &style, &text);
        if (r >= 0)
                r = publish_report(scan->daemon->options.run_directory, (struct text){ text.data, text.len },
                                   scan->daemon->config.report_mode);
        if (r < 0)
                event_say(EVENT_TROUBLE, NULL, "cannot write %s/" REPORT_NAME ": %s",
                          scan->daemon->options.run_directory, strerror(-r));

        return r == -ENOMEM ? r : 0;
}

/* Why not is said once for as long as it stays. */
static int put_into_outbox(struct own_scan *scan)
{
        const struct buffer *sinks = &scan->daemon->sinks;
        struct outbox_order order = { .report = &scan->report, .sinks = { sinks->data, sinks->len } };
        int r = outbox_put(scan->root, &order, NULL);

        scan->outbox_error = r < 0 ? r : 0;
        if (r < 0 && r != -ENOMEM && r != scan->daemon->outbox_error)
                event_say(EVENT_TROUBLE, NULL,
                          "the report cannot be put into /var/lib/ecs-guest-agent/outbox: %s", strerror(-r));

        return r == -ENOMEM ? r : 0;
}

/* Of a platform that could say which instance this is, and has not been asked yet. */
static int mark_wanted_instance(const struct own_scan *scan)
{
        int r = report_wants_instance(&scan->report, scan->root);

        if (r == -ENOMEM)
                return r;
        publish_mark(scan->daemon->options.run_directory, INSTANCE_WANTED_NAME, r > 0);
        return 0;
}

static int say_state(const struct own_scan *scan, int out, const char *description)
{
        const struct warnings *warnings = &context_waivers(scan->context)->warnings;
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);

        json_add(&builder, object, "summary", report_summary_to_json(&builder, &scan->report));
        json_add_string(&builder, object, "description", description);
        json_add_bool(&builder, object, "pendingReboot", scan->left.pending_reboot);
        json_add_bool(&builder, object, "settled", !scan->left.busy);
        json_add_int(&builder, object, "outboxError", scan->outbox_error);
        json_add_bool(&builder, object, "reportsWait",
                      scan->daemon->sinks.len > 0 && outbox_count_waiting(scan->root) > 0);
        json_add_int(&builder, object, "nextExpiry", next_expiry(scan));
        json_add(&builder, object, "warnings", warnings_to_json(&builder, warnings));
        return worker_say(out, WORKER_STATE, &builder, object);
}

static int say_keys(const struct own_scan *scan, int out)
{
        const struct warnings *warnings = &context_waivers(scan->context)->warnings;
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);

        json_add_string(&builder, object, "verdict", verdict_name(scan->report.summary.verdict));
        json_add(&builder, object, "findings", known_to_json(&builder, &scan->known));
        json_add(&builder, object, "warnings", warnings_to_json(&builder, warnings));
        return worker_say(out, WORKER_KEYS, &builder, object);
}

static int say_changes(struct own_scan *scan, int out)
{
        struct json_builder *builder = &scan->builder;
        _cleanup_json_ struct json_object *object = json_new_object(builder);

        json_add(builder, object, "summary", report_summary_to_json(builder, &scan->report));
        json_add(builder, object, "changes", take_ptr(scan->changes));
        return worker_say(out, WORKER_CHANGES, builder, object);
}

static int say_watches(const struct own_scan *scan, int out)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = watch_list_to_json(scan->root, &builder);

        return worker_say(out, WORKER_WATCHES, &builder, object);
}

/* The report first, and where it waits for others: whoever is told that something has changed finds it there.
 */
static int tell(struct own_scan *scan, int out)
{
        _cleanup_free_ char *description = describe(&scan->report.summary);
        bool another = is_another_verdict(scan);
        int r;

        if (!description)
                return -ENOMEM;
        scan->changes = json_new_array(&scan->builder);
        r = publish(scan);
        if (r >= 0)
                r = put_into_outbox(scan);
        if (r >= 0)
                r = mark_wanted_instance(scan);
        if (r < 0)
                return r;
        known_compare(&scan->before, &scan->known, changed, scan);
        if (another)
                say_verdict(scan, description);
        say_warnings(scan);

        r = say_state(scan, out, description);
        if (r >= 0)
                r = say_keys(scan, out);
        if (r >= 0 && (another || scan->n_changes > 0))
                r = say_changes(scan, out);

        return r < 0 ? r : say_watches(scan, out);
}

int own_scan(int out, void *daemon)
{
        struct own_scan scan = { .daemon = daemon };
        int r;

        r = left_finish(scan.daemon, &scan.left);
        if (r >= 0)
                r = judge(&scan);
        if (r >= 0)
                r = read_previous(&scan);
        if (r >= 0)
                r = tell(&scan, out);
        own_scan_done(&scan);

        return r < 0;
}
