/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "engine/host.h"
#include "engine/probe.h"
#include "engine/waiver.h"
#include "report/report.h"

/* What a case comes to. */
enum result { RESULT_PASSED, RESULT_FAILURE, RESULT_ERROR, RESULT_SKIPPED, RESULT_COUNT };

static enum result result_of(const struct finding *finding)
{
        if (finding->outcome == OUTCOME_SKIP || finding_is_waived(finding))
                return RESULT_SKIPPED;
        if (finding->outcome == OUTCOME_UNKNOWN)
                return RESULT_ERROR;

        return finding->outcome == OUTCOME_FAIL && finding->severity <= SEVERITY_WARNING ? RESULT_FAILURE
                                                                                         : RESULT_PASSED;
}

static void add_attribute(struct buffer *out, const char *name, const char *value)
{
        buffer_addf(out, " %s=\"", name);
        print_markup(out, value);
        buffer_add_char(out, '"');
}

/* The counts of all areas, or of one. */
static void add_counts(struct buffer *out, const struct report *report, const char *area)
{
        size_t counts[RESULT_COUNT] = { 0 }, n = 0;

        for (size_t i = 0; i < report->findings->n; i++) {
                const struct finding *finding = report->findings->items[i];

                if (area && !string_equal(finding->probe->area, area))
                        continue;
                counts[result_of(finding)]++;
                n++;
        }
        buffer_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"0\"", n,
                    counts[RESULT_FAILURE], counts[RESULT_ERROR], counts[RESULT_SKIPPED]);
}

static void add_line(struct buffer *out, const char *name, const char *value)
{
        if (!value)
                return;
        buffer_addf(out, "%s: ", name);
        print_markup(out, value);
        buffer_add_char(out, '\n');
}

static void add_details(struct buffer *out, const struct finding *finding)
{
        const struct probe *probe = finding->probe;

        buffer_add_char(out, '\n');
        if (finding->path) {
                buffer_add_string(out, "place: ");
                print_markup(out, finding->path);
                if (finding->line > 0)
                        buffer_addf(out, ":%u", finding->line);
                buffer_add_char(out, '\n');
        }
        add_line(out, "found", finding->actual);
        add_line(out, "wanted", finding->required);
        add_line(out, "why", probe->reason);
        if (finding->outcome != OUTCOME_FAIL)
                return;
        add_line(out, "do", probe->remedy);
        if (fixer_for(probe->id))
                buffer_addf(out, "fix: agentctl fix %s\n", probe->id);
}

static void add_problem(struct buffer *out, const char *element, const struct finding *finding)
{
        buffer_addf(out, "      <%s", element);
        add_attribute(out, "type", severity_name(finding->severity));
        add_attribute(out, "message", finding->summary);
        buffer_add_char(out, '>');
        add_details(out, finding);
        buffer_addf(out, "</%s>\n", element);
}

static void add_skipped(struct buffer *out, const struct finding *finding)
{
        buffer_add_string(out, "      <skipped message=\"");
        if (finding_is_waived(finding))
                print_markupf(out, "waived until %s: %s; ", finding->waiver->until, finding->waiver->reason);
        print_markup(out, finding->summary);
        buffer_add_string(out, "\"/>\n");
}

static void add_passed(struct buffer *out, const struct finding *finding)
{
        buffer_add_string(out, "      <system-out>");
        if (finding->outcome == OUTCOME_FAIL)
                buffer_add_string(out, "note: ");
        print_markup(out, finding->summary);
        if (finding->outcome == OUTCOME_FAIL)
                add_details(out, finding);
        buffer_add_string(out, "</system-out>\n");
}

static void add_case(struct buffer *out, const struct finding *finding)
{
        buffer_add_string(out, "    <testcase");
        add_attribute(out, "name", finding->key);
        buffer_add_string(out, " classname=\"ecs-guest-agent.");
        print_markup(out, finding->probe->area);
        buffer_add_string(out, "\" time=\"0\"");
        if (finding->path)
                add_attribute(out, "file", finding->path);
        if (finding->line > 0)
                buffer_addf(out, " line=\"%u\"", finding->line);
        buffer_add_string(out, ">\n");

        switch (result_of(finding)) {
        case RESULT_FAILURE:
                add_problem(out, "failure", finding);
                break;
        case RESULT_ERROR:
                add_problem(out, "error", finding);
                break;
        case RESULT_SKIPPED:
                add_skipped(out, finding);
                break;
        default:
                add_passed(out, finding);
        }
        buffer_add_string(out, "    </testcase>\n");
}

static void add_property(struct buffer *out, const char *name, const char *value)
{
        buffer_add_string(out, "      <property");
        add_attribute(out, "name", name);
        add_attribute(out, "value", value);
        buffer_add_string(out, "/>\n");
}

/* Readers know no time zone there: it is UTC. */
static void add_timestamp(struct buffer *out, time_t time)
{
        char text[sizeof("-2147483648-01-01T00:00:00")];
        struct tm tm;

        if (gmtime_r(&time, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) > 0)
                add_attribute(out, "timestamp", text);
}

static void add_suite(struct buffer *out, const struct report *report, const char *area)
{
        buffer_add_string(out, "  <testsuite");
        add_attribute(out, "name", area);
        add_counts(out, report, area);
        add_timestamp(out, report->time);
        buffer_add_string(out, ">\n    <properties>\n");
        add_property(out, "system", report->host->os_name);
        add_property(out, "root", report->root);
        add_property(out, "profile", profile_name(report->profile));
        add_property(out, "verdict", verdict_name(report->summary.verdict));
        add_property(out, "digest", report->digest);
        buffer_add_string(out, "    </properties>\n");
        for (size_t i = 0; i < report->findings->n; i++)
                if (string_equal(report->findings->items[i]->probe->area, area))
                        add_case(out, report->findings->items[i]);
        buffer_add_string(out, "  </testsuite>\n");
}

/* The worst area first, as the findings are. */
static bool is_first_of_area(const struct findings *findings, size_t at)
{
        for (size_t i = 0; i < at; i++)
                if (string_equal(findings->items[i]->probe->area, findings->items[at]->probe->area))
                        return false;

        return true;
}

int report_write_junit(const struct report *report, const struct report_style *style, struct buffer *out)
{
        (void) style;
        buffer_add_string(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                               "<testsuites name=\"ecs-guest-agent\"");
        add_counts(out, report, NULL);
        buffer_add_string(out, ">\n");
        for (size_t i = 0; i < report->findings->n; i++)
                if (is_first_of_area(report->findings, i))
                        add_suite(out, report, report->findings->items[i]->probe->area);
        buffer_add_string(out, "</testsuites>\n");
        return out->failed ? -ENOMEM : 0;
}
