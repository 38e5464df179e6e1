/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/fix.h"
#include "commands/write.h"
#include "engine/fixer.h"

#include <stdio.h>
#include <string.h>

/* What a fix says, whoever made it. */

static bool is_pending(const struct plan_report *report, const char *key)
{
        for (size_t i = 0; i < report->n_cures; i++)
                if (report->cures[i].pending && string_equal(report->cures[i].key, key))
                        return true;

        return false;
}

/* Whether something asked for is still wrong. */
static bool something_stays(const struct plan_report *report)
{
        for (size_t i = 0; i < report->n_findings; i++) {
                const struct finding *finding = report->findings[i];

                if (finding->severity != SEVERITY_NOTE &&
                    (finding->outcome == OUTCOME_FAIL || finding->outcome == OUTCOME_UNKNOWN) &&
                    !finding_is_waived(finding) && !is_pending(report, finding->key))
                        return true;
        }

        return false;
}

static int exit_code(const struct plan_report *report)
{
        if (report->state == PLAN_REFUSED)
                return EXIT_REFUSED;
        if (report->state == PLAN_FAILED)
                return EXIT_FINDINGS;

        return report->state != PLAN_NOTHING_TO_DO && something_stays(report) ? EXIT_FINDINGS : EXIT_OK;
}

static void print_end(struct buffer *out, const struct report_style *style, const struct plan_report *report,
                      int code)
{
        static const struct {
                const char *text;
                enum ink ink;
        } ends[PLAN_STATE_COUNT] = {
                [PLAN_PLANNED] = { "Planned, nothing was changed", INK_BOLD },
                [PLAN_NOTHING_TO_DO] = { "Nothing to do", INK_GREEN },
                [PLAN_REFUSED] = { "Refused, nothing was changed", INK_YELLOW },
                [PLAN_APPLIED] = { "Applied", INK_BOLD },
                [PLAN_PENDING_REBOOT] = { "Applied, takes effect at the next boot", INK_GREEN },
                [PLAN_VERIFIED] = { "Applied and verified", INK_GREEN },
                [PLAN_FAILED] = { "Applied, and it did not help", INK_RED },
        };

        print_ink(out, style, ends[report->state].ink,
                  ends[report->state].text ? ends[report->state].text : "");
        if (report->reason) {
                buffer_add_string(out, ": ");
                print_text(out, report->reason);
        }
        if (report->n_steps > 0)
                buffer_addf(out, " (risk: %s)", risk_name(report->risk));
        buffer_add_char(out, '\n');
        if (code == EXIT_FINDINGS && report->state != PLAN_FAILED)
                buffer_add_string(out,
                                  "Something that was asked for is still not as it should be: see above.\n");
        if (report->transaction) {
                buffer_add_string(out, "Take it back with: agentctl undo ");
                print_text(out, report->transaction);
                buffer_add_char(out, '\n');
        }
}

int fix_print(const struct arguments *arguments, const struct plan_report *report)
{
        struct report_style style = output_style(arguments);
        _cleanup_buffer_ struct buffer out = { 0 };
        int code = exit_code(report);

        if (arguments->json)
                return print_plan_document(report, code);

        plan_report_write_text(report, &style, &out);
        print_end(&out, &style, report, code);
        return print_output(&out, code);
}

bool fix_asks(const struct arguments *arguments)
{
        return arguments->all && !arguments->yes;
}

/* Nothing is applied unseen: --all may be more than the user thinks. 0 to go on. */
int fix_confirm(const struct arguments *arguments, const struct plan_report *report)
{
        struct report_style style = output_style(arguments);
        _cleanup_buffer_ struct buffer out = { 0 };
        char answer[16];

        if (!fix_asks(arguments))
                return 0;

        plan_report_write_text(report, &style, &out);
        buffer_addf(&out, "Apply this? [y/N] ");
        if (out.failed)
                return fail_memory();
        (void) fputs(out.data, stderr);
        (void) fflush(stderr);
        if (fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
                return 0;

        return fail(EXIT_REFUSED, "not confirmed; nothing was changed");
}
