/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit.h"
#include "engine/finding.h"

/* Of the running kernel: no file holds it, and the next boot takes its place. */
#define RUNNING "/proc/cmdline"

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

/* Why the next boot will be no better than the running kernel, or NULL. */
static const char *find_obstacle(const struct boot *boot, const struct boot_edit_result *result)
{
        const struct boot_line *first = boot_default(boot);

        for (size_t i = 0; i < boot->n_lines && !first; i++)
                if (boot->lines[i].role == BOOT_NEXT && boot_line_counts(&boot->lines[i]))
                        first = &boot->lines[i];
        if (!first)
                return "there is no boot loader configuration here: the command line comes from outside";
        for (size_t i = 0; i < result->n_refusals; i++)
                if (result->refusals[i].boot_line == first)
                        return result->refusals[i].reason;

        return NULL;
}

static const char *find_reason(const struct boot *boot, const struct boot_edit_result *result,
                               const struct finding *finding)
{
        const struct boot_edit_refusal *refusal;

        if (is_at(RUNNING, finding->path))
                return find_obstacle(boot, result);

        refusal = find_refusal(result, finding);
        return refusal ? refusal->reason : NULL;
}

int boot_edit_refuse(struct plan *plan, const struct boot_edit_result *result)
{
        const struct finding *finding = NULL;
        const struct boot *boot;
        int r;

        r = boot_get(plan_context(plan), &boot);
        if (r < 0)
                return r;
        while ((finding = plan_next_finding(plan, finding))) {
                const char *reason = find_reason(boot, result, finding);

                r = reason ? plan_refuse(plan, finding, "%s", reason) : 0;
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
