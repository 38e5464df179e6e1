/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/planned.h"
#include "engine/root.h"

#include <string.h>

time_t current_time(void)
{
        const char *fixed = getenv("SOURCE_DATE_EPOCH");
        uint64_t seconds;

        if (fixed && text_parse_u64(text_from_string(fixed), &seconds) >= 0 && seconds <= INT32_MAX)
                return (time_t) seconds;

        return time(NULL);
}

void planned_done(struct planned *planned)
{
        planned->plan = plan_free(planned->plan);
        planned->root = root_free(planned->root);
}

int planned_make(const struct arguments *arguments, const char *const *names, struct fix_options *options,
                 struct planned *planned)
{
        int code, r;

        planned_done(planned);
        options->time = current_time();
        options->commands = !arguments->root;
        planned->root = open_root(arguments, &code);
        if (!planned->root)
                return code;
        r = plan_make(planned->root, &arguments->scan, options, names, &planned->plan);
        if (r >= 0)
                r = plan_digest(planned->plan, planned->digest);

        return r < 0 ? fail(EXIT_REFUSED, "cannot plan for '%s': %s", root_name(planned->root), strerror(-r))
                     : 0;
}

int planned_report(const struct planned *planned, const char *const *names, struct plan_report *ret)
{
        return plan_report_of_plan(planned->plan, planned->digest, names, ret) < 0 ? fail_memory() : 0;
}
