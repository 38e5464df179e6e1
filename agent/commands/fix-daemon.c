/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/fix.h"

/* A plan is carried out by its digest, so that what the daemon does is what it has shown. When the system has
 * changed in between it is planned again, once; and who was asked is asked again. */

static int make_plan(struct judge *judge, struct plan_report *report)
{
        plan_report_done(report);
        return daemon_plan(judge->daemon, judge->arguments.names, &judge->arguments.fix, report);
}

/* -ESTALE, or what the command ends with; the report is what became of it. */
static int apply(struct judge *judge, struct plan_report *report)
{
        _cleanup_plan_report_ struct plan_report done = { 0 };
        int r;

        r = fix_confirm(&judge->arguments, report);
        if (r != 0)
                return r;
        r = daemon_apply(judge->daemon, report->digest, judge->arguments.names, &judge->arguments.fix, &done);

        return r != 0 ? r : fix_print(&judge->arguments, &done);
}

int fix_by_daemon(struct judge *judge)
{
        _cleanup_plan_report_ struct plan_report report = { 0 };
        int r;

        r = make_plan(judge, &report);
        if (r != 0)
                return r;
        daemon_print_warnings(judge->daemon, NULL);
        for (unsigned tries = 0; tries < 2; tries++) {
                if (judge->arguments.dry_run || report.state != PLAN_PLANNED)
                        return fix_print(&judge->arguments, &report);
                r = apply(judge, &report);
                if (r != -ESTALE)
                        return r;
                if (fix_asks(&judge->arguments))
                        (void) fail(EXIT_OK, "the system has changed meanwhile, and so has the plan");
                r = make_plan(judge, &report);
                if (r != 0)
                        return r;
        }

        return fail(EXIT_REFUSED, "the system does not stay as it was planned for; nothing was changed");
}
