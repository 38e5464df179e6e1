/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/console.h"
#include "engine/probe.h"

#include <string.h>

/* What runs now, what the next boot gets and what later kernels get are three answers from different files. A
 * change made in one of them alone is lost with the next reboot, or with the next kernel update. */

static const struct boot_line *find_line(const struct boot *boot, enum boot_role role)
{
        for (size_t i = 0; i < boot->n_lines; i++) {
                const struct boot_line *line = &boot->lines[i];

                if (line->role == role && !line->uncertain && boot_line_counts(line))
                        return line;
        }

        return NULL;
}

static void add_column(struct context *context, struct finding *finding, const char *name,
                       const struct boot_line *line, const char *otherwise)
{
        _cleanup_buffer_ struct buffer list = { 0 };

        if (line)
                console_print_list(line, &list);
        finding_add_fact(context, finding, name, "%s", line && list.data ? list.data : otherwise);
}

static void add_columns(struct context *context, struct finding *finding, const struct boot *boot,
                        const struct boot_line *next, const struct boot_line *future)
{
        add_column(context, finding, "running", find_line(boot, BOOT_RUNNING), "not known");
        add_column(context, finding, "nextBoot", next, "not known");
        add_column(context, finding, "future", future, boot->no_template ? boot->no_template : "not known");
}

/* A template may be made of several files; the last console= shows which of them to look into. */
static const struct boot_part *find_part(const struct boot_line *line)
{
        const struct kernel_cmdline_token *token = kernel_cmdline_last(line->cmdline, "console");

        return line->role == BOOT_FUTURE && token ? boot_line_part(line, token) : NULL;
}

/* The file, and in a file with several entries the title. NULL without memory. */
static char *make_key(const struct boot *boot, const struct boot_line *line)
{
        const struct boot_part *part = find_part(line);

        for (size_t i = 0; i < boot->n_lines; i++) {
                const struct boot_line *other = &boot->lines[i];

                if (other != line && other->role == line->role && strcmp(other->path, line->path) == 0)
                        return string_format("%s:%s:%s", boot_role_name(line->role), line->path,
                                             line->title ? line->title : "");
        }

        return string_format("%s:%s", boot_role_name(line->role), part ? part->path : line->path);
}

static struct finding *add_finding(struct context *context, const char *key, const struct boot_line *next,
                                   const struct boot_line *line, const char *what)
{
        if (line->role == BOOT_RUNNING)
                return probe_fail(context, key, "the running kernel has other %s than the next boot", what);
        if (line->role == BOOT_FUTURE)
                return probe_fail(context, key,
                                  "a kernel that is installed later is given other %s than the next boot has",
                                  what);

        return probe_fail(context, key, "the boot entry '%s' has other %s than '%s'",
                          line->title ? line->title : line->path, what,
                          next->title ? next->title : next->path);
}

/* Compares one line with the next boot's. 1 when there was something to report. */
static int report(struct context *context, const struct boot *boot, const struct boot_line *next,
                  const struct boot_line *other)
{
        _cleanup_console_comparison_ struct console_comparison comparison = { 0 };
        const struct boot_line *future = other->role == BOOT_FUTURE ? other : find_line(boot, BOOT_FUTURE);
        _cleanup_free_ char *key = make_key(boot, other);
        const struct boot_part *part = find_part(other);
        struct finding *finding;
        int r;

        r = key ? console_compare(next, other, &comparison) : -ENOMEM;
        if (r <= 0)
                return r;

        finding = add_finding(context, key, next, other, comparison.consoles ? "consoles" : "parameters");
        finding_set_place(context, finding, part ? part->path : other->path, part ? part->line : other->line);
        finding_set_actual(context, finding, "%s",
                           comparison.consoles ? comparison.other.data : comparison.parameters.data);
        if (comparison.consoles)
                finding_set_required(context, finding, "%s", comparison.reference.data);
        add_columns(context, finding, boot, next, future);
        if (comparison.parameters.len > 0)
                finding_add_fact(context, finding, "otherParameters", "%s", comparison.parameters.data);
        return 1;
}

/* kernel-install has only /proc/cmdline to go by, which may be a rescue boot's. */
static void report_no_template(struct context *context, const struct boot *boot, const struct boot_line *next)
{
        struct finding *finding;

        finding = probe_fail(context, "future:/etc/kernel/cmdline", "%s, perhaps of a rescue boot",
                             boot->no_template);
        finding_set_place(context, finding, "/etc/kernel/cmdline", 0);
        add_columns(context, finding, boot, next, NULL);
}

static bool nothing(const struct boot_line *line, void *userdata,
                    const struct kernel_cmdline_token **ret_token)
{
        return false;
}

static int run(struct context *context)
{
        _cleanup_console_sources_ struct console_sources sources = { 0 };
        const struct boot_line *next;
        const struct boot *boot;
        size_t n = 0;
        int r;

        r = boot_get(context, &boot);
        if (r >= 0)
                r = console_find(boot, CONSOLE_ALL_ROLES, nothing, NULL, &sources);
        if (r >= 0)
                r = console_report_unknown(context, &sources);
        if (r < 0)
                return r;

        next = boot_default(boot);
        if (!next || next->uncertain)
                next = find_line(boot, BOOT_NEXT);
        for (size_t i = 0; next && i < boot->n_lines; i++) {
                const struct boot_line *line = &boot->lines[i];

                if (line == next || line->uncertain || !boot_line_counts(line))
                        continue;
                r = report(context, boot, next, line);
                if (r < 0)
                        return r;
                n += (size_t) r;
        }

        if (boot->copies_running) {
                report_no_template(context, boot, next);
                n++;
        }
        if (n == 0 && sources.n == 0 && sources.n_judged > 0)
                console_report_pass(context, boot, "the command lines agree");
        return 0;
}

static int applies(struct context *context)
{
        return boot_applies(context, 1u << BOOT_NEXT | 1u << BOOT_FUTURE);
}

const struct probe probe_console_drift = {
        .id = "console-drift",
        .area = "console",
        .title = "The running, next-boot and future command lines agree",
        .reason =
                "A console, or another parameter, that stands in only one of the three is lost with the next "
                "reboot or the next kernel update.",
        .remedy =
                "Reboot when the next boot is right; otherwise make the same change in the boot entries and "
                "in the template that new kernels are made from (/etc/default/grub, on release 9 and later "
                "/etc/kernel/cmdline).",
        .references = (const char *const[]){ "grubby(8)", "kernel-install(8)", "grub-mkconfig(8)",
                                             "info grub, \"Simple configuration\"", NULL },
        .severity = SEVERITY_NOTE,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = applies,
        .run = run,
};
