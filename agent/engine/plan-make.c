/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan-internal.h"
#include "engine/probe.h"
#include "engine/root-internal.h"
#include "engine/root-write.h"
#include "engine/scan.h"

#include <string.h>

/* Asks the fixers one after another. What each of them plans is put into the overlay of the root before the
 * next one is asked, and all that was concluded from the tree without it is dropped. */

bool plan_selects(const struct fixer *fixer, const char *const *names)
{
        if (!names || !names[0] || string_in_list("all", names) || string_in_list(fixer->id, names))
                return true;
        for (size_t i = 0; probe_table[i]; i++)
                if (string_in_list(probe_table[i]->id, fixer->fixes) && scan_selects(probe_table[i], names))
                        return true;

        return false;
}

bool plan_knows(const char *name)
{
        const char *const names[] = { name, NULL };

        for (size_t i = 0; fixer_table[i]; i++)
                if (plan_selects(fixer_table[i], names))
                        return true;

        return scan_knows(name);
}

int plan_judge(struct plan *plan, const char *const *names)
{
        int r = 0;

        if (!plan->now)
                r = context_new(plan->root, plan->scan, &plan->now);
        if (r >= 0 && plan->now != plan->before)
                r = scan_run(plan->now, names);

        return r;
}

/* It borrows from answers that are dropped when something is put in place. */
static void drop_now(struct plan *plan)
{
        if (plan->now != plan->before)
                (void) context_free(plan->now);
        plan->now = NULL;
}

static void drop_refusals(struct plan *plan, size_t from)
{
        while (plan->n_refusals > from) {
                struct plan_refusal *refusal = &plan->refusals[--plan->n_refusals];

                free(refusal->key);
                free(refusal->reason);
        }
}

void plan_drop(struct plan *plan)
{
        while (plan->n_changes > plan->n_kept)
                (void) change_free(plan->changes[--plan->n_changes]);
        while (plan->n_hints > plan->n_kept_hints)
                free(plan->hints[--plan->n_hints]);
        drop_refusals(plan, plan->n_kept_refusals);
}

static bool is_refused(const struct plan *plan, const struct finding *finding)
{
        for (size_t i = plan->n_kept_refusals; i < plan->n_refusals; i++)
                if (!plan->refusals[i].key || string_equal(plan->refusals[i].key, finding->key))
                        return true;

        return false;
}

/* What only the running kernel says changes with the next boot, not with a file. */
static bool is_kernels(const struct finding *finding)
{
        return finding->path && root_is_kernels(finding->path);
}

static int claim(struct plan *plan, const struct finding *finding)
{
        struct plan_claim claim = { plan->fixer, strdup(finding->key), is_kernels(finding) };

        if (!claim.key || array_grow(&plan->claims, plan->n_claims, sizeof(claim)) < 0) {
                free(claim.key);
                return -ENOMEM;
        }

        plan->claims[plan->n_claims++] = claim;
        return 0;
}

static int claim_all(struct plan *plan)
{
        bool changes = plan->n_changes > plan->n_kept;
        int r = 0;

        for (const struct finding *finding = plan_next_finding(plan, NULL); finding && r >= 0;
             finding = plan_next_finding(plan, finding)) {
                if (is_refused(plan, finding))
                        continue;
                if (changes || is_kernels(finding))
                        r = claim(plan, finding);
                else
                        r = plan_refuse(plan, finding,
                                        "the fixer found nothing to change (a bug of this program)");
        }

        return r;
}

void plan_merge(struct plan *plan)
{
        size_t n = plan->n_kept;

        for (size_t i = plan->n_kept; i < plan->n_changes; i++) {
                struct change *change = plan->changes[i], *earlier = NULL;

                for (size_t j = 0; j < n && change->path; j++)
                        if (plan->changes[j]->path && string_equal(plan->changes[j]->path, change->path))
                                earlier = plan->changes[j];
                if (!earlier) {
                        plan->changes[n++] = change;
                        continue;
                }

                node_done(&earlier->after);
                earlier->after = change->after;
                earlier->kind = change->kind;
                earlier->placed = false;
                change->after = (struct node){ 0 };
                (void) change_free(change);
        }
        plan->n_changes = n;
        plan->n_kept = n;
}

int plan_put_in_place(struct plan *plan)
{
        int r = 0;

        for (size_t i = 0; i < plan->n_changes && r >= 0; i++) {
                struct change *change = plan->changes[i];

                if (!change->path || change->placed)
                        continue;
                r = root_plan_set(plan->root, change->path, &change->after);
                change->placed = r >= 0;
        }

        return r;
}

