/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/planned.h"
#include "engine/diag.h"
#include "engine/root.h"
#include "engine/waiver.h"

#include <string.h>

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

static int scan_and_print(const struct arguments *arguments, const struct scan_options *options,
                          const struct report_format *format, int (*code)(const struct report *),
                          enum question question)
{
        _cleanup_root_ struct root *root = NULL;
        _cleanup_context_ struct context *context = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        struct report_style style = output_style(arguments);
        struct report report;
        int r, exit_code;

        root = open_root(arguments, &exit_code);
        if (!root)
                return exit_code;

        r = context_new(root, options, &context);
        if (r >= 0)
                r = scan_run(context, arguments->names);
        if (r >= 0)
                r = report_make(context, time(NULL), &report);
        if (r < 0)
                return fail(EXIT_REFUSED, "cannot judge '%s': %s", root_name(root), strerror(-r));

        print_warnings(&context_waivers(context)->warnings);
        style.question = question;
        r = format->write(&report, &style, &out);
        if (r < 0)
                return fail_memory();

        return print_output(&out, code(&report));
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

        return scan_and_print(arguments, &arguments->scan, chosen_format(arguments), check_code,
                              QUESTION_CHECK);
}

int command_ready(const struct arguments *arguments)
{
        struct scan_options options = arguments->scan;

        options.profile = PROFILE_CAPTURE;
        return scan_and_print(arguments, &options, chosen_format(arguments), ready_code, QUESTION_READY);
}

int command_report(const struct arguments *arguments)
{
        const struct report_format *format = chosen_format(arguments);
        _cleanup_buffer_ struct buffer known = { 0 };

        if (format)
                return scan_and_print(arguments, &arguments->scan, format, check_code, QUESTION_CHECK);

        for (format = report_formats; format->name; format++)
                buffer_addf(&known, "%s%s", known.len > 0 ? ", " : "", format->name);
        if (known.failed)
                return fail_memory();

        return fail(EXIT_USAGE, "no report format is called '%s'; there are: %s", arguments->format,
                    known.data);
}

/* What could be mended, without the bytes. */
static int print_what_fix_would_do(const struct arguments *arguments)
{
        _cleanup_planned_ struct planned planned = { 0 };
        struct fix_options options = arguments->fix;
        _cleanup_buffer_ struct buffer out = { 0 };
        _cleanup_plan_report_ struct plan_report report = { 0 };
        int code;

        code = planned_make(arguments, NULL, &options, &planned);
        if (code == 0)
                code = planned_report(&planned, NULL, &report);
        if (code != 0)
                return code;

        if (report.n_steps == 0)
                buffer_add_string(&out, "\nagentctl fix --all would change nothing.\n");
        else
                buffer_add_string(&out, "\nagentctl fix --all would change:\n");
        for (size_t i = 0; i < report.n_steps; i++) {
                const struct plan_step *step = &report.steps[i];

                buffer_add_string(&out, "  ");
                print_text(&out, step->path ? step->path : step->argv[0]);
                buffer_addf(&out, "  (%s)\n", step->fixer ? step->fixer : "");
        }

        return print_output(&out, 0);
}

int command_overview(const struct arguments *arguments)
{
        int code;

        code = scan_and_print(arguments, &arguments->scan, chosen_format(arguments), check_code,
                              QUESTION_OVERVIEW);
        if (arguments->json || code == EXIT_REFUSED || print_what_fix_would_do(arguments) == 0)
                return code;

        return EXIT_REFUSED;
}
