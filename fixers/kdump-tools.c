/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "engine/kdump.h"

/* A package is somebody else's bytes, fetched over the network: only --install asks for it, only on the
 * running system, by the distribution's own package manager. */

#define ARGUMENTS ((size_t) 8)

/* "apt-get -y remove" and the package that was not there before. */
static void add_package(const char *const remove[], const char *package, const char *ret[ARGUMENTS])
{
        size_t n = 0;

        while (remove[n]) {
                ret[n] = remove[n];
                n++;
        }
        ret[n] = package;
}

static int install(struct plan *plan, const struct kdump_family *family)
{
        const char *undo_argv[ARGUMENTS] = { NULL };
        const struct kdump_tool *missing;
        int r;

        _Static_assert(ARRAY_SIZE(family->remove_argv) < ARGUMENTS, "room for the package");
        r = kdump_missing_tool(plan_context(plan), &missing);
        if (r < 0 || !missing)
                return r;
        r = root_exists(context_root(plan_context(plan)), family->install_argv[0]);
        if (r == 0)
                return plan_refuse(plan, plan_next_finding(plan, NULL), "'%s' is not here: '%s' by hand",
                                   family->install_argv[0], family->install);
        if (r < 0)
                return r;

        add_package(family->remove_argv, missing->package, undo_argv);
        r = plan_run(plan, family->install_argv, undo_argv);
        if (r < 0)
                return r;
        return plan_hint(plan,
                         "Run this once more when the package is there: it brings a configuration of its "
                         "own, which is judged then.");
}

static int plan_kdump_tools(struct plan *plan)
{
        const struct kdump_family *family = kdump_family(context_host(plan_context(plan)));

        if (!plan_options(plan)->install)
                return plan_refuse(plan, plan_next_finding(plan, NULL),
                                   "a package is missing, which --install would bring by '%s'",
                                   family->install);
        if (!plan_options(plan)->commands)
                return plan_refuse(plan, plan_next_finding(plan, NULL),
                                   "a package is missing, and commands are run on the running system only: "
                                   "'%s' there",
                                   family->install);

        return install(plan, family);
}

const struct fixer fixer_kdump_tools = {
        .id = "kdump-tools",
        .title = "Install the tools that write a dump after a kernel crash",
        .fixes = (const char *const[]){ "kdump-tools", NULL },
        .risk = RISK_BOOT,
        .flags = FIXER_OFFLINE,
        .plan = plan_kdump_tools,
};
