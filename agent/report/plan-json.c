/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "report/json.h"
#include "report/plan.h"

static struct json_object *strings_to_json(struct json_builder *builder, char *const *list)
{
        struct json_object *array = json_new_array(builder);

        for (; list && *list; list++)
                json_append_string(builder, array, *list);

        return array;
}

static struct json_object *step_to_json(struct json_builder *builder, const struct plan_step *step)
{
        struct json_object *object = json_new_object(builder);

        json_add_string(builder, object, "fixer", step->fixer);
        json_add_string(builder, object, "kind", change_kind_name(step->kind));
        json_add_string(builder, object, "path", step->path);
        if (step->argv)
                json_add(builder, object, "argv", strings_to_json(builder, step->argv));
        else
                json_add_null(builder, object, "argv");
        if (step->diff && !step->hidden)
                json_add_text(builder, object, "diff", (struct text){ step->diff, step->diff_len });
        else
                json_add_null(builder, object, "diff");
        json_add_string(builder, object, "target", step->target);
        json_add_bool(builder, object, "creates", step->creates);
        return object;
}

static struct json_object *steps_to_json(struct json_builder *builder, const struct plan_report *report)
{
        struct json_object *array = json_new_array(builder);

        for (size_t i = 0; i < report->n_steps; i++)
                json_append(builder, array, step_to_json(builder, &report->steps[i]));

        return array;
}

static struct json_object *cures_to_json(struct json_builder *builder, const struct plan_report *report,
                                         bool pending_only)
{
        struct json_object *array = json_new_array(builder);

        for (size_t i = 0; i < report->n_cures; i++)
                if (report->cures[i].pending || !pending_only)
                        json_append_string(builder, array, report->cures[i].key);

        return array;
}

static struct json_object *refusals_to_json(struct json_builder *builder, const struct plan_report *report)
{
        struct json_object *array = json_new_array(builder);

        for (size_t i = 0; i < report->n_refusals; i++) {
                struct json_object *object = json_new_object(builder);

                json_add_string(builder, object, "fixer", report->refusals[i].fixer);
                json_add_string(builder, object, "key", report->refusals[i].key);
                json_add_string(builder, object, "reason", report->refusals[i].reason);
                json_append(builder, array, object);
        }

        return array;
}

static struct json_object *hints_to_json(struct json_builder *builder, const struct plan_report *report)
{
        struct json_object *array = json_new_array(builder);

        for (size_t i = 0; i < report->n_hints; i++)
                json_append_string(builder, array, report->hints[i]);

        return array;
}

static struct json_object *findings_to_json(struct json_builder *builder, const struct plan_report *report)
{
        struct json_object *array = json_new_array(builder);

        for (size_t i = 0; i < report->n_findings; i++)
                json_append(builder, array, report_finding_to_json(builder, report->findings[i]));

        return array;
}

struct json_object *plan_report_to_json(struct json_builder *builder, const struct plan_report *report)
{
        struct json_object *object = json_new_object(builder);

        json_add_string(builder, object, "schema", "io.ecsguest.plan/1");
        report_add_digest(builder, object, report->digest ? report->digest : "");
        json_add_string(builder, object, "transaction", report->transaction);
        json_add_string(builder, object, "state", plan_state_name(report->state));
        json_add_string(builder, object, "reason", report->reason);
        json_add_string(builder, object, "risk", risk_name(report->risk));
        json_add_bool(builder, object, "reboot", report->reboot);
        if (report->time > 0)
                report_add_time(builder, object, report->time);
        if (report->fixers)
                json_add(builder, object, "fixers", strings_to_json(builder, report->fixers));
        json_add(builder, object, "changes", steps_to_json(builder, report));
        json_add(builder, object, "cures", cures_to_json(builder, report, false));
        json_add(builder, object, "pending", cures_to_json(builder, report, true));
        json_add(builder, object, "refusals", refusals_to_json(builder, report));
        json_add(builder, object, "hints", hints_to_json(builder, report));
        json_add(builder, object, "findings", findings_to_json(builder, report));
        return object;
}
