/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit.h"
#include "engine/finding.h"

#include <string.h>

static bool is_at(const char *path, const char *place)
{
        return place && strcmp(path, place) == 0;
}

/* Whether the refusal is about what the finding names. */
static bool concerns(const struct boot_edit_refusal *refusal, const struct finding *finding)
{
        const struct boot_line *line = refusal->boot_line;

        if (!finding->path)
                return false;
        /* What cannot be judged does not fail, as a rule; others in the same file do. */
        if (line->uncertain)
                return is_at(finding->path, refusal->path) && finding->line == refusal->line;
        if (is_at(finding->path, refusal->path) || is_at(finding->path, line->path))
                return true;
        for (size_t i = 0; i < line->n_parts; i++)
                if (is_at(finding->path, line->parts[i].path))
                        return true;

        return false;
}

static const struct boot_edit_refusal *find_refusal(const struct boot_edit_result *result,
                                                    const struct finding *finding)
{
        for (size_t i = 0; i < result->n_refusals; i++)
                if (concerns(&result->refusals[i], finding))
                        return &result->refusals[i];

        return NULL;
}

/* What no finding has said is said once. */
static bool is_said(struct plan *plan, const struct boot_edit_result *result, size_t index)
{
        const struct boot_edit_refusal *refusal = &result->refusals[index];
        const struct finding *finding = NULL;

        for (size_t i = 0; i < index; i++)
                if (strcmp(result->refusals[i].path, refusal->path) == 0 &&
                    strcmp(result->refusals[i].reason, refusal->reason) == 0)
                        return true;
        while ((finding = plan_next_finding(plan, finding)))
                if (concerns(refusal, finding))
                        return true;

        return false;
}

int boot_edit_refuse(struct plan *plan, const struct boot_edit_result *result)
{
        const struct finding *finding = NULL;
        int r;

        while ((finding = plan_next_finding(plan, finding))) {
                const struct boot_edit_refusal *refusal = find_refusal(result, finding);

                r = refusal ? plan_refuse(plan, finding, "%s", refusal->reason) : 0;
                if (r < 0)
                        return r;
        }

        for (size_t i = 0; i < result->n_refusals; i++) {
                const struct boot_edit_refusal *refusal = &result->refusals[i];

                if (is_said(plan, result, i))
                        continue;
                r = plan_hint(plan, "'%s' stays as it is: %s.", refusal->path, refusal->reason);
                if (r < 0)
                        return r;
        }

        return 0;
}
