/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "report/read-internal.h"
#include "report/read.h"

#include <string.h>

static const char *nth_state(unsigned i)
{
        return plan_state_name((enum plan_state) i);
}

static const char *nth_risk(unsigned i)
{
        return risk_name((enum risk) i);
}

static const char *nth_kind(unsigned i)
{
        return change_kind_name((enum change_kind) i);
}

/* Room for as many as the array of that name has; NULL for none. */
static void *make_room(struct read_result *result, struct json_object *array, size_t size)
{
        size_t n = json_array_size(array);
        void *room = n > 0 && result->error >= 0 ? calloc(n, size) : NULL;

        if (n > 0 && result->error >= 0 && !room)
                *result = (struct read_result){ -ENOMEM, "out of memory" };

        return room;
}

static void read_step(struct read_result *result, struct json_object *object, bool all_shown,
                      struct plan_step *step)
{
        read_nullable(result, object, "fixer", &step->fixer);
        step->kind = (enum change_kind) read_word(result, object, "kind", nth_kind, CHANGE_KIND_COUNT);
        read_nullable(result, object, "path", &step->path);
        if (json_type_letter(object, "argv") != 'n')
                step->argv = read_list(result, object, "argv");
        read_nullable(result, object, "diff", &step->diff);
        step->diff_len = step->diff ? strlen(step->diff) : 0;
        read_nullable(result, object, "target", &step->target);
        step->creates = read_bool(result, object, "creates");
        step->hidden = !all_shown && !step->diff && step->kind == CHANGE_WRITE;
        if (result->error >= 0 && (step->kind == CHANGE_RUN) != (step->argv && step->argv[0]))
                read_bad(result, "a step is neither a command nor a file");
        if (result->error >= 0 && (step->kind == CHANGE_RUN) == (step->path != NULL))
                read_bad(result, "a step has no path, or one too many");
}

static void read_steps(struct read_result *result, struct json_object *document, bool all_shown,
                       struct plan_report *report)
{
        struct json_object *array = read_array(result, document, "changes");

        report->steps = make_room(result, array, sizeof(*report->steps));
        for (size_t i = 0; i < json_array_size(array) && result->error >= 0; i++)
                read_step(result, json_array_item(array, i), all_shown, &report->steps[report->n_steps++]);
}

static size_t length(char *const *list)
{
        size_t n = 0;

        while (list && list[n])
                n++;

        return n;
}

/* The keys move out of the list; what is left of it is freed. */
static void read_cures(struct read_result *result, struct json_object *document, struct plan_report *report)
{
        char **keys = read_list(result, document, "cures"),
             **pending = read_list(result, document, "pending");
        size_t n = length(keys);

        report->cures = n > 0 ? calloc(n, sizeof(*report->cures)) : NULL;
        if (n > 0 && !report->cures)
                *result = (struct read_result){ -ENOMEM, "out of memory" };
        for (size_t i = 0; i < n; i++) {
                if (!report->cures) {
                        free(keys[i]);
                        continue;
                }
                report->cures[report->n_cures++] = (struct plan_cure){
                        .key = keys[i], .pending = string_in_list(keys[i], (const char *const *) pending)
                };
        }
        free(keys);
        for (size_t i = 0; pending && pending[i]; i++)
                free(pending[i]);
        free(pending);
}

static void read_refusals(struct read_result *result, struct json_object *document,
                          struct plan_report *report)
{
        struct json_object *array = read_array(result, document, "refusals");

        report->refusals = make_room(result, array, sizeof(*report->refusals));
        for (size_t i = 0; i < json_array_size(array) && result->error >= 0; i++) {
                struct plan_report_refusal *refusal = &report->refusals[report->n_refusals++];
                struct json_object *object = json_array_item(array, i);

                read_nullable(result, object, "fixer", &refusal->fixer);
                read_nullable(result, object, "key", &refusal->key);
                read_string(result, object, "reason", &refusal->reason);
        }
}

static void read_plan_findings(struct read_result *result, struct json_object *document,
                               struct plan_report *report)
{
        struct json_object *array = read_array(result, document, "findings");
        const struct findings *findings;

        if (result->error >= 0)
                result->error = read_findings_new(&report->read);
        for (size_t i = 0; i < json_array_size(array) && result->error >= 0; i++)
                result->error = read_finding(report->read, json_array_item(array, i), &result->cause);
        report->findings = make_room(result, array, sizeof(*report->findings));
        if (!report->findings || result->error < 0)
                return;

        findings = read_findings_get(report->read);
        for (; report->n_findings < findings->n; report->n_findings++)
                report->findings[report->n_findings] = findings->items[report->n_findings];
}

int read_plan(struct json_object *document, bool all_shown, struct plan_report *ret,
              const char **reterr_cause)
{
        _cleanup_plan_report_ struct plan_report report = { 0 };
        struct read_result result = { .cause = "out of memory" };

        read_expect(&result, document, "schema", "io.ecsguest.plan/1");
        read_digest(&result, document, "digest", true, &report.digest);
        read_nullable(&result, document, "transaction", &report.transaction);
        report.state = (enum plan_state) read_word(&result, document, "state", nth_state, PLAN_STATE_COUNT);
        read_nullable(&result, document, "reason", &report.reason);
        report.risk = (enum risk) read_word(&result, document, "risk", nth_risk, RISK_COUNT);
        report.reboot = read_bool(&result, document, "reboot");
        if (json_type_letter(document, "time") != '\0' && json_type_letter(document, "time") != 'n')
                report.time = read_time(&result, document, "time");
        if (json_type_letter(document, "fixers") != '\0' && json_type_letter(document, "fixers") != 'n')
                report.fixers = read_list(&result, document, "fixers");
        read_steps(&result, document, all_shown, &report);
        read_cures(&result, document, &report);
        read_refusals(&result, document, &report);
        report.hints = read_list(&result, document, "hints");
        report.n_hints = length(report.hints);
        read_plan_findings(&result, document, &report);
        if (result.error < 0) {
                *reterr_cause = result.cause;
                return result.error;
        }

        *ret = report;
        report = (struct plan_report){ 0 };
        return 0;
}
