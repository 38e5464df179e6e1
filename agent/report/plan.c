/* SPDX-License-Identifier: Apache-2.0 */
#include "report/plan.h"
#include "engine/fixer.h"
#include "engine/probe.h"
#include "report/read.h"

#include <string.h>

/* NULL stays NULL. */
static int copy_string(const char *string, char **ret)
{
        char *copy = string ? strdup(string) : NULL;

        if (string && !copy)
                return -ENOMEM;

        *ret = copy;
        return 0;
}

static void free_list(char **list)
{
        for (size_t i = 0; list && list[i]; i++)
                free(list[i]);
        free(list);
}

static int copy_list(char *const *list, char ***ret)
{
        size_t n = 0;
        char **copy;

        if (!list)
                return 0;
        while (list[n])
                n++;
        copy = calloc(n + 1, sizeof(*copy));
        for (size_t i = 0; copy && i < n; i++) {
                copy[i] = strdup(list[i]);
                if (!copy[i]) {
                        free_list(copy);
                        copy = NULL;
                }
        }
        if (!copy)
                return -ENOMEM;

        *ret = copy;
        return 0;
}

static void step_done(struct plan_step *step)
{
        free(step->fixer);
        free(step->path);
        free_list(step->argv);
        free(step->diff);
        free(step->target);
}

void plan_report_done(struct plan_report *report)
{
        free(report->transaction);
        free(report->digest);
        free(report->reason);
        free_list(report->fixers);
        for (size_t i = 0; i < report->n_steps; i++)
                step_done(&report->steps[i]);
        free(report->steps);
        for (size_t i = 0; i < report->n_cures; i++)
                free(report->cures[i].key);
        free(report->cures);
        for (size_t i = 0; i < report->n_refusals; i++) {
                free(report->refusals[i].fixer);
                free(report->refusals[i].key);
                free(report->refusals[i].reason);
        }
        free(report->refusals);
        for (size_t i = 0; i < report->n_hints; i++)
                free(report->hints[i]);
        free(report->hints);
        free(report->findings);
        read_findings_free(report->read);
        *report = (struct plan_report){ 0 };
}

static int make_step(const struct change *change, struct plan_step *step)
{
        _cleanup_buffer_ struct buffer diff = { 0 };
        int r;

        step->kind = change->kind;
        step->creates = change->path && change->before.type == NODE_MISSING;
        r = copy_string(change->fixer ? change->fixer->id : NULL, &step->fixer);
        if (r >= 0)
                r = copy_string(change->path, &step->path);
        if (r >= 0)
                r = copy_list(change->argv, &step->argv);
        if (r >= 0)
                r = copy_string(change->after.target, &step->target);
        if (r >= 0)
                r = change_diff(change, &diff);
        if (r < 0 || diff.len == 0)
                return r < 0 ? r : 0;

        return buffer_finish(&diff, &step->diff, &step->diff_len);
}

static int add_steps(struct plan_report *report, struct change *const *changes, size_t n)
{
        report->steps = n > 0 ? calloc(n, sizeof(*report->steps)) : NULL;
        if (n > 0 && !report->steps)
                return -ENOMEM;
        for (; report->n_steps < n; report->n_steps++) {
                struct plan_step step = { 0 };
                int r = make_step(changes[report->n_steps], &step);

                if (r < 0) {
                        step_done(&step);
                        return r;
                }
                report->steps[report->n_steps] = step;
        }

        return 0;
}

static int add_cures(struct plan_report *report, const struct plan *plan)
{
        const char *key;
        bool pending;

        while (report->n_steps > 0 && (key = plan_claimed(plan, report->n_cures, &pending))) {
                struct plan_cure cure = { .pending = pending };

                if (array_grow(&report->cures, report->n_cures, sizeof(*report->cures)) < 0 ||
                    copy_string(key, &cure.key) < 0)
                        return -ENOMEM;
                report->cures[report->n_cures++] = cure;
        }

        return 0;
}

