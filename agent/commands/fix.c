/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/fix.h"
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

/* Under the lock the plan may be another one. */
static int plan_under_lock(struct fix *fix, bool *ret_made)
{
        size_t n_recovered;
        int code;

        code = session_lock(fix->arguments, fix->session, &n_recovered);
        *ret_made = code == 0 && n_recovered > 0;

        return *ret_made ? make_plan(fix) : code;
}

/* What was shown without the lock is what is applied, or it is shown again. */
static int confirm_under_lock(struct fix *fix)
{
        bool made = false;
        int code;

        code = fix_confirm(fix->arguments, &fix->report);
        if (code == 0 && fix->session->store.lock < 0)
                code = plan_under_lock(fix, &made);
        if (code == 0 && made && plan_get_state(fix->planned.plan) == PLAN_PLANNED)
                code = fix_confirm(fix->arguments, &fix->report);

        return code;
}

static int run(struct fix *fix)
{
        struct change_session *session = fix->session;
        bool interrupted = false, pending = false, made;
        int code;

        code = session_waits(session, &interrupted, &pending);
        if (code != 0)
                return code;
        if (interrupted && fix->arguments->dry_run)
                (void) fail(EXIT_REFUSED,
                            "an earlier run was interrupted; 'agentctl history' takes back what "
                            "it left, and this plan may be another one then");

        if ((interrupted || pending) && !fix->arguments->dry_run)
                code = plan_under_lock(fix, &made);
        if (code == 0 && !fix->planned.plan)
                code = make_plan(fix);
        if (code != 0 || fix->arguments->dry_run || plan_get_state(fix->planned.plan) != PLAN_PLANNED)
                return code != 0 ? code : fix_print(fix->arguments, &fix->report);

        code = confirm_under_lock(fix);
        if (code == 0 && plan_get_state(fix->planned.plan) != PLAN_PLANNED)
                return fix_print(fix->arguments, &fix->report);
        if (code == 0)
                code = apply(fix);
        if (code == 0)
                code = judge(fix);

        return code != 0 ? code : fix_print(fix->arguments, &fix->report);
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

static int fix_here(struct judge *judge)
{
        _cleanup_session_ struct change_session session = { .store = STORE_INIT };
        _cleanup_(fix_done) struct fix fix = { .arguments = &judge->arguments, .session = &session };
        int code;

        code = judge_alone(judge);
        if (code != 0)
                return code;
        fix.options = judge->arguments.fix;
        code = session_begin(fix.arguments, &session);

        return code != 0 ? code : run(&fix);
}

int command_fix(const struct arguments *arguments)
{
        _cleanup_judge_ struct judge judge = { 0 };
        int code;

        code = check_usage(arguments);
        if (code == 0 && !arguments->dry_run)
                code = check_root(arguments);
        if (code == 0)
                code = judge_begin(arguments, JUDGE_PLANS, &judge);
        if (code != 0)
                return code;

        code = judge.daemon ? fix_by_daemon(&judge) : -ECANCELED;
        return code != -ECANCELED ? code : fix_here(&judge);
}
