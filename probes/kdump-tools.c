/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/kdump.h"
#include "engine/probe.h"

/* The first link of the chain: without the programs nothing loads a crash kernel, however much memory is
 * reserved for one. Judged by files, so that an image needs no package manager. */

static int run(struct context *context)
{
        const struct kdump_family *family = kdump_family(context_host(context));
        const struct kdump_tool *missing;
        struct finding *finding;
        int r;

        r = kdump_missing_tool(context, &missing);
        if (r < 0)
                return r;

        if (missing) {
                finding = probe_fail(context, NULL, "'%s' is not installed, so a crash leaves no dump",
                                     missing->paths[0]);
                finding_set_place(context, finding, missing->paths[0], 0);
                finding_set_actual(context, finding, "package %s is missing", missing->package);
                finding_set_required(context, finding, "%s", family->install);
                finding_add_fact(context, finding, "package", "%s", missing->package);
                finding_add_fact(context, finding, "command", "%s", family->install);
                return 0;
        }

        (void) probe_pass(context, NULL, "the tools of package %s are installed", family->tools[0].package);
        return 0;
}

const struct probe probe_kdump_tools = {
        .id = "kdump-tools",
        .area = "kdump",
        .title = "The tools that write a dump after a kernel crash are installed",
        .reason =
                "Without them nothing loads the crash kernel: after a crash there is nothing to look at, and "
                "memory that crashkernel= sets aside is lost for nothing.",
        .remedy = "Install the package that the finding names with the distribution's package manager.",
        .references = (const char *const[]){ "kexec(8)", "kdumpctl(8)", "kdump-config(8)", "kdump(7)", NULL },
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = kdump_apply,
        .run = run,
};
