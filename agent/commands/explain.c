/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "commands/judge.h"
#include "engine/fixer.h"
#include "engine/probe.h"
#include "engine/waiver.h"
#include "report/json.h"

#include <string.h>

/* An area is explained probe by probe, each with a scan of its own: then what was read is what this one read.
 */
struct explanation {
        const struct probe *probe;
        const struct report *report;
        const struct readings *readings;
        const struct plan_report *fix; /* what it would change; only where there is a fixer */
};

static void print_paragraph(struct buffer *out, const struct report_style *style, const char *head,
                            const char *text)
{
        print_ink(out, style, INK_BOLD, head);
        buffer_add_string(out, "\n  ");
        print_wrapped(out, style, 2, text);
        buffer_add_char(out, '\n');
}

static void print_waiver(struct buffer *out, const struct report_style *style, const struct finding *finding)
{
        const struct waiver *waiver = finding->waiver;

        if (!waiver)
                return;
        buffer_addf(out, "           waived %s %s: ", waiver->expired ? "only until" : "until",
                    waiver->until);
        print_wrapped(out, style, 13, waiver->reason);
}

static void print_verdicts(struct buffer *out, const struct report_style *style, const struct report *report)
{
        print_ink(out, style, INK_BOLD, "Here");
        buffer_add_char(out, '\n');
        for (size_t i = 0; i < report->findings->n; i++) {
                const struct finding *finding = report->findings->items[i];

                buffer_addf(out, "  %-8s ", outcome_name(finding->outcome));
                print_summary(out, style, INK_PLAIN, 11, finding, true);
                print_waiver(out, style, finding);
                for (size_t n = 0; n < finding->n_facts; n++) {
                        buffer_addf(out, "           %s: ", finding->facts[n].name);
                        print_wrapped(out, style, 13, finding->facts[n].value);
                }
        }
        buffer_add_char(out, '\n');
}

static void print_readings(struct buffer *out, const struct report_style *style,
                           const struct readings *readings)
{
        print_ink(out, style, INK_BOLD, "Read");
        buffer_add_char(out, '\n');
        for (size_t i = 0; i < readings->n; i++) {
                buffer_add_string(out, "  ");
                print_text(out, readings->items[i].path);
                if (readings->items[i].error) {
                        buffer_add_string(out, "  (");
                        print_text(out, readings->items[i].error);
                        buffer_add_char(out, ')');
                }
                buffer_add_char(out, '\n');
        }
        buffer_add_char(out, '\n');
}

static void print_references(struct buffer *out, const struct report_style *style, const struct probe *probe)
{
        print_ink(out, style, INK_BOLD, "References");
        buffer_add_char(out, '\n');
        for (const char *const *reference = probe->references; reference && *reference; reference++)
                buffer_addf(out, "  %s\n", *reference);
        if (probe->guestos_item)
                buffer_addf(out, "  the platform's image check: %s\n", probe->guestos_item);
        buffer_add_char(out, '\n');
}

static void print_fix(struct buffer *out, const struct report_style *style, const struct explanation *e,
                      const struct fixer *fixer)
{
        _cleanup_free_ char *head = string_format("agentctl fix %s", e->probe->id);

        out->failed = out->failed || !head;
        print_paragraph(out, style, head ? head : "", fixer->title);
        /* The blank line belongs behind what follows. */
        if (out->len > 0 && !out->failed && e->fix->n_steps + e->fix->n_refusals > 0)
                out->data[--out->len] = '\0';
        plan_report_write_text(e->fix, style, out);
}

static void explain_text(struct buffer *out, const struct report_style *style, const struct explanation *e)
{
        const struct fixer *fixer = fixer_for(e->probe->id);

        print_ink(out, style, INK_BOLD, e->probe->id);
        buffer_addf(out, " (%s): %s\n\n", severity_name(e->probe->severity), e->probe->title);
        print_paragraph(out, style, "Why it matters", e->probe->reason);
        print_verdicts(out, style, e->report);
        print_readings(out, style, e->readings);
        print_paragraph(out, style, "By hand", e->probe->remedy);
        if (fixer)
                print_fix(out, style, e, fixer);
        print_references(out, style, e->probe);
}

