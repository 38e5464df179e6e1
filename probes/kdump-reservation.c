/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot.h"
#include "engine/host.h"
#include "engine/kdump-reserve.h"
#include "engine/probe.h"

#include <inttypes.h>

/* Whether the next boot, and a kernel that is installed later, reserve memory for a crash kernel. The running
 * kernel's line proves neither: see kdump-loaded. */

/* What works, but not as whoever wrote it may think. */
static const struct {
        enum crashkernel_warning warning;
        const char *name;
        enum severity severity;
} warnings[] = {
        { CRASHKERNEL_WARNING_OFFSET, "offset", SEVERITY_WARNING },
        { CRASHKERNEL_WARNING_OVERLAP, "overlap", SEVERITY_WARNING },
        { CRASHKERNEL_WARNING_ROUNDING, "rounding", SEVERITY_NOTE },
        { CRASHKERNEL_WARNING_SEVERAL, "several", SEVERITY_NOTE },
        { CRASHKERNEL_WARNING_HIGH_IGNORED, "high-ignored", SEVERITY_NOTE },
        { CRASHKERNEL_WARNING_HIGH_WITHOUT_LOW, "high-without-low", SEVERITY_NOTE },
        { CRASHKERNEL_WARNING_TAIL, "tail", SEVERITY_NOTE },
};

/* "the next boot" */
static const char *const whose[BOOT_ROLE_COUNT] = {
        [BOOT_RUNNING] = "the running kernel",
        [BOOT_NEXT] = "the next boot",
        [BOOT_FUTURE] = "a kernel that is installed later",
};

static void set_line(struct context *context, struct finding *finding, const struct boot_line *line,
                     const struct kdump_reservation *reservation)
{
        finding_set_place(context, finding, line->path, line->line);
        if (reservation->value) {
                finding_set_actual(context, finding, "crashkernel=%s", reservation->value);
                finding_add_fact(context, finding, "crashkernel", "%s", reservation->value);
        }
        if (reservation->memory > 0)
                finding_add_fact(context, finding, "memoryMiB", "%" PRIu64,
                                 reservation->memory / CRASHKERNEL_MIB);
        finding_add_fact(context, finding, "reservedMiB", "%" PRIu64, reservation->least / CRASHKERNEL_MIB);
}

/* Most defaults leave small systems out: there it would be no help to ask for what is set already. */
static int set_required(struct context *context, struct finding *finding,
                        const struct kdump_reservation *reservation)
{
        _cleanup_free_ char *value = NULL;
        int r;

        r = kdump_default_reservation(context, &value);
        if (r < 0)
                return r;

        if (value && reservation->value && string_equal(value, reservation->value))
                finding_set_required(context, finding,
                                     "more memory, or ranges that cover this size: "
                                     "crashkernel= is this release's own default");
        else if (value)
                finding_set_required(context, finding, "crashkernel=%s (%s)", value,
                                     kdump_family(context_host(context))->reserve);
        else
                finding_set_required(context, finding, "%s", kdump_family(context_host(context))->reserve);
        return 0;
}

static int report_nothing(struct context *context, const struct boot_line *line,
                          const struct kdump_reservation *reservation)
{
        const char *key = boot_role_name(line->role);
        struct finding *finding;

        if (reservation->certainty == KDUMP_RESERVES_PERHAPS)
                finding = probe_fail(
                        context, key,
                        "crashkernel=%s may reserve nothing for %s: %" PRIu64 " MiB of memory is so "
                        "close to a bound that it depends on how the kernel rounds",
                        reservation->value, whose[line->role], reservation->memory / CRASHKERNEL_MIB);
        else if (!reservation->value)
                finding = probe_fail(context, key, "%s reserves no memory for a crash kernel: %s",
                                     whose[line->role], crashkernel_cause_text(reservation->cause));
        else
                finding = probe_fail(context, key, "crashkernel=%s reserves nothing for %s%s: %s",
                                     reservation->value, whose[line->role],
                                     reservation->memory > 0 ? "" : " at any size of memory",
                                     crashkernel_cause_text(reservation->cause));
        set_line(context, finding, line, reservation);
        return set_required(context, finding, reservation);
}

