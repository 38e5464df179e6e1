/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/probe.h"
#include "engine/resolver.h"

/* Without a nameserver that works no name resolves, and what needs one at boot (cloud-init, package sources,
 * time) fails. An image whose owner makes the file at boot is as good as one that holds it. */

/* An image is judged by what it will have after boot. */
static bool is_made_later(const struct context *context, const struct resolver *resolver)
{
        return !context_host(context)->live && resolver->owner != RESOLVER_PLAIN &&
               resolver->owner != RESOLVER_UNDECIDED && resolver->owner_starts;
}

static void add_owner(struct context *context, struct finding *finding, const struct resolver *resolver)
{
        finding_add_fact(context, finding, "owner", "%s", resolver_owner_id(resolver->owner));
        if (resolver->evidence.path)
                finding_add_fact(context, finding, "ownerEvidence", "%s%s%s", resolver->evidence.path,
                                 resolver->evidence.text ? ": " : "",
                                 resolver->evidence.text ? resolver->evidence.text : "");
        if (resolver->link)
                finding_add_fact(context, finding, "target", "%s", resolver->path);
}

static struct finding *judge_missing(struct context *context, const struct resolver *resolver)
{
        const char *owner = resolver_owner_name(resolver->owner);

        if (is_made_later(context, resolver))
                return probe_pass(context, NULL, "%s makes '%s' at boot", owner, resolver->path);
        if (resolver->owner == RESOLVER_UNDECIDED)
                return probe_unknown(context, NULL, "'%s' is missing, and who makes it cannot be told: %s",
                                     resolver->path, resolver->cause);
        if (!resolver->link)
                return probe_fail(context, NULL, "'%s' is missing: no name resolves", RESOLVER_PATH);
        if (!resolver->made_at_boot)
                return probe_fail(context, NULL,
                                  "'%s' is a link to '%s', which is not there: no name resolves",
                                  RESOLVER_PATH, resolver->path);
        if (resolver->owner == RESOLVER_PLAIN)
                return probe_unknown(context, NULL,
                                     "'%s' is a link to '%s', and who makes that at boot is not known",
                                     RESOLVER_PATH, resolver->path);

        return probe_fail(context, NULL,
                          "'%s' is a link to '%s', which %s makes, and that does not start at boot: no name "
                          "will resolve",
                          RESOLVER_PATH, resolver->path, owner);
}

static struct finding *judge_nameservers(struct context *context, const struct resolver *resolver)
{
        const struct resolv_conf *conf = resolver->conf;
        struct finding *finding;

        if (conf->n_used > 0)
                return probe_pass(
                        context, NULL, "%zu nameserver%s%s%s", conf->n_used, conf->n_used == 1 ? "" : "s",
                        resolver->owner == RESOLVER_PLAIN ? "" : ", written by ",
                        resolver->owner == RESOLVER_PLAIN ? "" : resolver_owner_name(resolver->owner));
        if (is_made_later(context, resolver))
                return probe_pass(context, NULL, "'%s' names no nameserver yet; %s writes it at boot",
                                  RESOLVER_PATH, resolver_owner_name(resolver->owner));

        if (conf->n_nameservers == 0) {
                finding = probe_fail(context, NULL,
                                     "'%s' names no nameserver: programs ask 127.0.0.1, and no name resolves",
                                     RESOLVER_PATH);
        } else {
                finding = probe_fail(context, NULL, "no nameserver of '%s' is an address: no name resolves",
                                     RESOLVER_PATH);
                finding_set_place(context, finding, RESOLVER_PATH, (unsigned) conf->nameservers[0].line);
                finding_set_actual(context, finding, "%.*s", TEXT_ARGS(conf->nameservers[0].address));
        }
        finding_set_required(context, finding, "nameserver ADDRESS");
        return finding;
}

/* Without the nameservers that glibc does not get to see the rest still works, so that these are warnings. */
static void report_extra(struct context *context, const struct resolver *resolver)
{
        const struct resolv_conf *conf = resolver->conf;
        struct finding *finding;
        size_t n_valid = 0, first = 0;

        for (size_t i = 0; i < conf->n_nameservers; i++) {
                n_valid += conf->nameservers[i].valid;
                if (n_valid == RESOLV_NAMESERVERS_MAX + 1 && first == 0)
                        first = conf->nameservers[i].line;
        }
        if (n_valid > RESOLV_NAMESERVERS_MAX) {
                finding = probe_fail(context, "nameservers",
                                     "'%s' names %zu nameservers, and glibc uses the first 3", RESOLVER_PATH,
                                     n_valid);
                finding_set_severity(finding, SEVERITY_WARNING);
                finding_set_place(context, finding, RESOLVER_PATH, (unsigned) first);
                finding_set_actual(context, finding, "%zu", n_valid);
                finding_set_required(context, finding, "at most %d", RESOLV_NAMESERVERS_MAX);
        }

        if (resolver->immutable) {
                finding =
                        probe_fail(context, "immutable",
                                   "'%s' is immutable: blocked for whoever has to write it, new nameservers "
                                   "of a lease too",
                                   resolver->path);
                finding_set_severity(finding, SEVERITY_WARNING);
                finding_set_place(context, finding, RESOLVER_PATH, 0);
                finding_set_required(context, finding, "chattr -i, and the owner's own setting");
        }
}

static int judge_error(struct context *context, const struct resolver *resolver)
{
        struct finding *finding;

        switch (resolver->error) {
        case -ELOOP:
        case -EISDIR:
        case -EBADFD:
                finding = probe_fail(context, NULL, "'%s' %s: no name resolves", RESOLVER_PATH,
                                     resolver->error == -ELOOP ? "is a link that leads in a circle"
                                                               : resolver->error_text);
                finding_set_place(context, finding, RESOLVER_PATH, 0);
                return 0;
        default:
                return diag_set(context_diag(context), resolver->error, RESOLVER_PATH, 0, "'%s': %s",
                                RESOLVER_PATH, resolver->error_text);
        }
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
                return judge_error(context, resolver);

        finding = resolver->exists ? judge_nameservers(context, resolver) : judge_missing(context, resolver);
        if (finding && !finding->path)
                finding_set_place(context, finding, RESOLVER_PATH, 0);
        add_owner(context, finding, resolver);
        if (resolver->exists)
                report_extra(context, resolver);
        return 0;
}

const struct probe probe_dns_resolv_conf = {
        .id = "dns-resolv-conf",
        .area = "dns",
        .title = "/etc/resolv.conf names a nameserver",
        .reason = "Without a usable nameserver no name resolves, and what needs one at boot fails.",
        .remedy = "Find out who owns the file (a link's target, its first comment), and have that owner "
                  "write it "
                  "again; enable the service that makes it. Keep at most three nameservers.",
        .references = (const char *const[]){ "resolv.conf(5)", "systemd-resolved.service(8)",
                                             "NetworkManager.conf(5)", "chattr(1)", NULL },
        .severity = SEVERITY_CRITICAL,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .run = run,
};