static struct json_object *strings_to_json(struct json_builder *builder, const char *const *list)
{
        struct json_object *array = json_new_array(builder);

        for (; list && *list; list++)
                json_append_string(builder, array, *list);

        return array;
}

static struct json_object *explain_json(struct json_builder *builder, const struct explanation *e)
{
        struct json_object *object = json_new_object(builder);
        struct json_object *read = json_new_array(builder);
        const struct fixer *fixer = fixer_for(e->probe->id);

        for (size_t i = 0; i < e->readings->n; i++)
                json_append_string(builder, read, e->readings->items[i].path);

        json_add_string(builder, object, "probe", e->probe->id);
        json_add_string(builder, object, "title", e->probe->title);
        json_add_string(builder, object, "reason", e->probe->reason);
        json_add_string(builder, object, "remedy", e->probe->remedy);
        json_add_string(builder, object, "fixer", fixer ? fixer->id : NULL);
        if (fixer)
                json_add(builder, object, "fix", plan_report_to_json(builder, e->fix));
        else
                json_add_null(builder, object, "fix");
        json_add(builder, object, "references", strings_to_json(builder, e->probe->references));
        json_add(builder, object, "read", read);
        json_add(builder, object, "report", report_to_json(builder, e->report));
        return object;
}

struct output {
        struct judge *judge;
        struct buffer text;
        struct json_builder builder;
        struct json_object *list;
};

static int explain_one(struct output *output, const struct probe *probe)
{
        const struct arguments *arguments = &output->judge->arguments;
        const char *const names[] = { probe->id, NULL };
        struct report_style style = output_style(arguments);
        _cleanup_judged_ struct judged judged = { 0 };
        _cleanup_judged_plan_ struct judged_plan plan = { 0 };
        struct explanation explanation = { .probe = probe };
        int code;

        /* What is asked for by name is explained, whichever profile it belongs to. */
        code = judge_report(output->judge, names,
                            probe->flags & PROBE_CAPTURE ? JUDGE_CAPTURE : JUDGE_AS_ASKED, &judged);
        if (code == 0 && fixer_for(probe->id))
                code = judge_plan(output->judge, names, &plan);
        if (code != 0)
                return code;

        explanation.report = judged.report;
        explanation.readings = &judged.readings;
        explanation.fix = &plan.report;
        if (arguments->json)
                json_append(&output->builder, output->list, explain_json(&output->builder, &explanation));
        else
                explain_text(&output->text, &style, &explanation);
        return EXIT_OK;
}

static int print_json(struct output *output)
{
        _cleanup_json_ struct json_object *object = json_new_object(&output->builder);

        json_add_string(&output->builder, object, "schema", "io.ecsguest.explain/1");
        json_add(&output->builder, object, "explanations", output->list);
        if (json_print(&output->builder, object, JSON_PRETTY, &output->text) < 0)
                return fail_memory();

        return print_output(&output->text, EXIT_OK);
}

static int explain(struct output *output)
{
        const struct arguments *arguments = &output->judge->arguments;
        int code = EXIT_OK;

        output->list = arguments->json ? json_new_array(&output->builder) : NULL;
        for (size_t i = 0; probe_table[i] && code == EXIT_OK; i++)
                if (scan_selects(probe_table[i], arguments->names))
                        code = explain_one(output, probe_table[i]);

        if (code != EXIT_OK)
                json_free(output->list);
        else if (arguments->json)
                code = print_json(output);
        else
                code = print_output(&output->text, EXIT_OK);

        buffer_done(&output->text);
        return code;
}

int command_explain(const struct arguments *arguments)
{
        _cleanup_judge_ struct judge judge = { 0 };
        struct output output = { .judge = &judge };
        const char *unknown = unknown_name(arguments->names);
        int code;

        if (unknown)
                return fail(EXIT_USAGE, "no probe or area is called '%s'; 'agentctl list' shows them",
                            unknown);
        code = judge_begin(arguments, JUDGE_PLANS, &judge);

        return code != 0 ? code : explain(&output);
}
