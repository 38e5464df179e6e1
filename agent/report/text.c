/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "engine/host.h"
#include "engine/probe.h"
#include "engine/waiver.h"
#include "report/report.h"

#include <string.h>

/* Labels and their colour, worst first: the order in which the findings are printed. */
struct band {
        enum severity severity;
        enum outcome outcome;
        const char *label;
        enum ink ink;
};

static const struct band bands[] = {
        { SEVERITY_CRITICAL, OUTCOME_FAIL, "CRITICAL", INK_RED },
        { SEVERITY_CRITICAL, OUTCOME_UNKNOWN, "UNKNOWN", INK_RED },
        { SEVERITY_WARNING, OUTCOME_FAIL, "warning", INK_YELLOW },
        { SEVERITY_WARNING, OUTCOME_UNKNOWN, "unknown", INK_YELLOW },
        { SEVERITY_NOTE, OUTCOME_FAIL, "note", INK_BOLD },
        { SEVERITY_NOTE, OUTCOME_UNKNOWN, "unknown", INK_BOLD },
};

enum { LABEL_WIDTH = 10 };

static size_t id_width(const struct report *report)
{
        size_t width = 0;

        for (size_t i = 0; i < report->findings->n; i++) {
                size_t len = strlen(report->findings->items[i]->probe->id);

                width = len > width ? len : width;
        }

        return width;
}

static void print_detail(struct buffer *out, const struct report_style *style, const char *name,
                         const char *text)
{
        if (!text)
                return;

        buffer_addf(out, "%*s", LABEL_WIDTH, "");
        print_ink(out, style, INK_DIM, name);
        buffer_addf(out, "%*s", (int) (8 - strlen(name)), "");
        print_wrapped(out, style, LABEL_WIDTH + 8, text);
}

/* Who accepts it, and until when; or that it is not accepted any more. */
static void print_waiver(struct buffer *out, const struct report_style *style, const struct finding *finding)
{
        const struct waiver *waiver = finding->waiver;
        _cleanup_free_ char *text = NULL;

        if (!waiver)
                return;
        text = string_format("%s %s: %s", waiver->expired ? "only until" : "until", waiver->until,
                             waiver->reason);
        out->failed = out->failed || !text;
        print_detail(out, style, "waived", text);
}

static void print_finding(struct buffer *out, const struct report_style *style, const struct band *band,
                          const struct finding *finding, size_t width)
{
        print_ink(out, style, band->ink, band->label);
        buffer_addf(out, "%*s", (int) (LABEL_WIDTH - strlen(band->label)), "");
        print_ink(out, style, INK_BOLD, finding->probe->id);
        buffer_addf(out, "%*s", (int) (width - strlen(finding->probe->id) + 2), "");
        print_summary(out, style, INK_PLAIN, LABEL_WIDTH + width + 2, finding, true);
        print_detail(out, style, "found", finding->actual);
        print_detail(out, style, "wanted", finding->required);
        print_waiver(out, style, finding);
}

static void print_fixer(struct buffer *out, const struct report_style *style, const struct finding *finding)
{
        _cleanup_free_ char *text = NULL;

        if (!fixer_for(finding->probe->id))
                return;
        text = string_format("agentctl fix %s", finding->probe->id);
        out->failed = out->failed || !text;
        print_detail(out, style, "fix", text);
}

/* Why and what to do stand once, behind the last of several findings of one probe. */
static void print_advice(struct buffer *out, const struct report_style *style, const struct finding *finding)
{
        print_detail(out, style, "why", finding->probe->reason);
        if (finding->outcome == OUTCOME_FAIL) {
                print_detail(out, style, "do", finding->probe->remedy);
                print_fixer(out, style, finding);
        }
        buffer_add_char(out, '\n');
}

static void print_band(struct buffer *out, const struct report_style *style, const struct report *report,
                       const struct band *band, size_t width)
{
        const struct finding *last = NULL;

        for (size_t i = 0; i < report->findings->n; i++) {
                const struct finding *finding = report->findings->items[i];

                if (finding->severity != band->severity || finding->outcome != band->outcome ||
                    finding_is_waived(finding))
                        continue;
                if (last && last->probe != finding->probe)
                        print_advice(out, style, last);
                print_finding(out, style, band, finding, width);
                last = finding;
        }
        if (last)
                print_advice(out, style, last);
}

