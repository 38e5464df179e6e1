/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/kdump.h"
#include "engine/host.h"
#include "engine/probe.h"

#include <string.h>

int kdump_missing_tool(struct context *context, const struct kdump_tool **ret)
{
        const struct kdump_family *family = kdump_family(context_host(context));

        for (size_t i = 0; i < ARRAY_SIZE(family->tools); i++) {
                const struct kdump_tool *tool = &family->tools[i];
                int found = 0;

                for (size_t k = 0; k < ARRAY_SIZE(tool->paths) && tool->paths[k] && found == 0; k++)
                        found = root_exists(context_root(context), tool->paths[k]);
                if (found < 0)
                        return found;
                if (found == 0) {
                        *ret = tool;
                        return 0;
                }
        }

        *ret = NULL;
        return 0;
}

int kdump_service(struct context *context, struct service *ret)
{
        return service_read(context, kdump_family(context_host(context))->unit, ret);
}

int kdump_service_is_conditional(struct context *context, const struct service *service)
{
        const struct root_file *file;
        struct text rest, line;
        int r;

        if (!service->unit || service->script || service->state == SERVICE_MASKED)
                return 0;
        r = root_read(context_root(context), service->unit, &file);
        if (r < 0)
                return r;

        rest = file->content;
        while (text_next_line(&rest, &line)) {
                line = text_trim(text_chomp(line));
                if ((text_starts(line, "ConditionKernelCommandLine=") ||
                     text_starts(line, "ExecCondition=")) &&
                    text_contains(line, "crashkernel"))
                        return 1;
        }
        return 0;
}

static struct crashkernel_system system_of(const struct host *host)
{
        return (struct crashkernel_system){ .id = host->os_id, .major = host->major, .arch = host->arch };
}

int kdump_default_reservation(struct context *context, char **ret)
{
        const struct crashkernel_system system = system_of(context_host(context));
        int r;

        r = crashkernel_default(&system, ret);
        if (r != -ENOENT)
                return r;

        *ret = NULL;
        return 0;
}

/* Releases 6 to 8 carried the patch that knows "auto". Whether the kernels that others build for that layout
 * carry it too is not known; nobody else ever did. */
enum kdump_auto kdump_auto(const struct host *host, const struct crashkernel_auto **ret_rule)
{
        const struct crashkernel_system system = system_of(host);

        *ret_rule = crashkernel_auto_rule(&system);
        if (*ret_rule)
                return KDUMP_AUTO_KNOWN;

        return host_is_rhel_like(host, 6, 8) ? KDUMP_AUTO_UNKNOWN : KDUMP_AUTO_UNSUPPORTED;
}
