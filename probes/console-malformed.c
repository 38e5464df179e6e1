/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/console.h"
#include "engine/probe.h"

#include <string.h>

/* The kernel takes a console= value as it comes and the driver guesses: a lost blank hides the next parameter
 * too, and a stray comma loses the parity. Nobody complains at boot. */

static int report(struct context *context, const struct console_fault_place *fault)
{
        _cleanup_buffer_ struct buffer required = { 0 };
        struct text value = fault->console.value;
        _cleanup_free_ char *key = string_format("%s:%s:%.*s", boot_role_name(fault->line->role),
                                                 console_fault_path(fault), TEXT_ARGS(value));
        struct finding *finding;

        if (!key)
                return -ENOMEM;
        finding = probe_fail(context, key, "console=%.*s in '%s' is malformed: %s", TEXT_ARGS(value),
                             console_fault_path(fault), console_fault_cause(fault->console.fault));
        finding_set_place(context, finding, console_fault_path(fault),
                          fault->part ? fault->part->line : fault->line->line);
        finding_set_actual(context, finding, "%.*s", TEXT_ARGS(fault->token->raw));

        buffer_add_string(&required, "console=");
        if (console_print_corrected(&fault->console, &required) < 0)
                return 0;
        if (fault->console.glued.len > 0)
                buffer_addf(&required, " %.*s", TEXT_ARGS(fault->console.glued));
        if (required.failed)
                return -ENOMEM;
        finding_set_required(context, finding, "%s", required.data);
        return 0;
}

/* "echo … >> /etc/default/grub" then glues its line to the last one. A note: nothing is wrong yet. */
/* Returns how many there are. */
static int check_last_newline(struct context *context, const struct boot *boot)
{
        const char *checked = NULL;
        int n = 0;

        for (size_t i = 0; i < boot->n_lines; i++)
                for (size_t p = 0; p < boot->lines[i].n_parts; p++) {
                        const struct boot_part *part = &boot->lines[i].parts[p];
                        _cleanup_free_ char *key = NULL;
                        const struct root_file *file;
                        struct finding *finding;

                        if (boot->lines[i].role != BOOT_FUTURE || part->path == checked ||
                            !text_starts(text_from_string(part->path), "/etc/default/grub"))
                                continue;
                        checked = part->path;
                        if (root_read(context_root(context), part->path, &file) < 0 ||
                            text_ends(file->content, "\n"))
                                continue;
                        key = string_format("future:%s:newline", part->path);
                        if (!key)
                                return -ENOMEM;
                        finding = probe_fail(context, key,
                                             "'%s' has no newline at its end: the next line that "
                                             "is appended is glued to the last one",
                                             part->path);
                        finding_set_place(context, finding, part->path, 0);
                        finding_set_severity(finding, SEVERITY_NOTE);
                        n++;
                }

        return n;
}

static bool never(const struct boot_line *line, void *userdata, const struct kernel_cmdline_token **ret_token)
{
        return false;
}

static int run(struct context *context)
{
        _cleanup_console_sources_ struct console_sources sources = { 0 };
        _cleanup_console_faults_ struct console_faults faults = { 0 };
        const struct boot *boot;
        int r, n_newlines = 0;

        r = boot_get(context, &boot);
        if (r >= 0)
                r = console_find(boot, CONSOLE_ALL_ROLES, never, NULL, &sources);
        if (r >= 0)
                r = console_find_faults(boot, &faults);
        for (size_t i = 0; r >= 0 && i < faults.n; i++)
                r = report(context, &faults.items[i]);
        if (r >= 0)
                r = n_newlines = check_last_newline(context, boot);
        if (r >= 0)
                r = console_report_unknown(context, &sources);
        if (r >= 0 && faults.n == 0 && n_newlines == 0 && sources.n == 0 && sources.n_judged > 0)
                console_report_pass(context, boot, "every console= is well-formed");
        return r;
}

static int applies(struct context *context)
{
        return boot_applies(context, CONSOLE_ALL_ROLES);
}

const struct probe probe_console_malformed = {
        .id = "console-malformed",
        .area = "console",
        .title = "Every console= on the kernel command line is well-formed",
        .reason =
                "The kernel does not complain: a wrong speed or a stray comma leaves the port unreadable or "
                "slow, and a parameter glued to the value is lost.",
        .remedy =
                "Write DEVICE,SPEED and the format as one word (console=ttyS0,115200n8), with a blank before "
                "the next parameter.",
        .references =
                (const char *const[]){ "Linux Documentation/admin-guide/serial-console.rst",
                                       "Linux Documentation/admin-guide/kernel-parameters.txt, console=",
                                       "info grub, \"Simple configuration\"", NULL },
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = applies,
        .run = run,
};
