/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/judge.h"

#include <inttypes.h>
#include <unistd.h>

/* The exit code of each command, from the counts alone, so that no output format can change it. */
static int check_code(const struct report *report)
{
        const struct summary *summary = &report->summary;

        if (summary->failed[SEVERITY_CRITICAL] + summary->failed[SEVERITY_WARNING] > 0)
                return EXIT_FINDINGS;

        return summary->outcomes[OUTCOME_UNKNOWN] > 0 ? EXIT_UNKNOWN : EXIT_OK;
}

static int ready_code(const struct report *report)
{
        static const int codes[] = {
                [VERDICT_READY] = EXIT_OK,
                [VERDICT_NOT_READY] = EXIT_FINDINGS,
                [VERDICT_UNKNOWN] = EXIT_UNKNOWN,
        };

        return codes[report->summary.verdict];
}

static int judge_and_print(struct judge *judge, enum judge_what what, const struct report_format *format,
                           int (*code)(const struct report *), enum question question)
{
        _cleanup_judged_ struct judged judged = { 0 };
        _cleanup_buffer_ struct buffer out = { 0 };
        struct report_style style = output_style(&judge->arguments);
        int exit_code;

        exit_code = judge_report(judge, judge->arguments.names, what, &judged);
        if (exit_code != 0)
                return exit_code;
        if (what == JUDGE_SEND)
                (void) fail(EXIT_OK,
                            "report %" PRIu64 " is in the outbox; 'agentctl status' shows what waits",
                            judged.sequence);

        style.question = question;
        if (format->write(judged.report, &style, &out) < 0)
                return fail_memory();

        return judge->arguments.output ? write_output(judge->arguments.output, &out, code(judged.report))
                                       : print_output(&out, code(judged.report));
}

static int run(const struct arguments *arguments, enum judge_what what, const struct report_format *format,
               int (*code)(const struct report *), enum question question)
{
        _cleanup_judge_ struct judge judge = { 0 };
        int exit_code = judge_begin(arguments, 0, &judge);

        return exit_code != 0 ? exit_code : judge_and_print(&judge, what, format, code, question);
}

static const struct report_format *chosen_format(const struct arguments *arguments)
{
        if (arguments->format)
                return report_format_find(arguments->format);
        if (arguments->oneline)
                return report_format_find("oneline");

        return report_format_find(arguments->json ? "json" : "text");
}

int command_check(const struct arguments *arguments)
{
        const char *unknown = unknown_name(arguments->names);

        if (unknown)
                return fail(EXIT_USAGE, "no probe or area is called '%s'; 'agentctl list' shows them",
                            unknown);

        return run(arguments, JUDGE_AS_ASKED, chosen_format(arguments), check_code, QUESTION_CHECK);
}

int command_ready(const struct arguments *arguments)
{
        enum judge_what what = arguments->fresh ? JUDGE_FRESH : JUDGE_CAPTURE;

        /* The running system is root's to change. */
        if (arguments->fresh && !arguments->root && geteuid() != 0) {
                (void) fail(EXIT_OK, "only root may settle fixes and have the disks written to: this is a "
                                     "verdict of now, and nothing more");
                what = JUDGE_CAPTURE;
        }

        return run(arguments, what, chosen_format(arguments), ready_code, QUESTION_READY);
}

int command_report(const struct arguments *arguments)
{
        const struct report_format *format = chosen_format(arguments);
        enum judge_what what = arguments->send ? JUDGE_SEND : JUDGE_AS_ASKED;
        _cleanup_buffer_ struct buffer known = { 0 };

        if (arguments->send && !arguments->root && geteuid() != 0)
                return fail(EXIT_REFUSED, "only root may send a report");
        if (format)
                return run(arguments, what, format, check_code, QUESTION_CHECK);

        for (format = report_formats; format->name; format++)
                buffer_addf(&known, "%s%s", known.len > 0 ? ", " : "", format->name);
        if (known.failed)
                return fail_memory();

        return fail(EXIT_USAGE, "no report format is called '%s'; there are: %s", arguments->format,
                    known.data);
}

/* What could be mended, without the bytes. */
static int print_what_fix_would_do(struct judge *judge)
{
        _cleanup_judged_plan_ struct judged_plan plan = { 0 };
        _cleanup_buffer_ struct buffer out = { 0 };
        int code;

        code = judge_plan(judge, NULL, &plan);
        if (code != 0)
                return code;

        if (plan.report.n_steps == 0)
                buffer_add_string(&out, "\nagentctl fix --all would change nothing.\n");
        else
                buffer_add_string(&out, "\nagentctl fix --all would change:\n");
        for (size_t i = 0; i < plan.report.n_steps; i++) {
                const struct plan_step *step = &plan.report.steps[i];

                buffer_add_string(&out, "  ");
                print_text(&out, step->path ? step->path : step->argv[0]);
                buffer_addf(&out, "  (%s)\n", step->fixer ? step->fixer : "");
        }

        return print_output(&out, 0);
}

int command_overview(const struct arguments *arguments)
{
        _cleanup_judge_ struct judge judge = { 0 };
        int code;

        code = judge_begin(arguments, arguments->json ? 0 : JUDGE_PLANS, &judge);
        if (code != 0)
                return code;
        code = judge_and_print(&judge, JUDGE_AS_ASKED, chosen_format(arguments), check_code,
                               QUESTION_OVERVIEW);
        if (arguments->json || code == EXIT_REFUSED || print_what_fix_would_do(&judge) == 0)
                return code;

        return EXIT_REFUSED;
}
