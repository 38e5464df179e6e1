/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit.h"
#include "engine/console-edit.h"
#include "engine/fixer.h"

/* The whole ordered list is put in place, in each source at once: with grubby, naming one console in --args
 * would remove all others. */

static int edit(struct kernel_cmdline *cmdline, const struct boot_line *line, void *userdata)
{
        const struct kernel_cmdline_token *token;

        return console_find_duplicate(line, &token) ? console_edit_list(cmdline, line, NULL, userdata) : 0;
}

static int plan(struct plan *plan)
{
        _cleanup_boot_edit_ struct boot_edit_result result = { 0 };
        int r;

        r = boot_edit(plan, edit, context_diag(plan_context(plan)), &result);
        return r < 0 ? r : boot_edit_refuse(plan, &result);
}

const struct fixer fixer_console_duplicate = {
        .id = "console-duplicate",
        .title = "Name each type of console once on the kernel command line",
        .fixes = (const char *const[]){ "console-duplicate", NULL },
        .risk = RISK_BOOT,
        .flags = FIXER_OFFLINE | FIXER_REBOOT,
        .plan = plan,
};
