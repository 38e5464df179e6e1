/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "engine/host.h"
#include "engine/probe.h"
#include "engine/waiver.h"
#include "report/report.h"

#include <string.h>

/* Everything the page needs: it is mailed, and opened where there is no network. */
static const char style_sheet[] =
        ":root{color-scheme:light "
        "dark;--text:#1c1e21;--back:#fff;--dim:#5b6168;--line:#d5d9de;--card:#f6f7f9;"
        "--critical:#b3141d;--warning:#8a5200;--note:#1d5fa8;--good:#18703a}\n"
        "@media(prefers-color-scheme:dark){:root{--text:#e6e8ea;--back:#17191c;--dim:#a3a9b0;--line:#3a3f45;"
        "--card:#202327;--critical:#ff8a85;--warning:#f0b450;--note:#82b8f5;--good:#6fd08c}}\n"
        "body{margin:0 auto;max-width:60rem;padding:1rem 1.25rem 3rem;color:var(--text);"
        "background:var(--back);font:1rem/1.5 system-ui,sans-serif}\n"
        "h1{margin:.5rem 0 0;font-size:1.8rem}h2{margin:2rem 0 .5rem;font-size:1.2rem}\n"
        "h3{margin:0;font-size:1rem;font-family:ui-monospace,monospace}\n"
        "p,dd,td,h3,code{overflow-wrap:anywhere;unicode-bidi:isolate}p{margin:.25rem 0}\n"
        ".dim{color:var(--dim)}.critical,.not_ready{color:var(--critical)}.warning,.unknown{color:var(--"
        "warning)}"
        ".note{color:var(--note)}.ready{color:var(--good)}\n"
        "article{margin:.75rem 0;padding:.75rem 1rem;border:1px solid var(--line);border-left:.35rem solid;"
        "border-radius:.3rem;background:var(--card)}article>*{color:var(--text)}\n"
        "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.5rem 0 0}"
        "dt{color:var(--dim)}dd{margin:0}\n"
        "details{margin:1rem 0}summary{cursor:pointer}table{width:100%;border-collapse:collapse}"
        "th,td{padding:.25rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}\n"
        "th{font-weight:normal;font-family:ui-monospace,monospace}\n"
        "@media print{article{break-inside:avoid}}\n";

/* In the order of the page. */
static const struct section {
        enum severity severity;
        enum outcome outcome;
        const char *title;
        const char *class;
} sections[] = {
        { SEVERITY_CRITICAL, OUTCOME_FAIL, "Critical", "critical" },
        { SEVERITY_CRITICAL, OUTCOME_UNKNOWN, "Critical, could not be judged", "unknown" },
        { SEVERITY_WARNING, OUTCOME_FAIL, "Warnings", "warning" },
        { SEVERITY_WARNING, OUTCOME_UNKNOWN, "Warnings, could not be judged", "unknown" },
        { SEVERITY_NOTE, OUTCOME_FAIL, "Notes", "note" },
        { SEVERITY_NOTE, OUTCOME_UNKNOWN, "Notes, could not be judged", "unknown" },
};

static const char *const verdicts[] = {
        [VERDICT_READY] = "Ready",
        [VERDICT_NOT_READY] = "Not ready",
        [VERDICT_UNKNOWN] = "Could not be judged",
};

static void add_element(struct buffer *out, const char *name, const char *text)
{
        buffer_addf(out, "<%s>", name);
        print_markup(out, text);
        buffer_addf(out, "</%s>", name);
}

static void add_pair(struct buffer *out, const char *name, const char *text)
{
        if (!text || !text[0])
                return;
        add_element(out, "dt", name);
        add_element(out, "dd", text);
        buffer_add_char(out, '\n');
}

static void add_place(struct buffer *out, const struct finding *finding)
{
        if (!finding->path)
                return;
        buffer_add_string(out, "<dt>where</dt><dd>");
        print_markup(out, finding->path);
        if (finding->line > 0)
                buffer_addf(out, ":%u", finding->line);
        buffer_add_string(out, "</dd>\n");
}

static void add_waiver(struct buffer *out, const struct waiver *waiver)
{
        if (!waiver)
                return;
        buffer_add_string(out, "<dt>waived</dt><dd>");
        print_markupf(out, "%s %s: %s", waiver->expired ? "only until" : "until", waiver->until,
                      waiver->reason);
        buffer_add_string(out, "</dd>\n");
}

static void add_remedy(struct buffer *out, const struct finding *finding)
{
        if (finding->outcome != OUTCOME_FAIL)
                return;
        add_pair(out, "do", finding->probe->remedy);
        if (fixer_for(finding->probe->id))
                buffer_addf(out, "<dt>fix</dt><dd><code>agentctl fix %s</code></dd>\n", finding->probe->id);
}

static void add_finding(struct buffer *out, const char *class, const struct finding *finding)
{
        buffer_addf(out, "<article class=\"%s\">\n", class);
        add_element(out, "h3", finding->key);
        add_element(out, "p", finding->summary);
        buffer_add_string(out, "\n<dl>\n");
        add_place(out, finding);
        add_pair(out, "found", finding->actual);
        add_pair(out, "wanted", finding->required);
        add_waiver(out, finding->waiver);
        add_pair(out, "why", finding->probe->reason);
        add_remedy(out, finding);
        buffer_add_string(out, "</dl>\n</article>\n");
}

