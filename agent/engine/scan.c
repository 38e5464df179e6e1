/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scan.h"
#include "engine/probe.h"
#include "engine/waiver.h"

#include <string.h>

bool scan_selects(const struct probe *probe, const char *const *names)
{
        return !names || !names[0] || string_in_list("all", names) || string_in_list(probe->area, names) ||
               string_in_list(probe->id, names);
}

bool scan_knows(const char *name)
{
        const char *const names[] = { name, NULL };

        for (size_t i = 0; probe_table[i]; i++)
                if (scan_selects(probe_table[i], names))
                        return true;

        return false;
}

/* Why the engine itself does not run this probe here, or NULL. */
static const char *not_here(const struct context *context, const struct probe *probe)
{
        bool live = context_host(context)->live;

        if (live && !(probe->flags & PROBE_LIVE))
                return "judges mounted images only";
        if (!live && !(probe->flags & PROBE_OFFLINE))
                return "needs the running system; this is an offline root";
        if ((probe->flags & PROBE_ACTIVE) && !context_options(context)->active)
                return "sends packets; asked for with --active";

        return NULL;
}

static void report_error(struct context *context, int error)
{
        const struct diag *diag = context_diag(context);
        bool known = diag->error == error && diag->message;
        struct finding *finding;

        finding = probe_unknown(context, NULL, "cannot judge: %s", known ? diag->message : strerror(-error));
        if (known)
                finding_set_place(context, finding, diag->path, diag->line);
        finding_add_fact(context, finding, "error", "%s", strerror(-error));
}

static int run_one(struct context *context, const struct probe *probe)
{
        struct findings *findings = context_findings(context);
        const char *reason = not_here(context, probe);
        size_t first = findings->n;
        int r = 1;

        context_set_probe(context, probe);
        diag_clear(context_diag(context));

        if (reason)
                return probe_skip(context, "%s", reason);
        if (probe->applies)
                r = probe->applies(context);
        if (r > 0)
                r = probe->run(context);
        if (r < 0 && r != -ENOMEM)
                report_error(context, r);
        else if (findings->n == first)
                (void) probe_unknown(context, NULL,
                                     "cannot judge: the probe gave no answer (a bug of this program)");

        findings_limit(findings, first);
        return r == -ENOMEM || findings->failed ? -ENOMEM : 0;
}

static size_t index_of(const char *id)
{
        size_t i = 0;

        while (probe_table[i] && !string_equal(id, probe_table[i]->id))
                i++;

        return i;
}

static int run_in_order(struct context *context, size_t index, const char *const *names, bool *done)
{
        const struct probe *probe = probe_table[index];
        int r;

        /* Marked before the descent: a cycle, which the tests refuse, ends here instead of running forever.
         */
        if (!probe || done[index] || !scan_selects(probe, names) ||
            ((probe->flags & PROBE_CAPTURE) && context_options(context)->profile != PROFILE_CAPTURE))
                return 0;
        done[index] = true;

        for (const char *const *id = probe->after; id && *id; id++) {
                r = run_in_order(context, index_of(*id), names, done);
                if (r < 0)
                        return r;
        }

        return run_one(context, probe);
}

/* Every probe has at least one finding once it has run. */
static bool is_judged(struct context *context, const struct probe *probe)
{
        const struct findings *findings = context_findings(context);

        for (size_t i = 0; i < findings->n; i++)
                if (findings->items[i]->probe == probe)
                        return true;

        return false;
}

int scan_run(struct context *context, const char *const *names)
{
        _cleanup_free_ bool *done = NULL;
        size_t n = 0;
        int r;

        while (probe_table[n])
                n++;
        done = calloc(n + 1, sizeof(*done));
        if (!done)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++)
                done[i] = is_judged(context, probe_table[i]);
        for (size_t i = 0; i < n; i++) {
                r = run_in_order(context, i, names, done);
                if (r < 0)
                        return r;
        }

        findings_sort(context_findings(context));
        return context_findings(context)->failed ? -ENOMEM : context_apply_waivers(context);
}

static const char *const verdict_names[] = {
        [VERDICT_READY] = "ready",
        [VERDICT_NOT_READY] = "not_ready",
        [VERDICT_UNKNOWN] = "unknown",
};
_Static_assert(ARRAY_SIZE(verdict_names) == VERDICT_COUNT, "a name for each verdict");

const char *verdict_name(enum verdict verdict)
{
        return verdict_names[verdict];
}

/* How many of this severity and worse. */
static size_t count_from(const size_t counts[SEVERITY_COUNT], enum severity least)
{
        size_t n = 0;

        for (enum severity severity = 0; severity <= least; severity++)
                n += counts[severity];

        return n;
}

struct summary findings_summary(const struct findings *findings, enum severity block_on)
{
        struct summary summary = { 0 };

        for (size_t i = 0; i < findings->n; i++) {
                const struct finding *finding = findings->items[i];

                if (finding_is_waived(finding)) {
                        summary.waived++;
                        continue;
                }
                summary.outcomes[finding->outcome]++;
                summary.failed[finding->severity] += finding->outcome == OUTCOME_FAIL;
                summary.unknown[finding->severity] += finding->outcome == OUTCOME_UNKNOWN;
        }

        if (count_from(summary.failed, block_on) > 0)
                summary.verdict = VERDICT_NOT_READY;
        else if (count_from(summary.unknown, block_on) > 0)
                summary.verdict = VERDICT_UNKNOWN;
        else
                summary.verdict = VERDICT_READY;

        return summary;
}