static int keep(struct plan *plan)
{
        bool changed = plan->n_changes > plan->n_kept;
        int r;

        r = claim_all(plan);
        if (r < 0)
                return r;

        plan->n_kept_refusals = plan->n_refusals;
        plan->n_kept_hints = plan->n_hints;
        if (!changed)
                return 0;

        plan_merge(plan);
        plan->reboot = plan->reboot || (plan->fixer->flags & FIXER_REBOOT);
        if (plan->fixer->risk > plan->risk)
                plan->risk = plan->fixer->risk;
        drop_now(plan);
        return plan_put_in_place(plan);
}

/* The fixer could not tell: nothing of it is kept but the reason. */
static int give_up(struct plan *plan, int error)
{
        const struct diag *diag = root_diag(plan->root);
        _cleanup_free_ char *reason = NULL;

        reason = strdup(diag->error == error && diag->message ? diag->message : strerror(-error));
        if (!reason)
                return -ENOMEM;

        plan_drop(plan);
        return plan_refuse(plan, NULL, "%s", reason);
}

static int ask(struct plan *plan, const struct fixer *fixer)
{
        int r;

        plan->fixer = fixer;
        r = plan_judge(plan, fixer->fixes);
        if (r < 0)
                return r;
        if (!plan_next_finding(plan, NULL) && !(plan->options->force && (fixer->flags & FIXER_FORCE)))
                return 0;
        if (!root_is_live(plan->root) && !(fixer->flags & FIXER_OFFLINE)) {
                r = plan_refuse(plan, NULL, "it can be done on the running system only");
                return r < 0 ? r : keep(plan);
        }

        diag_clear(root_diag(plan->root));
        r = fixer->plan(plan);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                r = give_up(plan, r);

        return r < 0 ? r : keep(plan);
}

static int ask_all(struct plan *plan, const char *const *names)
{
        int r = 0;

        for (size_t i = 0; fixer_table[i] && r >= 0; i++)
                if (plan_selects(fixer_table[i], names))
                        r = ask(plan, fixer_table[i]);

        return r;
}

static bool came_to_nothing(const struct change *change)
{
        return change->path && node_same(&change->before, &change->after);
}

/* Out of the overlay, all of them, when one is to be freed: the root borrows their nodes. */
static void take_out(struct plan *plan)
{
        bool any = false;

        for (size_t i = 0; i < plan->n_changes; i++)
                any = any || came_to_nothing(plan->changes[i]);
        if (!any)
                return;

        drop_now(plan);
        root_plan_clear(plan->root);
        for (size_t i = 0; i < plan->n_changes; i++)
                plan->changes[i]->placed = false;
}

int plan_arrange(struct plan *plan)
{
        struct change **changes = plan->changes;
        size_t n = 0, n_commands = 0;

        take_out(plan);
        for (size_t i = 0; i < plan->n_changes; i++) {
                struct change *change = changes[i];

                if (came_to_nothing(change))
                        (void) change_free(change);
                else
                        changes[n++] = change;
        }
        plan->n_changes = n;

        for (size_t i = 0; i < n; i++) {
                struct change *change = changes[i - n_commands];

                if (change->kind != CHANGE_RUN)
                        continue;
                memmove(changes + i - n_commands, changes + i - n_commands + 1,
                        (n - 1 - (i - n_commands)) * sizeof(*changes));
                changes[n - 1] = change;
                n_commands++;
        }

        return plan_put_in_place(plan);
}

int plan_make(struct root *root, const struct scan_options *scan, const struct fix_options *options,
              const char *const *names, struct plan **ret)
{
        _cleanup_plan_ struct plan *plan = calloc(1, sizeof(*plan));
        int r;

        if (!plan)
                return -ENOMEM;

        root_plan_begin(root);
        *plan = (struct plan){ .root = root, .scan = scan, .options = options };
        r = plan_judge(plan, NULL);
        plan->before = plan->now;
        if (r >= 0)
                r = ask_all(plan, names);
        if (r < 0)
                return r;

        r = plan_arrange(plan);
        if (r >= 0)
                r = plan_conclude(plan, names);
        if (r < 0)
                return r;

        *ret = take_ptr(plan);
        return 0;
}

struct plan *plan_free(struct plan *plan)
{
        if (!plan)
                return NULL;

        drop_now(plan);
        if (plan->after != plan->before)
                (void) context_free(plan->after);
        (void) context_free(plan->before);
        root_plan_clear(plan->root);
        plan->n_kept = plan->n_kept_hints = plan->n_kept_refusals = 0;
        plan_drop(plan);
        for (size_t i = 0; i < plan->n_claims; i++)
                free(plan->claims[i].key);
        free(plan->claims);
        free(plan->changes);
        free(plan->hints);
        free(plan->refusals);
        free(plan->reason);
        free(plan);
        return NULL;
}
