/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/host.h"
#include "engine/probe.h"
#include "report/report.h"

#define PREFIX "ecs_guest_agent_"

/* Each is a series of its own: an image can make thousands. */
enum { SERIES_MAX = 100 };

static void add_head(struct buffer *out, const char *name, const char *help)
{
        buffer_addf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s gauge\n", name, help, name);
}

/* ",name="value"": what was read from a file may hold anything. */
static void add_label(struct buffer *out, const char *name, const char *value)
{
        _cleanup_buffer_ struct buffer plain = { 0 };

        buffer_add_plain(&plain, text_from_string(value ? value : ""));
        out->failed = out->failed || plain.failed;
        buffer_addf(out, "%s%s=\"", text_ends((struct text){ out->data, out->len }, "{") ? "" : ",", name);
        /* A line break is no plain character. */
        for (size_t i = 0; i < plain.len; i++) {
                if (plain.data[i] == '\\' || plain.data[i] == '"')
                        buffer_add_char(out, '\\');
                buffer_add_char(out, plain.data[i]);
        }
        buffer_add_char(out, '"');
}

static void add_info(struct buffer *out, const struct report *report)
{
        add_head(out, "info", "What was judged, and by which version.");
        buffer_add_string(out, PREFIX "info{");
        add_label(out, "version", VERSION);
        add_label(out, "profile", profile_name(report->profile));
        add_label(out, "os_id", report->host->os_id);
        add_label(out, "os_version", report->host->os_version);
        add_label(out, "arch", report->host->arch);
        buffer_add_string(out, "} 1\n");
}

static void add_verdict(struct buffer *out, const struct report *report)
{
        add_head(out, "verdict", "The verdict: 1 for the one of them that it is.");
        for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++) {
                buffer_add_string(out, PREFIX "verdict{");
                add_label(out, "verdict", verdict_name(verdict));
                buffer_addf(out, "} %d\n", report->summary.verdict == verdict);
        }
}

static void add_counts(struct buffer *out, const struct report *report)
{
        size_t counts[OUTCOME_COUNT][SEVERITY_COUNT] = { 0 };

        for (size_t i = 0; i < report->findings->n; i++) {
                const struct finding *finding = report->findings->items[i];

                if (!finding_is_waived(finding))
                        counts[finding->outcome][finding->severity]++;
        }
        add_head(out, "findings", "How many findings there are, without those that are waived.");
        for (enum outcome outcome = 0; outcome < OUTCOME_COUNT; outcome++)
                for (enum severity severity = 0; severity < SEVERITY_COUNT; severity++) {
                        buffer_add_string(out, PREFIX "findings{");
                        add_label(out, "outcome", outcome_name(outcome));
                        add_label(out, "severity", severity_name(severity));
                        buffer_addf(out, "} %zu\n", counts[outcome][severity]);
                }
        add_head(out, "waived_findings", "How many failing findings are waived.");
        buffer_addf(out, PREFIX "waived_findings %zu\n", report->summary.waived);
}

static bool is_wrong(const struct finding *finding)
{
        return (finding->outcome == OUTCOME_FAIL || finding->outcome == OUTCOME_UNKNOWN) &&
               !finding_is_waived(finding);
}

static void add_findings(struct buffer *out, const struct report *report)
{
        size_t n = 0;

        for (size_t i = 0; i < report->findings->n && n < SERIES_MAX; i++) {
                const struct finding *finding = report->findings->items[i];

                if (!is_wrong(finding))
                        continue;
                if (n++ == 0)
                        add_head(out, "finding", "Findings that fail or are unknown, the worst 100 of them.");
                buffer_add_string(out, PREFIX "finding{");
                add_label(out, "key", finding->key);
                add_label(out, "probe", finding->probe->id);
                add_label(out, "area", finding->probe->area);
                add_label(out, "severity", severity_name(finding->severity));
                add_label(out, "outcome", outcome_name(finding->outcome));
                buffer_add_string(out, "} 1\n");
        }
}

int report_write_prometheus(const struct report *report, const struct report_style *style, struct buffer *out)
{
        (void) style;
        add_info(out, report);
        add_verdict(out, report);
        add_counts(out, report);
        add_findings(out, report);
        add_head(out, "judged_timestamp_seconds", "When it was judged, in seconds since 1970.");
        buffer_addf(out, PREFIX "judged_timestamp_seconds %lld\n", (long long) report->time);
        return out->failed ? -ENOMEM : 0;
}