static bool is_in(const struct section *section, const struct finding *finding)
{
        return finding->severity == section->severity && finding->outcome == section->outcome &&
               !finding_is_waived(finding);
}

static void add_section(struct buffer *out, const struct report *report, const struct section *section)
{
        size_t n = 0;

        for (size_t i = 0; i < report->findings->n; i++)
                n += is_in(section, report->findings->items[i]);
        if (n == 0)
                return;

        buffer_addf(out, "<section>\n<h2 class=\"%s\">%s (%zu)</h2>\n", section->class, section->title, n);
        for (size_t i = 0; i < report->findings->n; i++)
                if (is_in(section, report->findings->items[i]))
                        add_finding(out, section->class, report->findings->items[i]);
        buffer_add_string(out, "</section>\n");
}

static void add_waived(struct buffer *out, const struct report *report)
{
        if (report->summary.waived == 0)
                return;
        buffer_addf(out, "<section>\n<h2 class=\"dim\">Waived (%zu)</h2>\n", report->summary.waived);
        for (size_t i = 0; i < report->findings->n; i++)
                if (finding_is_waived(report->findings->items[i]))
                        add_finding(out, "dim", report->findings->items[i]);
        buffer_add_string(out, "</section>\n");
}

/* What needs no attention is folded away. */
static void add_rest(struct buffer *out, const struct report *report, enum outcome outcome, const char *title)
{
        if (report->summary.outcomes[outcome] == 0)
                return;
        buffer_addf(out, "<details>\n<summary>%s (%zu)</summary>\n<table>\n", title,
                    report->summary.outcomes[outcome]);
        for (size_t i = 0; i < report->findings->n; i++) {
                const struct finding *finding = report->findings->items[i];

                if (finding->outcome != outcome)
                        continue;
                buffer_add_string(out, "<tr>");
                buffer_add_string(out, "<th scope=\"row\">");
                print_markup(out, finding->key);
                buffer_add_string(out, "</th>");
                add_element(out, "td", finding->summary);
                buffer_add_string(out, "</tr>\n");
        }
        buffer_add_string(out, "</table>\n</details>\n");
}

static void add_time(struct buffer *out, time_t time)
{
        char text[sizeof("-2147483648-01-01 00:00:00 UTC")];
        struct tm tm;

        if (gmtime_r(&time, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm) > 0)
                add_pair(out, "judged", text);
}

static const char *system_name(const struct report *report)
{
        return report->host->os_name[0] ? report->host->os_name : "A system that does not say its name";
}

static void add_head(struct buffer *out, const struct report *report)
{
        buffer_add_string(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        /* A second lock, behind the escaping. */
        buffer_add_string(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                               "style-src 'unsafe-inline'\">\n"
                               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        buffer_addf(out, "<title>%s: ", verdicts[report->summary.verdict]);
        print_markup(out, system_name(report));
        buffer_addf(out, "</title>\n<style>\n%s</style>\n</head>\n", style_sheet);
}

static void add_summary(struct buffer *out, const struct report *report)
{
        const struct summary *summary = &report->summary;

        buffer_addf(out, "<header>\n<h1 class=\"%s\">%s</h1>\n<p>", verdict_name(summary->verdict),
                    verdicts[summary->verdict]);
        print_markup(out, system_name(report));
        if (report->host->arch[0])
                print_markupf(out, ", %s", report->host->arch);
        buffer_addf(out,
                    "</p>\n<p>%zu critical, %zu warnings, %zu notes; %zu unknown, %zu passed, "
                    "%zu not applicable, %zu waived</p>\n<dl>\n",
                    summary->failed[SEVERITY_CRITICAL], summary->failed[SEVERITY_WARNING],
                    summary->failed[SEVERITY_NOTE], summary->outcomes[OUTCOME_UNKNOWN],
                    summary->outcomes[OUTCOME_PASS], summary->outcomes[OUTCOME_SKIP], summary->waived);
        add_pair(out, "root", report->root);
        add_pair(out, "kernel", report->host->kernel);
        add_pair(out, "profile", profile_name(report->profile));
        add_time(out, report->time);
        add_pair(out, "digest", report->digest);
        add_pair(out, "by", "ecs-guest-agent " VERSION);
        buffer_add_string(out, "</dl>\n</header>\n");
}

int report_write_html(const struct report *report, const struct report_style *style, struct buffer *out)
{
        (void) style;
        add_head(out, report);
        buffer_add_string(out, "<body>\n");
        add_summary(out, report);
        buffer_add_string(out, "<main>\n");
        for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
                add_section(out, report, &sections[i]);
        add_waived(out, report);
        add_rest(out, report, OUTCOME_PASS, "Passed");
        add_rest(out, report, OUTCOME_SKIP, "Not applicable");
        buffer_add_string(out, "</main>\n</body>\n</html>\n");
        return out->failed ? -ENOMEM : 0;
}
