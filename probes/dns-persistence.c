/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/probe.h"
#include "engine/resolver.h"

/* Most systems rewrite /etc/resolv.conf at each lease or boot. An option that somebody put there by hand
 * lasts only where whoever writes the file knows of it: compared here is what is in force with what will be.
 */

static int applies(struct context *context)
{
        const struct resolver *resolver;
        int r;

        r = resolver_get(context, &resolver);
        if (r < 0)
                return r;

        if (resolver->error < 0)
                return 1;
        if (resolver_is_local(resolver) && (resolver->owner == RESOLVER_RESOLVED_STUB || resolver->stub))
                return probe_skip(context, "programs ask a stub on this machine, which needs no option");
        if (resolver->made_at_boot)
                return probe_skip(context,
                                  "%s makes the file at boot, and an image holds none that could be lost",
                                  resolver_owner_name(resolver->owner));
        if (!resolver->exists)
                return probe_skip(context, "there is no '%s' to judge", RESOLVER_PATH);
        if (!resolv_options_have(&resolver->options, RESOLV_SINGLE_REQUEST_REOPEN))
                return probe_skip(context,
                                  "single-request-reopen is not in effect, so that nothing can be lost");

        return 1;
}

static struct finding *judge(struct context *context, const struct resolver *resolver)
{
        const char *owner = resolver_owner_name(resolver->owner);
        struct finding *finding;

        switch (resolver_will_have(context, resolver, RESOLV_SINGLE_REQUEST_REOPEN)) {
        case RESOLVER_YES:
                if (resolver->owner == RESOLVER_PLAIN)
                        return probe_pass(context, NULL, "nobody rewrites '%s', so that its options stay",
                                          resolver->path);
                return probe_pass(context, NULL,
                                  "single-request-reopen stays when %s writes the file again%s%s", owner,
                                  resolver->cause ? ": " : "", resolver->cause ? resolver->cause : "");
        case RESOLVER_NO:
                finding =
                        probe_fail(context, NULL,
                                   "%s will write '%s' without single-request-reopen: the option is lost at "
                                   "the next lease or boot%s%s",
                                   owner, resolver->path, resolver->cause ? "; " : "",
                                   resolver->cause ? resolver->cause : "");
                finding_set_actual(context, finding, "%s",
                                   resolver->writes && resolver->writes[0] ? resolver->writes : "no options");
                break;
        default:
                finding = probe_unknown(context, NULL, "whether the option stays cannot be told: %s",
                                        resolver->cause ? resolver->cause : "the owner is not known");
                break;
        }

        if (resolver->knob.path)
                finding_set_required(context, finding, "in '%s': %s", resolver->knob.path,
                                     resolver->knob.text ? resolver->knob.text : "single-request-reopen");
        else if (resolver->owner != RESOLVER_UNDECIDED)
                finding_set_required(context, finding, "another way: %s has no setting for resolver options",
                                     owner);
        return finding;
}

static int run(struct context *context)
{
        const struct resolver *resolver;
        struct finding *finding;
        int r;

        r = resolver_get(context, &resolver);
        if (r < 0)
                return r;
        if (resolver->error < 0)
                return diag_set(context_diag(context), resolver->error, RESOLVER_PATH, 0, "'%s': %s",
                                RESOLVER_PATH, resolver->error_text);

        finding = judge(context, resolver);
        finding_set_place(context, finding, resolver->knob.path ? resolver->knob.path : RESOLVER_PATH,
                          resolver->knob.line);
        finding_add_fact(context, finding, "owner", "%s", resolver_owner_id(resolver->owner));
        if (resolver->evidence.path)
                finding_add_fact(context, finding, "ownerEvidence", "%s%s%s", resolver->evidence.path,
                                 resolver->evidence.text ? ": " : "",
                                 resolver->evidence.text ? resolver->evidence.text : "");
        return 0;
}

const struct probe probe_dns_persistence = {
        .id = "dns-persistence",
        .area = "dns",
        .title = "The owner of /etc/resolv.conf keeps single-request-reopen",
        .reason = "An option that only stands in the file is gone when a DHCP client, NetworkManager or "
                  "another "
                  "owner writes it again, and slow lookups come back days after they were cured.",
        .remedy = "Set the option where the owner takes it from: RES_OPTIONS= in ifcfg files, dns-options= "
                  "in a "
                  "connection profile, resolv.conf.d/tail of resolvconf, NETCONFIG_DNS_RESOLVER_OPTIONS= on "
                  "SUSE, "
                  "an exit hook of dhclient on Debian.",
        .references = (const char *const[]){ "resolv.conf(5)", "nm-settings(5)", "NetworkManager.conf(5)",
                                             "dhclient-script(8)", "resolvconf(8)", "netconfig(8)",
                                             "cloud-init documentation: Resolv Conf module", NULL },
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = applies,
        .run = run,
};
