/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dns-wire.h"
#include "engine/probe.h"
#include "engine/resolver.h"
#include "formats/dns-message.h"

#include <string.h>

/* Measures what single-request-reopen is about: whether the path to a nameserver loses one of two queries
 * that leave from one socket. Each measurement has sockets of its own, as a fresh process has. */

static int applies(struct context *context)
{
        const struct resolver *resolver;
        int r;

        r = resolver_get(context, &resolver);
        if (r < 0)
                return r;

        if (resolver->error < 0)
                return 1;
        if (!resolver->exists)
                return probe_skip(context, "there is no '%s', and so no nameserver to ask", RESOLVER_PATH);
        if (resolver_is_local(resolver))
                return probe_skip(context, "programs ask a nameserver on this machine alone");

        return 1;
}

struct meaning {
        enum outcome outcome;
        enum severity severity;
        const char *text; /* about "nameserver 'ADDRESS'" */
        const char *required;
};

static const struct meaning meanings[] = {
        [DNS_WIRE_HEALTHY] = { OUTCOME_PASS, SEVERITY_WARNING,
                               "answers A and AAAA, from one socket and from two" },
        [DNS_WIRE_FLOW_DROP] = { OUTCOME_FAIL, SEVERITY_WARNING,
                                 "loses the second query of a socket: the first lookup of a process takes 10 "
                                 "seconds",
                                 "options single-request-reopen" },
        [DNS_WIRE_RACE] = { OUTCOME_FAIL, SEVERITY_WARNING,
                            "loses a query that follows another at once: the first lookup of a process takes "
                            "5 "
                            "seconds",
                            "options single-request-reopen" },
        [DNS_WIRE_NO_AAAA] = { OUTCOME_FAIL, SEVERITY_WARNING,
                               "never answers AAAA: lookups wait for it, and single-request-reopen is no "
                               "cure",
                               "an answer to AAAA, an empty one too" },
        [DNS_WIRE_NO_A] = { OUTCOME_FAIL, SEVERITY_WARNING,
                            "never answers A: lookups fail, and single-request-reopen is no cure",
                            "an answer to A" },
        [DNS_WIRE_LOSS] = { OUTCOME_UNKNOWN, SEVERITY_WARNING,
                            "loses packets in no order that tells why; ask again" },
        [DNS_WIRE_ERROR] = { OUTCOME_FAIL, SEVERITY_NOTE,
                             "answers both queries in time, but with an error: nothing is lost on the way",
                             "NOERROR or NXDOMAIN" },
        [DNS_WIRE_TRUNCATED] = { OUTCOME_FAIL, SEVERITY_WARNING,
                                 "cuts answers short and does not answer by TCP: long answers fail",
                                 "an answer by TCP" },
        [DNS_WIRE_SILENT] = { OUTCOME_UNKNOWN, SEVERITY_WARNING, "does not answer, or cannot be reached" },
        [DNS_WIRE_UNREACHABLE] = { OUTCOME_UNKNOWN, SEVERITY_WARNING, "cannot be reached" },
};
_Static_assert(ARRAY_SIZE(meanings) == DNS_WIRE_VERDICT_COUNT, "a meaning for each verdict");

static void add_counts(struct context *context, struct finding *finding, const struct dns_wire *wire)
{
        static const char *const names[] = { "oneSocket", "oneSocketInSequence", "twoSockets" };

        for (size_t i = 0; i < DNS_WIRE_MODE_COUNT; i++) {
                const struct dns_wire_count *count = &wire->counts[i];

                if (count->rounds > 0)
                        finding_add_fact(context, finding, names[i],
                                         "%u lookups, lost %u A and %u AAAA, slowest answer %u ms",
                                         count->rounds, count->lost_a, count->lost_aaaa, count->worst);
        }
}

static void report(struct context *context, const char *address, unsigned line, const struct dns_wire *wire)
{
        const struct meaning *meaning = &meanings[wire->verdict];
        struct finding *(*const by_outcome[])(struct context *, const char *, const char *, ...) = {
                [OUTCOME_PASS] = probe_pass,
                [OUTCOME_FAIL] = probe_fail,
                [OUTCOME_UNKNOWN] = probe_unknown,
        };
        struct finding *finding;

        finding = by_outcome[meaning->outcome](context, address, "nameserver %s %s%s%s", address,
                                               meaning->text, wire->error < 0 ? ": " : "",
                                               wire->error < 0 ? strerror(-wire->error) : "");
        if (finding)
                finding_set_severity(finding, meaning->severity);
        finding_set_place(context, finding, RESOLVER_PATH, line);
        if (meaning->required)
                finding_set_required(context, finding, "%s", meaning->required);
        if (wire->verdict == DNS_WIRE_ERROR)
                finding_set_actual(context, finding, "%s", dns_rcode_name(wire->rcode));
        finding_add_fact(context, finding, "signature", "%s", dns_wire_verdict_name(wire->verdict));
        if (wire->truncated)
                finding_add_fact(context, finding, "tcp", "%s",
                                 wire->tcp_works ? "answers" : "does not answer");
        add_counts(context, finding, wire);
}

static int judge(struct context *context, const struct resolv_nameserver *nameserver)
{
        _cleanup_free_ char *address = text_dup(nameserver->address), *scope = text_dup(nameserver->scope);
        struct sockaddr_storage server;
        struct dns_wire wire;
        socklen_t len;
        int r;

        if (!address || !scope)
                return -ENOMEM;
        r = dns_wire_address(address, scope, &server, &len);
        if (r >= 0)
                r = dns_wire_measure((const struct sockaddr *) &server, len, &wire);
        if (r < 0)
                return diag_set(context_diag(context), r, RESOLVER_PATH, (unsigned) nameserver->line,
                                "cannot ask nameserver %s: %s", address, strerror(-r));

        report(context, address, (unsigned) nameserver->line, &wire);
        return root_note(context_root(context), address, dns_wire_verdict_name(wire.verdict));
}

static int run(struct context *context)
{
        const struct resolver *resolver;
        int r;

        r = resolver_get(context, &resolver);
        if (r < 0)
                return r;
        if (resolver->error < 0)
                return diag_set(context_diag(context), resolver->error, RESOLVER_PATH, 0, "'%s': %s",
                                RESOLVER_PATH, resolver->error_text);

        for (size_t i = 0; i < resolver->conf->n_nameservers && r >= 0; i++)
                if (resolver->conf->nameservers[i].used)
                        r = judge(context, &resolver->conf->nameservers[i]);

        return r;
}

const struct probe probe_dns_wire = {
        .id = "dns-wire",
        .area = "dns",
        .title = "No nameserver loses one of two queries from one socket",
        .reason = "A NAT, firewall or connection table that drops the second packet of a new flow makes the "
                  "first "
                  "lookup of each process wait 5 or 10 seconds.",
        .remedy = "Set single-request-reopen where the nameserver's path shows the fault with one socket and "
                  "not "
                  "with two; for another error look at the nameserver itself or the firewall in front of it.",
        .references =
                (const char *const[]){ "resolv.conf(5)", "RFC 1035", "Release notes of glibc 2.9", NULL },
        .severity = SEVERITY_WARNING,
        .flags = PROBE_LIVE | PROBE_ACTIVE,
        .applies = applies,
        .run = run,
};