static int add_refusals(struct plan_report *report, const struct plan *plan)
{
        const struct plan_refusal *refusal;

        while ((refusal = plan_refusal(plan, report->n_refusals))) {
                struct plan_report_refusal *copy;

                if (array_grow(&report->refusals, report->n_refusals, sizeof(*report->refusals)) < 0)
                        return -ENOMEM;
                copy = &report->refusals[report->n_refusals++];
                *copy = (struct plan_report_refusal){ 0 };
                if (copy_string(refusal->fixer ? refusal->fixer->id : NULL, &copy->fixer) < 0 ||
                    copy_string(refusal->key, &copy->key) < 0 ||
                    copy_string(refusal->reason, &copy->reason) < 0)
                        return -ENOMEM;
        }

        return 0;
}

static int add_hints(struct plan_report *report, const struct plan *plan)
{
        const char *hint;

        while ((hint = plan_get_hint(plan, report->n_hints))) {
                char *copy;

                if (array_grow(&report->hints, report->n_hints, sizeof(*report->hints)) < 0 ||
                    copy_string(hint, &copy) < 0)
                        return -ENOMEM;
                report->hints[report->n_hints++] = copy;
        }

        return 0;
}

/* In the place of those that it had. */
static int set_findings(struct plan_report *report, const struct findings *findings, const char *const *names)
{
        report->n_findings = 0;
        for (size_t i = 0; i < findings->n; i++) {
                if (!plan_asks(findings->items[i]->probe, names))
                        continue;
                if (array_grow(&report->findings, report->n_findings, sizeof(*report->findings)) < 0)
                        return -ENOMEM;
                report->findings[report->n_findings++] = findings->items[i];
        }

        return 0;
}

int plan_report_of_plan(struct plan *plan, const char *digest, const char *const *names,
                        struct plan_report *ret)
{
        _cleanup_plan_report_ struct plan_report report = { .state = plan_get_state(plan),
                                                            .risk = plan_risk(plan),
                                                            .reboot = plan_needs_reboot(plan) };
        struct change *const *changes;
        size_t n;
        int r;

        changes = plan_changes(plan, &n);
        r = copy_string(digest, &report.digest);
        if (r >= 0)
                r = copy_string(plan_reason(plan), &report.reason);
        if (r >= 0)
                r = add_steps(&report, changes, n);
        if (r >= 0)
                r = add_cures(&report, plan);
        if (r >= 0)
                r = add_refusals(&report, plan);
        if (r >= 0)
                r = add_hints(&report, plan);
        if (r >= 0)
                r = set_findings(&report, context_findings(plan_after(plan)), names);
        if (r < 0)
                return r;

        *ret = report;
        report = (struct plan_report){ 0 };
        return 0;
}

int plan_report_of_transaction(const struct transaction *transaction, struct plan_report *ret)
{
        _cleanup_plan_report_ struct plan_report report = { .state = transaction->state,
                                                            .risk = transaction->risk,
                                                            .reboot = transaction->reboot,
                                                            .time = (time_t) transaction->time };
        int r;

        r = copy_string(transaction->id, &report.transaction);
        if (r >= 0)
                r = copy_string(transaction->digest, &report.digest);
        if (r >= 0)
                r = copy_string(transaction->reason, &report.reason);
        if (r >= 0)
                r = copy_list(transaction->fixers, &report.fixers);
        if (r >= 0)
                r = add_steps(&report, transaction->changes, transaction->n_changes);
        if (r < 0)
                return r;

        *ret = report;
        report = (struct plan_report){ 0 };
        return 0;
}

int plan_report_of_unreadable(const char *transaction, const char *reason, struct plan_report *ret)
{
        _cleanup_plan_report_ struct plan_report report = { .state = PLAN_FAILED };

        if (copy_string(transaction, &report.transaction) < 0 || copy_string(reason, &report.reason) < 0)
                return -ENOMEM;

        *ret = report;
        report = (struct plan_report){ 0 };
        return 0;
}

int plan_report_conclude(struct plan_report *report, const struct transaction *transaction,
                         const struct findings *findings, const char *const *names)
{
        report->state = transaction->state;
        free(report->transaction);
        free(report->reason);
        report->transaction = report->reason = NULL;
        if (copy_string(transaction->id, &report->transaction) < 0 ||
            copy_string(transaction->reason, &report->reason) < 0)
                return -ENOMEM;

        return findings ? set_findings(report, findings, names) : 0;
}