static void report_reserved(struct context *context, const struct boot_line *line,
                            const struct kdump_reservation *reservation)
{
        const uint64_t least = reservation->least / CRASHKERNEL_MIB;
        const char *key = boot_role_name(line->role);
        struct finding *finding;

        if (reservation->memory == 0)
                finding = probe_pass(context, key, "%s reserves memory for a crash kernel by crashkernel=%s",
                                     whose[line->role], reservation->value);
        else
                finding = probe_pass(context, key, "%s reserves %" PRIu64 " MiB for a crash kernel",
                                     whose[line->role], least);
        set_line(context, finding, line, reservation);
}

static void report_warnings(struct context *context, const struct boot_line *line,
                            const struct kdump_reservation *reservation)
{
        for (size_t i = 0; i < ARRAY_SIZE(warnings); i++) {
                _cleanup_free_ char *key = NULL;
                struct finding *finding;

                if (!(reservation->warnings & (1U << warnings[i].warning)))
                        continue;
                key = string_format("%s-%s", boot_role_name(line->role), warnings[i].name);
                finding = probe_fail(context, key ? key : warnings[i].name, "crashkernel=%s for %s: %s",
                                     reservation->value, whose[line->role],
                                     crashkernel_warning_text(warnings[i].warning));
                finding_set_severity(finding, warnings[i].severity);
                set_line(context, finding, line, reservation);
        }
}

static int judge_line(struct context *context, const struct boot_line *line)
{
        _cleanup_reservation_ struct kdump_reservation reservation = { 0 };
        const char *key = boot_role_name(line->role);
        struct finding *finding;
        int r;

        if (line->uncertain) {
                finding = probe_unknown(context, key, "what %s is given cannot be told: %s",
                                        whose[line->role], line->uncertain);
                finding_set_place(context, finding, line->path, line->line);
                return 0;
        }

        r = kdump_reservation(context, line, &reservation);
        if (r < 0)
                return r;

        switch (reservation.certainty) {
        case KDUMP_RESERVES_NOTHING:
        case KDUMP_RESERVES_PERHAPS:
                return report_nothing(context, line, &reservation);
        case KDUMP_RESERVES_UNKNOWN:
                finding = probe_unknown(context, key,
                                        "whether this system's kernel knows crashkernel=%s is not known",
                                        reservation.value);
                set_line(context, finding, line, &reservation);
                return 0;
        case KDUMP_RESERVES:
                break;
        }
        report_reserved(context, line, &reservation);
        report_warnings(context, line, &reservation);
        return 0;
}

/* With a known default entry the others do not boot by themselves. */
static bool is_judged(const struct boot *boot, const struct boot_line *line)
{
        if (line->role == BOOT_RUNNING || !boot_line_counts(line))
                return false;

        return line->role == BOOT_FUTURE || line->is_default || !boot_default(boot);
}

static int run(struct context *context)
{
        const struct boot *boot;
        size_t n = 0;
        int r;

        r = boot_get(context, &boot);
        for (size_t i = 0; r >= 0 && i < boot->n_lines; i++) {
                if (!is_judged(boot, &boot->lines[i]))
                        continue;
                r = judge_line(context, &boot->lines[i]);
                n += boot->lines[i].role == BOOT_NEXT;
        }
        if (r < 0)
                return r;

        if (n == 0)
                (void) probe_unknown(
                        context, boot_role_name(BOOT_NEXT),
                        "no boot entry was found, so what the next boot reserves cannot be told");
        return 0;
}

static int applies(struct context *context)
{
        int r;

        r = kdump_apply(context);
        return r > 0 ? boot_applies(context, 1U << BOOT_NEXT | 1U << BOOT_FUTURE) : r;
}

const struct probe probe_kdump_reservation = {
        .id = "kdump-reservation",
        .area = "kdump",
        .title = "The next boot reserves memory for a crash kernel",
        .reason = "A crash kernel needs memory that is set aside at boot. With none, the kdump service fails "
                  "or is "
                  "silently skipped, and a crash leaves no dump.",
        .remedy = "Set crashkernel= to the value that the finding names, in every place that the next boot "
                  "and later "
                  "kernels read, and reboot. The value is evaluated with each machine's own memory.",
        .references = (const char *const[]){ "Documentation/admin-guide/kdump/kdump.rst", "kdumpctl(8)",
                                             "grubby(8)", "kdump-tools(5)", "kdump(7)", NULL },
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = applies,
        .run = run,
};
