/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/judge.h"
#include "commands/send.h"
#include "commands/write.h"
#include "engine/capture.h"
#include "engine/root.h"
#include "engine/waiver.h"
#include "report/instance.h"

#include <string.h>

int judge_alone(struct judge *judge)
{
        judge->daemon = daemon_free(judge->daemon);
        if (judge->configured)
                return 0;

        judge->configured = true;
        return apply_config(&judge->arguments);
}

int judge_begin(const struct arguments *arguments, unsigned flags, struct judge *judge)
{
        const struct scan_options *scan = &arguments->scan;
        /* The daemon has no network where its unit confines it; and it plans for what it is configured for.
         */
        bool beyond_it = scan->active || ((flags & JUDGE_PLANS) && arguments->has_profile);
        int code;

        *judge = (struct judge){ .arguments = *arguments };
        code = beyond_it && !arguments->socket ? 0 : daemon_open(arguments, 0, &judge->daemon);
        if (code == 0 && !judge->daemon)
                code = judge_alone(judge);

        return code;
}

void judge_end(struct judge *judge)
{
        judge->daemon = daemon_free(judge->daemon);
}

void judged_done(struct judged *judged)
{
        readings_done(&judged->readings);
        daemon_report_done(&judged->told);
        (void) context_free(judged->context);
        (void) root_free(judged->root);
        metadata_done(&judged->metadata);
        *judged = (struct judged){ 0 };
}

static int ask_daemon(struct judge *judge, const char *const *names, enum judge_what what,
                      struct judged *judged)
{
        const struct arguments *arguments = &judge->arguments;
        const char *profile = what == JUDGE_CAPTURE    ? profile_name(PROFILE_CAPTURE)
                              : arguments->has_profile ? profile_name(arguments->scan.profile)
                                                       : NULL;
        int r;

        if (what == JUDGE_FRESH)
                r = daemon_prepare_capture(judge->daemon, &judged->told);
        else if (what == JUDGE_SEND)
                r = daemon_send(judge->daemon, profile, &judged->told, &judged->sequence);
        else
                r = daemon_check(judge->daemon, names, profile, arguments->scan.active, &judged->told);
        if (r != 0)
                return r;

        daemon_print_warnings(judge->daemon, &judged->told);
        judged->report = judged->told.report;
        judged->readings = judged->told.readings;
        judged->told.readings = (struct readings){ 0 };
        return 0;
}

static int judge_here(struct judge *judge, const char *const *names, enum judge_what what,
                      struct judged *judged)
{
        struct scan_options options = judge->arguments.scan;
        int code, r;

        judged->root = open_root(&judge->arguments, &code);
        if (!judged->root)
                return code;

        if (what == JUDGE_CAPTURE || what == JUDGE_FRESH)
                options.profile = PROFILE_CAPTURE;
        r = context_new(judged->root, &options, &judged->context);
        if (r >= 0)
                r = scan_run(judged->context, names);
        if (r >= 0)
                r = report_make(judged->context, time(NULL), &judged->own);
        if (r >= 0)
                r = report_add_instance(&judged->own, judged->root, &judged->metadata);
        if (r >= 0)
                r = readings_of_root(judged->root, &judged->readings);
        if (r < 0)
                return fail(EXIT_REFUSED, "cannot judge '%s': %s", root_name(judged->root), strerror(-r));

        print_warnings(&context_waivers(judged->context)->warnings);
        judged->report = &judged->own;
        return 0;
}

/* As the daemon's PrepareCapture. Where no fix was ever made there is no lock to take. */
static int judge_fresh(struct judge *judge, struct judged *judged)
{
        _cleanup_session_ struct change_session session = { .store = STORE_INIT };
        size_t n_recovered;
        int code;

        code = session_begin(&judge->arguments, &session);
        if (code == 0 && session.store.fd >= 0)
                code = session_lock(&judge->arguments, &session, &n_recovered);
        if (code == 0 && session.store.fd >= 0) {
                int r = capture_check_transactions(&session.store, &session.diag);

                code = r < 0 ? session_fail(&session, r) : 0;
        }
        if (code == 0)
                code = judge_here(judge, NULL, JUDGE_FRESH, judged);
        if (code == 0) {
                int r = capture_sync(session.root, session.live, &session.diag);

                code = r < 0 ? session_fail(&session, r) : 0;
        }

        return code;
}

/* As the daemon's Send. */
static int judge_and_send(struct judge *judge, const char *const *names, struct judged *judged)
{
        int code = judge_here(judge, names, JUDGE_SEND, judged);

        return code != 0 ? code : send_report(&judge->arguments, judged);
}

/* Without the daemon. */
static int judge_by_ourselves(struct judge *judge, const char *const *names, enum judge_what what,
                              struct judged *ret)
{
        switch (what) {
        case JUDGE_FRESH:
                return judge_fresh(judge, ret);
        case JUDGE_SEND:
                return judge_and_send(judge, names, ret);
        case JUDGE_AS_ASKED:
        case JUDGE_CAPTURE:
        default:
                return judge_here(judge, names, what, ret);
        }
}

int judge_report(struct judge *judge, const char *const *names, enum judge_what what, struct judged *ret)
{
        int code = -ECANCELED;

        *ret = (struct judged){ 0 };
        if (judge->daemon)
                code = ask_daemon(judge, names, what, ret);
        if (code != -ECANCELED)
                return code;

        code = judge_alone(judge);

        return code != 0 ? code : judge_by_ourselves(judge, names, what, ret);
}

void judged_plan_done(struct judged_plan *plan)
{
        plan_report_done(&plan->report);
        planned_done(&plan->planned);
}

int judge_plan(struct judge *judge, const char *const *names, struct judged_plan *ret)
{
        int code = -ECANCELED;

        *ret = (struct judged_plan){ 0 };
        if (judge->daemon)
                code = daemon_plan(judge->daemon, names, &judge->arguments.fix, &ret->report);
        if (code != -ECANCELED)
                return code;

        code = judge_alone(judge);
        if (code == 0)
                code = planned_make(&judge->arguments, names, &judge->arguments.fix, &ret->planned);

        return code != 0 ? code : planned_report(&ret->planned, names, &ret->report);
}
