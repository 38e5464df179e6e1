/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "daemon/daemon.h"
#include "daemon/tasks.h"
#include "daemon/writer.h"
#include "engine/plan-make.h"
#include "engine/root.h"
#include "report/plan.h"

#include <string.h>
#include <sys/stat.h>

struct planned {
        struct fix_options options;
        struct scan_options scan;
        struct root *root;
        struct plan *plan;
        char digest[DIGEST_HEX_SIZE];
        struct plan_report report;
};

static void planned_done(struct planned *planned)
{
        plan_report_done(&planned->report);
        (void) plan_free(planned->plan);
        (void) root_free(planned->root);
}

static int make_plan(const struct daemon *daemon, const struct fix_options *options, const char *const *names,
                     struct planned *ret)
{
        int r;

        ret->options = *options;
        ret->options.time = time(NULL);
        ret->options.commands = !daemon->options.root;
        ret->scan = daemon_scan_options(daemon);
        r = daemon_open_root(daemon, &ret->root);
        if (r >= 0)
                r = plan_make(ret->root, &ret->scan, &ret->options, names, &ret->plan);
        if (r >= 0)
                r = plan_digest(ret->plan, ret->digest);

        return r < 0 ? r : plan_report_of_plan(ret->plan, ret->digest, names, &ret->report);
}

static bool others_may(const char *path, mode_t right)
{
        struct stat stat;

        return lstat(path, &stat) >= 0 && (stat.st_mode & right) == right;
}

/* Whether everybody could read the file as it is: each directory on the way lets others through. The paths of
 * a plan have no links. What is new has no mode yet, and what it says may come from elsewhere. */
static bool is_readable_by_all(const struct daemon *daemon, const char *path)
{
        _cleanup_free_ char *whole =
                string_format("%s%s", daemon->options.root ? daemon->options.root : "", path);

        if (!whole || !others_may(whole, S_IROTH))
                return false;
        for (char *slash = strrchr(whole, '/'); slash && slash != whole; slash = strrchr(whole, '/')) {
                *slash = '\0';
                if (!others_may(whole, S_IXOTH))
                        return false;
        }

        return true;
}

static void hide_from(const struct task_input *input, struct plan_report *report)
{
        for (size_t i = 0; input->request->uid != 0 && i < report->n_steps; i++) {
                struct plan_step *step = &report->steps[i];

                if (!step->diff || is_readable_by_all(input->daemon, step->path))
                        continue;
                free(step->diff);
                step->diff = NULL;
                step->hidden = true;
        }
}

static int reply_plan(int out, const struct plan_report *report)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);

        json_add(&builder, object, "plan", plan_report_to_json(&builder, report));
        return worker_say(out, WORKER_REPLY, &builder, object) < 0;
}

int task_plan(int out, void *data)
{
        const struct task_input *input = data;
        _cleanup_(planned_done) struct planned planned = { 0 };
        int r;

        r = make_plan(input->daemon, &input->request->fix, (const char *const *) input->request->names,
                      &planned);
        if (r < 0)
                return task_fail_errno(out, r);

        hide_from(input, &planned.report);
        return reply_plan(out, &planned.report);
}

/* What an error of the engine is on the wire. */
static int fail_writer(int out, int error, const struct writer *writer)
{
        const char *reason =
                writer->diag.error == error && writer->diag.message ? writer->diag.message : strerror(-error);

        if (error == -EBUSY)
                return task_fail(out, "Busy", NULL, "%s", "");
        if (error == -ESTALE)
                return task_fail(out, "StalePlan", NULL, "%s", "");
        if (error == -ENOMEM)
                return task_fail_errno(out, error);

        return task_fail(out, "Refused", "reason", "%s", reason);
}

static int conclude(struct writer *writer, struct planned *planned, const char *const *names)
{
        return plan_report_conclude(&planned->report, writer->transaction,
                                    writer->context ? context_findings(writer->context) : NULL, names);
}

int task_apply(int out, void *data)
{
        const struct task_input *input = data;
        const char *const *names = (const char *const *) input->request->names;
        _cleanup_(planned_done) struct planned planned = { 0 };
        _cleanup_writer_ struct writer writer;
        int r;

        r = writer_begin(input->daemon, out, &writer);
        if (r >= 0)
                r = make_plan(input->daemon, &input->request->fix, names, &planned);
        if (r < 0)
                return fail_writer(out, r, &writer);
        if (!string_equal(planned.digest, input->request->digest))
                return fail_writer(out, -ESTALE, &writer);
        if (plan_get_state(planned.plan) == PLAN_REFUSED) {
                writer_say_refused(planned.report.reason);
                return task_fail(out, "Refused", "reason", "%s", planned.report.reason);
        }
        if (plan_get_state(planned.plan) == PLAN_NOTHING_TO_DO)
                return reply_plan(out, &planned.report);

        r = writer_apply(&writer, planned.plan, names);
        if (r < 0) {
                writer_say_refused(writer.diag.message ? writer.diag.message : strerror(-r));
                return fail_writer(out, r, &writer);
        }
        r = conclude(&writer, &planned, names);

        return r < 0 ? task_fail_errno(out, r) : reply_plan(out, &planned.report);
}

int task_repair(int out, void *data)
{
        const struct daemon *daemon = data;
        const char *const *names = (const char *const *) daemon->config.autofix;
        static const struct fix_options options = { .strategy = FIX_NOFAIL };
        _cleanup_(planned_done) struct planned planned = { 0 };
        _cleanup_writer_ struct writer writer;
        int r;

        r = writer_begin(daemon, -EBADF, &writer);
        if (r >= 0)
                r = make_plan(daemon, &options, names, &planned);
        if (r >= 0 && plan_get_state(planned.plan) == PLAN_PLANNED)
                r = writer_apply(&writer, planned.plan, names);
        else if (r >= 0 && plan_get_state(planned.plan) == PLAN_REFUSED)
                writer_say_refused(planned.report.reason);
        if (r < 0)
                writer_say_refused(writer.diag.message ? writer.diag.message : strerror(-r));

        return 0;
}
