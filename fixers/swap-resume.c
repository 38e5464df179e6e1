/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit.h"
#include "engine/fixer.h"
#include "engine/initramfs.h"
#include "engine/resume-edit.h"

/* What still names swap that is gone is dropped from every kernel command line and from the configuration of
 * the initramfs. The latter means nothing until the initramfs is made anew, so it is left alone where that
 * cannot be done. */

#define PLACE_INITRAMFS "initramfs configuration"

static bool is_in_initramfs(const struct finding *finding)
{
        for (size_t i = 0; i < finding->n_facts; i++)
                if (string_equal(finding->facts[i].name, "place"))
                        return string_equal(finding->facts[i].value, PLACE_INITRAMFS);

        return false;
}

/* How many findings there are of one kind. */
static size_t count(const struct plan *plan, bool initramfs)
{
        const struct finding *finding = NULL;
        size_t n = 0;

        while ((finding = plan_next_finding(plan, finding)))
                n += is_in_initramfs(finding) == initramfs;

        return n;
}

static int refuse_initramfs(struct plan *plan, const char *path, const char *reason)
{
        const struct finding *finding = NULL;
        int r = 0;

        while (r >= 0 && (finding = plan_next_finding(plan, finding)))
                if (is_in_initramfs(finding) && (!path || string_equal(finding->path, path)))
                        r = plan_refuse(plan, finding, "%s", reason);

        return r;
}

static int edit_line(struct kernel_cmdline *cmdline, const struct boot_line *line, void *userdata)
{
        return resume_edit_cmdline(plan_context(userdata), cmdline);
}

static int edit_command_lines(struct plan *plan)
{
        _cleanup_boot_edit_ struct boot_edit_result result = { 0 };
        int r;

        r = boot_edit_with(plan, BOOT_EDIT_RECOVERY, edit_line, plan, &result);
        return r < 0 ? r : boot_edit_refuse(plan, &result);
}

static int edit_initramfs(struct plan *plan)
{
        _cleanup_resume_edits_ struct resume_edits edits = { 0 };
        int r;

        r = resume_edit_initramfs(plan, &edits);
        for (size_t i = 0; r >= 0 && i < edits.n; i++)
                if (edits.items[i].refusal)
                        r = refuse_initramfs(plan, edits.items[i].path, edits.items[i].refusal);

        return r;
}

/* Why the configuration cannot take effect, or NULL. */
static int find_obstacle(struct plan *plan, const char **ret)
{
        const struct initramfs_tool *tool;
        const char *path;
        int r;

        r = initramfs_tool(plan_context(plan), &tool, &path);
        if (r < 0)
                return r;

        if (!plan_options(plan)->commands)
                *ret = "the initramfs has to be made anew as well, for which a command must be run, and that "
                       "can be done on the running system only";
        else if (!tool)
                *ret = "neither update-initramfs nor dracut is here to make the initramfs anew, and until "
                       "that "
                       "is done it still waits for that swap";
        else
                *ret = NULL;
        return 0;
}

static int rebuild(struct plan *plan)
{
        const char *command;
        int r;

        r = initramfs_rebuild(plan, &command);
        if (r < 0 || !command)
                return r;

        return plan_hint(
                plan,
                "An initramfs that was made while the swap was there may still wait for it: run '%s' "
                "on the system itself.",
                command);
}

static int plan_swap_resume(struct plan *plan)
{
        const char *obstacle = NULL;
        int r = 0;

        if (count(plan, false) > 0)
                r = edit_command_lines(plan);
        if (r >= 0 && count(plan, true) > 0) {
                r = find_obstacle(plan, &obstacle);
                if (r >= 0)
                        r = obstacle ? refuse_initramfs(plan, NULL, obstacle) : edit_initramfs(plan);
                if (r < 0 || (obstacle && count(plan, false) == 0))
                        return r;
        }

        return r < 0 ? r : rebuild(plan);
}

const struct fixer fixer_swap_resume = {
        .id = "swap-resume",
        .title = "Drop swap that is not configured from the kernel command line and the initramfs",
        .fixes = (const char *const[]){ "swap-resume", NULL },
        .risk = RISK_BOOT,
        .flags = FIXER_OFFLINE | FIXER_REBOOT,
        .plan = plan_swap_resume,
};
