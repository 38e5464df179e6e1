/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit.h"
#include "engine/console-edit.h"
#include "engine/fixer.h"

/* The serial console comes last, so that it becomes /dev/console, and behind the screen. Kernels that are
 * installed later get it too. */

struct wanted {
        const char *serial;
        struct diag *diag;
};

static int edit(struct kernel_cmdline *cmdline, const struct boot_line *line, void *userdata)
{
        const struct wanted *wanted = userdata;

        if (console_has_serial(line, wanted->serial))
                return 0;
        return console_edit_list(cmdline, line, wanted->serial, wanted->diag);
}

static int plan(struct plan *plan)
{
        _cleanup_boot_edit_ struct boot_edit_result result = { 0 };
        struct context *context = plan_context(plan);
        struct wanted wanted = { console_serial_device(context_host(context)), context_diag(context) };
        int r;

        /* Its probe finds nothing then. */
        if (!wanted.serial)
                return 0;

        r = boot_edit(plan, edit, &wanted, &result);
        return r < 0 ? r : boot_edit_refuse(plan, &result);
}

const struct fixer fixer_console_serial = {
        .id = "console-serial",
        .title = "Add a serial console to the kernel command line",
        .fixes = (const char *const[]){ "console-serial", NULL },
        .risk = RISK_BOOT,
        .flags = FIXER_OFFLINE | FIXER_REBOOT,
        .plan = plan,
};
