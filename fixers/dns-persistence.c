/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "engine/resolver-edit.h"

/* The option is in force, and whoever owns the file will write it without: it goes where the owner takes its
 * options from. The file itself is right as it is. */

static int plan_persistence(struct plan *plan)
{
        struct context *context = plan_context(plan);
        const struct resolver *resolver;
        _cleanup_free_ char *reason = NULL;
        int r;

        r = resolver_get(context, &resolver);
        if (r >= 0)
                r = resolver_edit_settings(plan, resolver, "single-request-reopen", &reason);

        return r < 0 || !reason ? r : resolver_edit_refuse(plan, reason);
}

const struct fixer fixer_dns_persistence = {
        .id = "dns-persistence",
        .title = "Have the owner of /etc/resolv.conf write single-request-reopen, too",
        .fixes = (const char *const[]){ "dns-persistence", NULL },
        .risk = RISK_NETWORK,
        .flags = FIXER_OFFLINE,
        .plan = plan_persistence,
};
