/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dns-wire.h"
#include "formats/dns-message.h"

/* From counts to a verdict. A single lost packet is ordinary; the fault that single-request-reopen cures
 * loses exactly one of the two queries, again and again, and none when each has a socket of its own. */

static const char *const verdict_names[] = {
        [DNS_WIRE_HEALTHY] = "healthy", [DNS_WIRE_FLOW_DROP] = "flowDrop",
        [DNS_WIRE_RACE] = "race",       [DNS_WIRE_NO_AAAA] = "noAaaa",
        [DNS_WIRE_NO_A] = "noA",        [DNS_WIRE_LOSS] = "loss",
        [DNS_WIRE_ERROR] = "error",     [DNS_WIRE_TRUNCATED] = "truncatedNoTcp",
        [DNS_WIRE_SILENT] = "silent",   [DNS_WIRE_UNREACHABLE] = "unreachable",
};
_Static_assert(ARRAY_SIZE(verdict_names) == DNS_WIRE_VERDICT_COUNT, "a name for each verdict");

const char *dns_wire_verdict_name(enum dns_wire_verdict verdict)
{
        return verdict_names[verdict];
}

enum { ENOUGH_ROUNDS = 2 };

static enum dns_wire_verdict judge_loss(const struct dns_wire *wire)
{
        const struct dns_wire_count *together = &wire->counts[DNS_WIRE_TOGETHER];
        const struct dns_wire_count *sequence = &wire->counts[DNS_WIRE_SEQUENCE];
        const struct dns_wire_count *reopen = &wire->counts[DNS_WIRE_REOPEN];
        unsigned lost = together->lost_a + together->lost_aaaa;

        if (reopen->lost_a == 0 && reopen->lost_aaaa == 0) {
                /* Both of one round lost is something else. */
                if (reopen->rounds < ENOUGH_ROUNDS || lost < ENOUGH_ROUNDS || lost > together->rounds ||
                    sequence->rounds == 0)
                        return DNS_WIRE_LOSS;
                return sequence->lost_a + sequence->lost_aaaa > 0 ? DNS_WIRE_FLOW_DROP : DNS_WIRE_RACE;
        }

        if (reopen->rounds < ENOUGH_ROUNDS || together->rounds == 0)
                return DNS_WIRE_LOSS;
        if (reopen->lost_a == 0 && together->lost_a == 0 && reopen->lost_aaaa == reopen->rounds &&
            together->lost_aaaa == together->rounds)
                return DNS_WIRE_NO_AAAA;
        if (reopen->lost_aaaa == 0 && together->lost_aaaa == 0 && reopen->lost_a == reopen->rounds &&
            together->lost_a == together->rounds)
                return DNS_WIRE_NO_A;

        return DNS_WIRE_LOSS;
}

enum dns_wire_verdict dns_wire_judge(const struct dns_wire *wire)
{
        const struct dns_wire_count *together = &wire->counts[DNS_WIRE_TOGETHER];
        const struct dns_wire_count *reopen = &wire->counts[DNS_WIRE_REOPEN];

        if (wire->error < 0)
                return DNS_WIRE_UNREACHABLE;
        if (reopen->lost_a == reopen->rounds && reopen->lost_aaaa == reopen->rounds)
                return DNS_WIRE_SILENT;
        if (together->lost_a + together->lost_aaaa + reopen->lost_a + reopen->lost_aaaa > 0)
                return judge_loss(wire);
        /* Out of time before the way that matters was tried. */
        if (together->rounds == 0)
                return DNS_WIRE_LOSS;
        if (wire->rcode != DNS_NOERROR)
                return DNS_WIRE_ERROR;
        if (wire->truncated && !wire->tcp_works)
                return DNS_WIRE_TRUNCATED;

        return DNS_WIRE_HEALTHY;
}
