/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/initramfs.h"
#include "engine/context.h"
#include "engine/plan.h"
#include "engine/root.h"

#include <string.h>

/* The first that is installed: Debian's dracut brings an update-initramfs of its own. */
static const struct initramfs_tool tools[] = {
        { { "/usr/sbin/update-initramfs", "/sbin/update-initramfs" },
          { "-u", "-k", "all" },
          "update-initramfs -u -k all" },
        { { "/usr/bin/dracut", "/usr/sbin/dracut", "/sbin/dracut" },
          { "-f", "--regenerate-all" },
          "dracut -f --regenerate-all" },
};

int initramfs_tool(struct context *context, const struct initramfs_tool **ret, const char **ret_path)
{
        for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
                for (size_t k = 0; k < ARRAY_SIZE(tools[i].paths) && tools[i].paths[k]; k++) {
                        int r = root_exists(context_root(context), tools[i].paths[k]);

                        if (r < 0)
                                return r;
                        if (r == 0)
                                continue;
                        *ret = &tools[i];
                        *ret_path = tools[i].paths[k];
                        return 0;
                }

        *ret = NULL;
        *ret_path = NULL;
        return 0;
}

int initramfs_rebuild(struct plan *plan, const char **ret_hint)
{
        const struct initramfs_tool *tool;
        const char *argv[ARRAY_SIZE(tool->arguments) + 1];
        int r;

        *ret_hint = NULL;
        r = initramfs_tool(plan_context(plan), &tool, &argv[0]);
        if (r < 0 || !tool)
                return r;
        if (!plan_options(plan)->commands) {
                *ret_hint = tool->command;
                return 0;
        }

        memcpy(argv + 1, tool->arguments, sizeof(tool->arguments));
        return plan_run(plan, argv, argv);
}
