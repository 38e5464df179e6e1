/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/planned.h"
#include "commands/write.h"
#include "engine/host.h"
#include "engine/probe.h"
#include "engine/root.h"
#include "engine/scan.h"

#include <stdio.h>
#include <string.h>

/* Plan, show, apply, judge again. */

struct fix {
        const struct arguments *arguments;
        struct change_session *session;
        struct fix_options options;

        struct planned planned;
        struct plan_report report; /* of the plan, and what became of it */

        /* After the fix. */
        struct transaction *transaction;
        struct root *root;
        struct context *context;
};

static void fix_done(struct fix *fix)
{
        plan_report_done(&fix->report);
        (void) transaction_free(fix->transaction);
        (void) context_free(fix->context);
        (void) root_free(fix->root);
        planned_done(&fix->planned);
}

static int make_plan(struct fix *fix)
{
        int code = planned_make(fix->arguments, fix->arguments->names, &fix->options, &fix->planned);

        plan_report_done(&fix->report);
        return code != 0 ? code : planned_report(&fix->planned, fix->arguments->names, &fix->report);
}

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
        if (report->transaction)
                buffer_addf(out, "Take it back with: agentctl undo %s\n", report->transaction);
}

static int print_result(const struct arguments *arguments, const struct plan_report *report)
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

/* Nothing is applied unseen: --all may be more than the user thinks. 0 to go on. */
static int confirm(const struct arguments *arguments, const struct plan_report *report)
{
        struct report_style style = output_style(arguments);
        _cleanup_buffer_ struct buffer out = { 0 };
        char answer[16];

        if (!arguments->all || arguments->yes)
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

/* The stem of the transaction's name: what was asked for, as far as it is short and plain. */
static char *make_stem(const struct arguments *arguments)
{
        _cleanup_buffer_ struct buffer stem = { 0 };
        char *result;

        if (arguments->all || arguments->n_names != 1)
                return strdup(arguments->all ? "all" : "several");
        buffer_add_string(&stem, arguments->names[0]);

        return buffer_finish(&stem, &result, NULL) < 0 ? NULL : result;
}

static int apply(struct fix *fix)
{
        struct change_session *session = fix->session;
        _cleanup_free_ char *stem = make_stem(fix->arguments);
        int r;

        if (!stem)
                return fail_memory();
        r = transaction_apply(session->root, &session->store, fix->planned.plan, stem,
                              session->live ? session->host.boot_id : NULL, fix->options.time,
                              &session->options, &fix->transaction, &session->diag);

        return r < 0 ? session_fail(session, r) : 0;
}

/* A root handle is a snapshot, so that the result is judged through a new one. */
static int judge(struct fix *fix)
{
        struct change_session *session = fix->session;
        int code, r;

        fix->root = open_root(fix->arguments, &code);
        if (!fix->root)
                return code;
        r = session_judge(fix->root, &fix->arguments->scan, &session->store, fix->transaction, &fix->context,
                          &session->diag);
        if (r == -ENOMEM)
                return fail_memory();
        /* It is applied all the same, and on record as that. */
        if (r < 0)
                (void) session_fail(session, r);
        r = plan_report_conclude(&fix->report, fix->transaction,
                                 fix->context ? context_findings(fix->context) : NULL, fix->arguments->names);

        return r < 0 ? fail_memory() : 0;
}

static int plan_under_lock(struct fix *fix)
{
        size_t n_recovered;
        int code;

        code = session_lock(fix->arguments, fix->session, &n_recovered);
        if (code == 0 && n_recovered > 0)
                code = make_plan(fix);

        return code;
}

static int run(struct fix *fix)
{
        struct change_session *session = fix->session;
        bool interrupted = false, pending = false;
        int code;

        code = session_waits(session, &interrupted, &pending);
        if (code != 0)
                return code;
        if (interrupted && fix->arguments->dry_run)
                (void) fail(EXIT_REFUSED,
                            "an earlier run was interrupted; 'agentctl history' takes back what "
                            "it left, and this plan may be another one then");

        if ((interrupted || pending) && !fix->arguments->dry_run)
                code = plan_under_lock(fix);
        if (code == 0 && !fix->planned.plan)
                code = make_plan(fix);
        if (code != 0 || fix->arguments->dry_run || plan_get_state(fix->planned.plan) != PLAN_PLANNED)
                return code != 0 ? code : print_result(fix->arguments, &fix->report);

        code = confirm(fix->arguments, &fix->report);
        if (code == 0 && session->store.lock < 0)
                code = plan_under_lock(fix);
        if (code == 0 && plan_get_state(fix->planned.plan) != PLAN_PLANNED)
                return print_result(fix->arguments, &fix->report);
        if (code == 0)
                code = apply(fix);
        if (code == 0)
                code = judge(fix);

        return code != 0 ? code : print_result(fix->arguments, &fix->report);
}

static int check_usage(const struct arguments *arguments)
{
        if (arguments->all ? arguments->n_names > 0 : arguments->n_names == 0)
                return fail(EXIT_USAGE, "use: agentctl fix NAME... or agentctl fix --all");
        for (size_t i = 0; i < arguments->n_names; i++)
                if (!plan_knows(arguments->names[i]))
                        return fail(EXIT_USAGE,
                                    "no fixer, probe or area is called '%s'; 'agentctl list' shows "
                                    "them",
                                    arguments->names[i]);
        if (arguments->all && !arguments->yes && !arguments->dry_run &&
            (!isatty(STDIN_FILENO) || arguments->json))
                return fail(EXIT_USAGE, "--all asks before it applies; without a terminal it takes --yes");

        return 0;
}

int command_fix(const struct arguments *arguments)
{
        _cleanup_session_ struct change_session session = { .store = STORE_INIT };
        _cleanup_(fix_done) struct fix fix = { .arguments = arguments, .session = &session };
        int code;

        code = check_usage(arguments);
        if (code != 0)
                return code;

        fix.options = arguments->fix;
        code = session_begin(arguments, &session);

        return code != 0 ? code : run(&fix);
}
