/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan-internal.h"
#include "engine/probe.h"
#include "engine/root-internal.h"
#include "engine/root-write.h"
#include "engine/scan.h"
#include "engine/waiver.h"

#include <string.h>

/* A plan is only as good as the verdict on its result. The whole system is judged as it would be: what a
 * fixer claims to cure must be cured there, and nothing may be worse than before. */

static bool matters(const struct finding *finding)
{
        return finding->severity != SEVERITY_NOTE &&
               (finding->outcome == OUTCOME_FAIL || finding->outcome == OUTCOME_UNKNOWN);
}

static const struct finding *find_key(const struct findings *findings, const char *key)
{
        for (size_t i = 0; i < findings->n; i++)
                if (string_equal(findings->items[i]->key, key))
                        return findings->items[i];

        return NULL;
}

static size_t count_bad(const struct findings *findings, const struct probe *probe)
{
        size_t n = 0;

        for (size_t i = 0; i < findings->n; i++)
                n += findings->items[i]->probe == probe && matters(findings->items[i]);

        return n;
}

/* NULL asks for one of any fixer. */
static bool has_command(const struct plan *plan, const struct fixer *fixer)
{
        for (size_t i = 0; i < plan->n_changes; i++)
                if (plan->changes[i]->kind == CHANGE_RUN && (!fixer || plan->changes[i]->fixer == fixer))
                        return true;

        return false;
}

/* The first finding that makes its probe worse than it was, or NULL. A probe that had nothing to judge may
 * find something now: that was so before, and hidden. Keys may change with what they name, so they are
 * counted. What a probe of the running system alone says, such as that a service has not read its file since,
 * is for the commands of the plan to change. */
static const struct finding *find_regression(const struct plan *plan, const struct findings *before,
                                             const struct findings *after)
{
        bool commands = has_command(plan, NULL);

        for (size_t i = 0; i < after->n; i++) {
                const struct finding *finding = after->items[i], *old;

                if (!matters(finding) || (commands && !(finding->probe->flags & PROBE_OFFLINE)))
                        continue;
                old = find_key(before, finding->key);
                if ((old && matters(old)) || findings_worst(before, finding->probe->id) == OUTCOME_SKIP)
                        continue;
                if (count_bad(after, finding->probe) > count_bad(before, finding->probe))
                        return finding;
        }

        return NULL;
}

/* The first finding that is claimed and would still fail. What a command does cannot be foreseen: it is
 * judged after it has run. */
static const struct finding *find_uncured(const struct plan *plan, const struct findings *after)
{
        for (size_t i = 0; i < plan->n_claims; i++) {
                const struct plan_claim *claim = &plan->claims[i];
                const struct finding *finding = find_key(after, claim->key);

                if (finding && finding->outcome != OUTCOME_PASS && finding->outcome != OUTCOME_SKIP &&
                    !claim->pending && !has_command(plan, claim->fixer))
                        return finding;
        }

        return NULL;
}

static int set_reason(struct plan *plan, char *reason)
{
        if (!reason)
                return -ENOMEM;

        free(plan->reason);
        plan->reason = reason;
        plan->state = PLAN_REFUSED;
        return 0;
}

/* A refused plan changes nothing, so that it has no changes. */
static int refuse_all(struct plan *plan, const struct finding *finding, const char *format)
{
        _cleanup_free_ char *reason = string_format(format, finding->key, finding->summary);
        int r;

        plan->n_kept = 0;
        plan->n_kept_hints = 0;
        plan->n_kept_refusals = plan->n_refusals;
        root_plan_clear(plan->root);
        plan_drop(plan);
        r = set_reason(plan, take_ptr(reason));
        if (r < 0)
                return r;
        if (plan->after != plan->before)
                (void) context_free(plan->after);
        plan->after = plan->before;
        return 0;
}

static bool is_asked(const struct probe *probe, const char *const *names)
{
        if (scan_selects(probe, names))
                return true;
        for (size_t i = 0; fixer_table[i]; i++)
                if (string_in_list(probe->id, fixer_table[i]->fixes) && plan_selects(fixer_table[i], names))
                        return true;

        return false;
}

