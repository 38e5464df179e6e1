/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit.h"
#include "engine/console-edit.h"
#include "engine/fixer.h"

/* Writes what was meant, where that can be told: a stray comma goes, a lost blank comes back. It is the first
 * of the console fixers, since the others look at what each console is. */

static int edit(struct kernel_cmdline *cmdline, const struct boot_line *line, void *userdata)
{
        return console_edit_values(cmdline);
}

static int plan(struct plan *plan)
{
        _cleanup_boot_edit_ struct boot_edit_result result = { 0 };
        const struct finding *finding = NULL;
        int r;

        r = boot_edit_with(plan, BOOT_EDIT_NEWLINES, edit, NULL, &result);
        if (r < 0)
                return r;

        /* The probe could not tell it either. */
        while ((finding = plan_next_finding(plan, finding))) {
                if (finding->required || text_ends(text_from_string(finding->key), ":newline"))
                        continue;
                r = plan_refuse(plan, finding, "it cannot be told what was meant by it");
                if (r < 0)
                        return r;
        }

        return boot_edit_refuse(plan, &result);
}

const struct fixer fixer_console_malformed = {
        .id = "console-malformed",
        .title = "Write console= as the kernel reads it",
        .fixes = (const char *const[]){ "console-malformed", NULL },
        .risk = RISK_BOOT,
        .flags = FIXER_OFFLINE | FIXER_REBOOT,
        .plan = plan,
};