static void print_waived(struct buffer *out, const struct report_style *style, const struct report *report,
                         size_t width)
{
        static const struct band band = { .label = "waived", .ink = INK_DIM };

        for (size_t i = 0; i < report->findings->n; i++)
                if (finding_is_waived(report->findings->items[i]))
                        print_finding(out, style, &band, report->findings->items[i], width);
        if (report->summary.waived > 0)
                buffer_add_char(out, '\n');
}

static void print_rest(struct buffer *out, const struct report_style *style, const struct report *report,
                       enum outcome outcome, const char *label, enum ink ink, size_t width)
{
        bool any = false;

        for (size_t i = 0; i < report->findings->n; i++) {
                const struct finding *finding = report->findings->items[i];

                if (finding->outcome != outcome)
                        continue;
                print_ink(out, style, ink, label);
                buffer_addf(out, "%*s", (int) (LABEL_WIDTH - strlen(label)), "");
                buffer_add_string(out, finding->probe->id);
                buffer_addf(out, "%*s", (int) (width - strlen(finding->probe->id) + 2), "");
                print_summary(out, style, INK_DIM, LABEL_WIDTH + width + 2, finding, false);
                any = true;
        }
        if (any)
                buffer_add_char(out, '\n');
}

static void print_verdict(struct buffer *out, const struct report_style *style, enum verdict verdict)
{
        static const struct {
                const char *text;
                enum ink ink;
        } heads[] = {
                [VERDICT_READY] = { "READY", INK_GREEN },
                [VERDICT_NOT_READY] = { "NOT READY", INK_RED },
                [VERDICT_UNKNOWN] = { "UNKNOWN", INK_YELLOW },
        };

        if (style->question == QUESTION_CHECK)
                return;

        print_ink(out, style, heads[verdict].ink, heads[verdict].text);
        buffer_add_string(out, style->question == QUESTION_READY ? " for capture: " : ": ");
}

static void print_head(struct buffer *out, const struct report_style *style, const struct report *report)
{
        const struct host *host = report->host;
        const struct summary *summary = &report->summary;

        print_verdict(out, style, summary->verdict);
        print_ink(out, style, INK_PLAIN, host->os_name[0] ? host->os_name : "a system that says no name");
        if (host->arch[0]) {
                buffer_add_string(out, ", ");
                print_ink(out, style, INK_PLAIN, host->arch);
        }
        if (!host->live) {
                buffer_add_string(out, ", offline root '");
                print_ink(out, style, INK_PLAIN, report->root);
                buffer_add_char(out, '\'');
        }
        buffer_addf(out, "\n%zu critical, %zu warning, %zu note; %zu unknown, %zu passed, %zu not applicable",
                    summary->failed[SEVERITY_CRITICAL], summary->failed[SEVERITY_WARNING],
                    summary->failed[SEVERITY_NOTE], summary->outcomes[OUTCOME_UNKNOWN],
                    summary->outcomes[OUTCOME_PASS], summary->outcomes[OUTCOME_SKIP]);
        if (summary->waived > 0)
                buffer_addf(out, ", %zu waived", summary->waived);
        buffer_add_string(out, "\n\n");
}

static void print_pointers(struct buffer *out)
{
        buffer_add_string(out,
                          "agentctl fix NAME       shows the exact bytes, changes them, and judges again; "
                          "--dry-run only shows\n"
                          "agentctl check          everything, what passed included\n"
                          "agentctl ready          the verdict before an image is captured\n"
                          "agentctl explain NAME   why it matters, what was read, what to do\n");
}

int report_write_text(const struct report *report, const struct report_style *style, struct buffer *out)
{
        size_t width = id_width(report);

        print_head(out, style, report);
        for (size_t i = 0; i < ARRAY_SIZE(bands); i++)
                print_band(out, style, report, &bands[i], width);
        print_waived(out, style, report, width);
        if (style->question == QUESTION_OVERVIEW)
                print_pointers(out);
        else {
                print_rest(out, style, report, OUTCOME_PASS, "passed", INK_GREEN, width);
                print_rest(out, style, report, OUTCOME_SKIP, "skipped", INK_DIM, width);
        }

        /* The blank line is between parts, not at the end. */
        if (!out->failed && text_ends((struct text){ out->data, out->len }, "\n\n"))
                out->data[--out->len] = '\0';
        return out->failed ? -ENOMEM : 0;
}