bool plan_asks(const struct probe *probe, const char *const *names)
{
        return is_asked(probe, names);
}

static bool is_explained(const struct plan *plan, const struct finding *finding)
{
        for (size_t i = 0; i < plan->n_refusals; i++) {
                const struct plan_refusal *refusal = &plan->refusals[i];

                if (refusal->key
                            ? string_equal(refusal->key, finding->key)
                            : refusal->fixer && string_in_list(finding->probe->id, refusal->fixer->fixes))
                        return true;
        }

        return false;
}

static bool is_pending(const struct plan *plan, const struct finding *finding)
{
        for (size_t i = 0; i < plan->n_claims; i++)
                if (plan->claims[i].pending && string_equal(plan->claims[i].key, finding->key))
                        return true;

        return false;
}

static const char *why_it_stays(const struct finding *finding)
{
        if (finding->outcome == OUTCOME_UNKNOWN)
                return "it could not be judged: %s";

        /* A probe names so many findings and no more: the next ones take their places. */
        return fixer_for(finding->probe->id)
                       ? "it shows only once these changes are made, and wants a fix of its own: %s"
                       : "there is no fixer for it: %s";
}

/* Says of each asked finding that stays why it does. Returns how many those are. */
static int explain_rest(struct plan *plan, const char *const *names, size_t *ret_n)
{
        const struct findings *after = context_findings(plan->after);
        size_t n = 0;
        int r = 0;

        plan->fixer = NULL;
        for (size_t i = 0; i < after->n && r >= 0; i++) {
                const struct finding *finding = after->items[i];

                if (!matters(finding) || !is_asked(finding->probe, names) || is_pending(plan, finding))
                        continue;
                if (finding_is_waived(finding)) {
                        r = plan_hint(plan, "%s is waived until %s, and is left as it is.", finding->key,
                                      finding->waiver->until);
                        continue;
                }
                n++;
                if (is_explained(plan, finding))
                        continue;
                r = plan_refuse(plan, finding, why_it_stays(finding), finding->summary);
        }

        *ret_n = n;
        return r;
}

static const struct plan_refusal *first_refusal(const struct plan *plan)
{
        for (size_t i = 0; i < plan->n_refusals; i++)
                if (!plan->refusals[i].note)
                        return &plan->refusals[i];

        return NULL;
}

static int conclude_without_changes(struct plan *plan, size_t n_rest)
{
        const struct plan_refusal *first = first_refusal(plan);

        if (n_rest == 0 && !first) {
                plan->state = PLAN_NOTHING_TO_DO;
                return plan->n_claims == 0
                               ? 0
                               : plan_hint(plan,
                                           "The files are as they should be; the running kernel shows it "
                                           "after the next boot.");
        }
        if (!first)
                return -EINVAL;

        return set_reason(plan, string_format("%s: %s",
                                              first->key     ? first->key
                                              : first->fixer ? first->fixer->id
                                                             : "plan",
                                              first->reason));
}

int plan_conclude(struct plan *plan, const char *const *names)
{
        const struct finding *finding;
        size_t n_rest;
        int r;

        plan->after = plan->before;
        if (plan->n_changes > 0) {
                r = plan_judge(plan, NULL);
                if (r < 0)
                        return r;
                plan->after = plan->now;
                plan->now = plan->before;

                finding = find_uncured(plan, context_findings(plan->after));
                if (finding)
                        return refuse_all(plan, finding, "the changes would not cure %s: %s");
                finding =
                        find_regression(plan, context_findings(plan->before), context_findings(plan->after));
                if (finding)
                        return refuse_all(plan, finding, "the changes would lead to %s: %s");
        }

        r = explain_rest(plan, names, &n_rest);
        if (r < 0)
                return r;
        plan->n_kept_refusals = plan->n_refusals;
        if (plan->n_changes > 0) {
                plan->state = PLAN_PLANNED;
                return 0;
        }

        return conclude_without_changes(plan, n_rest);
}
