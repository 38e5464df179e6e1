/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan-internal.h"
#include "engine/probe.h"

#include <string.h>

/* What fixers call besides: commands, refusals, hints. */

static int copy_argv(const char *const *argv, char ***ret)
{
        char **copy;
        size_t n = 0;

        while (argv[n])
                n++;
        copy = calloc(n + 1, sizeof(*copy));
        if (!copy)
                return -ENOMEM;
        *ret = copy;
        for (size_t i = 0; i < n; i++) {
                copy[i] = strdup(argv[i]);
                if (!copy[i])
                        return -ENOMEM;
        }

        return 0;
}

static bool same_argv(char *const *a, const char *const *b)
{
        while (*a && *b && strcmp(*a, *b) == 0)
                a++, b++;

        return !*a && !*b;
}

int plan_run(struct plan *plan, const char *const *argv, const char *const *undo_argv)
{
        _cleanup_change_ struct change *change = NULL;
        int r;

        if (!plan->options->commands)
                return diag_set(plan_diag(plan), -EOPNOTSUPP, NULL, 0,
                                "%s would have to be run, which only the running system can", argv[0]);
        for (size_t i = 0; i < plan->n_changes; i++)
                if (plan->changes[i]->kind == CHANGE_RUN && same_argv(plan->changes[i]->argv, argv))
                        return 0;

        change = calloc(1, sizeof(*change));
        if (!change)
                return -ENOMEM;
        change->kind = CHANGE_RUN;
        r = copy_argv(argv, &change->argv);
        if (r >= 0 && undo_argv)
                r = copy_argv(undo_argv, &change->undo_argv);
        if (r < 0)
                return r;

        return plan_add(plan, &change);
}

int plan_refuse(struct plan *plan, const struct finding *finding, const char *format, ...)
{
        struct plan_refusal refusal = { .fixer = plan->fixer,
                                        .note = finding && finding->severity == SEVERITY_NOTE };
        va_list arguments;

        va_start(arguments, format);
        refusal.reason = string_formatv(format, arguments);
        va_end(arguments);
        if (finding)
                refusal.key = strdup(finding->key);
        if (!refusal.reason || (finding && !refusal.key) ||
            array_grow(&plan->refusals, plan->n_refusals, sizeof(refusal)) < 0) {
                free(refusal.reason);
                free(refusal.key);
                return -ENOMEM;
        }

        plan->refusals[plan->n_refusals++] = refusal;
        return 0;
}

int plan_hint(struct plan *plan, const char *format, ...)
{
        va_list arguments;
        char *hint;

        va_start(arguments, format);
        hint = string_formatv(format, arguments);
        va_end(arguments);
        for (size_t i = 0; hint && i < plan->n_hints; i++)
                if (string_equal(plan->hints[i], hint)) {
                        free(hint);
                        return 0;
                }
        if (!hint || array_grow(&plan->hints, plan->n_hints, sizeof(*plan->hints)) < 0) {
                free(hint);
                return -ENOMEM;
        }

        plan->hints[plan->n_hints++] = hint;
        return 0;
}
