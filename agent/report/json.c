/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json.h"
#include "engine/fixer.h"
#include "engine/host.h"
#include "engine/probe.h"
#include "engine/waiver.h"

static struct json_object *host_to_json(struct json_builder *builder, const struct report *report)
{
        struct json_object *object = json_new_object(builder);
        const struct host *host = report->host;

        json_add_string(builder, object, "root", report->root);
        json_add_bool(builder, object, "live", host->live);
        json_add_string(builder, object, "osId", host->os_id);
        json_add_string(builder, object, "osVersion", host->os_version);
        json_add_string(builder, object, "osName", host->os_name);
        json_add_string(builder, object, "kernel", host->kernel);
        json_add_string(builder, object, "arch", host->arch);
        json_add_string(builder, object, "bootId", host->boot_id);
        json_add_string(builder, object, "instanceId", report->instance.id);
        json_add_string(builder, object, "instanceType", report->instance.type);
        json_add_string(builder, object, "regionId", report->instance.region);
        json_add_string(builder, object, "imageId", report->instance.image);
        return object;
}

static struct json_object *counts_to_json(struct json_builder *builder, const struct summary *summary)
{
        struct json_object *object = json_new_object(builder);

        json_add_int(builder, object, "pass", (int64_t) summary->outcomes[OUTCOME_PASS]);
        json_add_int(builder, object, "fail", (int64_t) summary->outcomes[OUTCOME_FAIL]);
        json_add_int(builder, object, "skip", (int64_t) summary->outcomes[OUTCOME_SKIP]);
        json_add_int(builder, object, "unknown", (int64_t) summary->outcomes[OUTCOME_UNKNOWN]);
        json_add_int(builder, object, "waived", (int64_t) summary->waived);
        return object;
}

static struct json_object *facts_to_json(struct json_builder *builder, const struct finding *finding)
{
        struct json_object *object = json_new_object(builder);

        for (size_t i = 0; i < finding->n_facts; i++)
                json_add_string(builder, object, finding->facts[i].name, finding->facts[i].value);

        return object;
}

static void add_waiver(struct json_builder *builder, struct json_object *finding, const char *key,
                       const struct waiver *waiver)
{
        struct json_object *object;

        if (!waiver) {
                json_add_null(builder, finding, key);
                return;
        }
        object = json_new_object(builder);
        json_add_string(builder, object, "reason", waiver->reason);
        json_add_string(builder, object, "until", waiver->until);
        json_add(builder, finding, key, object);
}

struct json_object *report_finding_to_json(struct json_builder *builder, const struct finding *finding)
{
        struct json_object *object = json_new_object(builder);
        const struct probe *probe = finding->probe;
        const struct fixer *fixer = fixer_for(probe->id);

        json_add_string(builder, object, "probe", probe->id);
        json_add_string(builder, object, "area", probe->area);
        json_add_string(builder, object, "key", finding->key);
        json_add_string(builder, object, "outcome", outcome_name(finding->outcome));
        json_add_string(builder, object, "severity", severity_name(finding->severity));
        json_add_string(builder, object, "summary", finding->summary);
        json_add_string(builder, object, "reason", probe->reason);
        json_add_string(builder, object, "path", finding->path);
        if (finding->line > 0)
                json_add_int(builder, object, "line", finding->line);
        else
                json_add_null(builder, object, "line");
        json_add_string(builder, object, "actual", finding->actual);
        json_add_string(builder, object, "required", finding->required);
        json_add_string(builder, object, "fixer", fixer ? fixer->id : NULL);
        json_add_string(builder, object, "guestosItem", probe->guestos_item);
        add_waiver(builder, object, "waived", finding_is_waived(finding) ? finding->waiver : NULL);
        add_waiver(builder, object, "expiredWaiver", finding_is_waived(finding) ? NULL : finding->waiver);
        json_add(builder, object, "facts", facts_to_json(builder, finding));
        return object;
}

void report_add_time(struct json_builder *builder, struct json_object *object, time_t time)
{
        char text[sizeof("-2147483648-01-01T00:00:00Z")];
        struct tm tm;

        if (gmtime_r(&time, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
                json_add_string(builder, object, "time", text);
        else
                json_add_null(builder, object, "time");
}

void report_add_digest(struct json_builder *builder, struct json_object *object, const char *digest)
{
        _cleanup_free_ char *text = string_format("sha256:%s", digest);

        builder->failed = builder->failed || !text;
        json_add_string(builder, object, "digest", text);
}

struct json_object *report_summary_to_json(struct json_builder *builder, const struct report *report)
{
        struct json_object *object = json_new_object(builder);
        struct json_object *agent = json_new_object(builder);

        json_add_string(builder, object, "schema", "io.ecsguest.report/1");
        json_add_string(builder, agent, "version", VERSION);
        json_add(builder, object, "agent", agent);
        json_add(builder, object, "host", host_to_json(builder, report));
        json_add_string(builder, object, "profile", profile_name(report->profile));
        report_add_time(builder, object, report->time);
        report_add_digest(builder, object, report->digest);
        json_add_string(builder, object, "verdict", verdict_name(report->summary.verdict));
        json_add_string(builder, object, "blockOn", severity_name(report->block_on));
        json_add(builder, object, "counts", counts_to_json(builder, &report->summary));
        return object;
}

struct json_object *report_to_json(struct json_builder *builder, const struct report *report)
{
        struct json_object *object = report_summary_to_json(builder, report);
        struct json_object *findings = json_new_array(builder);

        for (size_t i = 0; i < report->findings->n; i++)
                json_append(builder, findings, report_finding_to_json(builder, report->findings->items[i]));
        json_add(builder, object, "findings", findings);
        return object;
}

int report_write_json(const struct report *report, const struct report_style *style, struct buffer *out)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = report_to_json(&builder, report);

        (void) style;
        return json_print(&builder, object, JSON_PRETTY, out);
}
