/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/console.h"
#include "engine/probe.h"

#include <string.h>

/* The kernel's contract (Documentation/admin-guide/serial-console.rst) is one console of each type. Of two
 * for the same port the first one counts: "console=ttyS0 console=ttyS0,115200n8" leaves the port at 9600
 * baud, and each message waits for it. */

static bool names_type_twice(const struct boot_line *line, void *userdata,
                             const struct kernel_cmdline_token **ret_token)
{
        return console_find_duplicate(line, ret_token);
}

static const char *const subjects[] = {
        [BOOT_RUNNING] = "the running kernel was given",
        [BOOT_NEXT] = "the next boot is given",
        [BOOT_FUTURE] = "kernels that are installed later are given",
};
_Static_assert(ARRAY_SIZE(subjects) == BOOT_ROLE_COUNT, "a subject for each role");

static const char *consequence(const struct boot_line *line)
{
        const struct kernel_cmdline_token *token;

        if (console_find_duplicate(line, &token) && console_parse(token->value).type == CONSOLE_TYPE_SERIAL)
                return "a serial port may run at 9600 baud and slow the boot by minutes";

        return "which of them works is not defined";
}

static int report(struct context *context, const struct console_source *source)
{
        _cleanup_free_ char *key = console_key(source);
        _cleanup_buffer_ struct buffer actual = { 0 }, required = { 0 };
        struct finding *finding;

        console_print_list(source->first, &actual);
        console_print_required(source->first, NULL, &required);
        if (!key || actual.failed || required.failed)
                return -ENOMEM;

        finding = probe_fail(context, key, "%s two consoles of one type by '%s': %s", subjects[source->role],
                             source->path, consequence(source->first));
        finding_set_place(context, finding, source->path, source->line);
        finding_set_actual(context, finding, "%s", actual.data);
        finding_set_required(context, finding, "%s", required.data);
        console_add_facts(context, finding, source);
        return 0;
}

static int run(struct context *context)
{
        _cleanup_console_sources_ struct console_sources sources = { 0 };
        const struct boot *boot;
        int r;

        r = boot_get(context, &boot);
        if (r >= 0)
                r = console_find(boot, CONSOLE_ALL_ROLES, names_type_twice, NULL, &sources);
        for (size_t i = 0; i < sources.n && r >= 0; i++)
                if (!sources.items[i].uncertain)
                        r = report(context, &sources.items[i]);
        if (r >= 0)
                r = console_report_unknown(context, &sources);
        if (r >= 0 && sources.n == 0 && sources.n_judged > 0)
                console_report_pass(context, boot, "no console type is named twice");
        return r;
}

static int applies(struct context *context)
{
        return boot_applies(context, CONSOLE_ALL_ROLES);
}

const struct probe probe_console_duplicate = {
        .id = "console-duplicate",
        .area = "console",
        .title = "The kernel command line names each type of console once",
        .reason = "With \"console=ttyS0 console=ttyS0,115200n8\" the port keeps the options of the first, "
                  "which "
                  "means 9600 baud: bare-metal families boot one to two minutes slower.",
        .remedy = "Write \"console=tty0 console=ttyS0,115200n8\" wherever this release keeps the command "
                  "line of "
                  "boot entries and of kernels to come. With grubby, pass the whole ordered list to --args, "
                  "since it removes every console= first.",
        .references = (const char *const[]){ "Linux Documentation/admin-guide/serial-console.rst",
                                             "Linux kernel/printk/printk.c, __add_preferred_console()",
                                             "Alibaba Cloud ECS, Image FAQ: Red Hat 8.1 and 8.2 images start "
                                             "slowly on ECS bare metal",
                                             "grubby(8)", NULL },
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = applies,
        .run = run,
};
