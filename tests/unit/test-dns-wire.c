/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dns-wire.h"
#include "test.h"

#include <arpa/inet.h>

/* Rounds and losses of each way, in the order of enum dns_wire_mode. */
static enum dns_wire_verdict judge(struct dns_wire_count together, struct dns_wire_count sequence,
                                   struct dns_wire_count reopen)
{
        struct dns_wire wire = { .counts = { together, sequence, reopen } };

        return dns_wire_judge(&wire);
}

#define COUNT(...) ((struct dns_wire_count){ __VA_ARGS__ })

TEST(healthy)
{
        struct dns_wire wire = { .counts = { { 3 }, { 0 }, { 1 } } };

        CHECK_INT(dns_wire_judge(&wire), DNS_WIRE_HEALTHY);
        wire.rcode = 5;
        CHECK_INT(dns_wire_judge(&wire), DNS_WIRE_ERROR);
        wire.rcode = 0;
        wire.truncated = true;
        CHECK_INT(dns_wire_judge(&wire), DNS_WIRE_TRUNCATED);
        wire.tcp_works = true;
        CHECK_INT(dns_wire_judge(&wire), DNS_WIRE_HEALTHY);
        wire.error = -ECONNREFUSED;
        CHECK_INT(dns_wire_judge(&wire), DNS_WIRE_UNREACHABLE);
}

TEST(the_fault_that_reopen_cures)
{
        CHECK_INT(judge(COUNT(3, 0, 3), COUNT(1, 0, 1), COUNT(3)), DNS_WIRE_FLOW_DROP);
        CHECK_INT(judge(COUNT(3, 0, 3), COUNT(1), COUNT(3)), DNS_WIRE_RACE);
        CHECK_INT(judge(COUNT(3, 1, 1), COUNT(1), COUNT(3)), DNS_WIRE_RACE);
}

TEST(loss_that_tells_nothing)
{
        CHECK_INT(judge(COUNT(3, 0, 1), COUNT(1), COUNT(3)), DNS_WIRE_LOSS);
        CHECK_INT(judge(COUNT(3, 3, 3), COUNT(1), COUNT(3)), DNS_WIRE_LOSS);
        CHECK_INT(judge(COUNT(3, 0, 3), COUNT(1), COUNT(1)), DNS_WIRE_LOSS);
        CHECK_INT(judge(COUNT(3, 0, 3), COUNT(0), COUNT(3)), DNS_WIRE_LOSS);
        CHECK_INT(judge(COUNT(3, 0, 1), COUNT(0), COUNT(2, 0, 1)), DNS_WIRE_LOSS);
        CHECK_INT(judge(COUNT(0), COUNT(0), COUNT(1)), DNS_WIRE_LOSS);
}

TEST(one_type_is_never_answered)
{
        CHECK_INT(judge(COUNT(1, 0, 1), COUNT(0), COUNT(2, 0, 2)), DNS_WIRE_NO_AAAA);
        CHECK_INT(judge(COUNT(1, 1, 0), COUNT(0), COUNT(2, 2, 0)), DNS_WIRE_NO_A);
        CHECK_INT(judge(COUNT(1, 0, 0), COUNT(0), COUNT(2, 0, 2)), DNS_WIRE_LOSS);
}

TEST(silent)
{
        CHECK_INT(judge(COUNT(0), COUNT(0), COUNT(2, 2, 2)), DNS_WIRE_SILENT);
        CHECK_INT(judge(COUNT(0), COUNT(0), COUNT(0)), DNS_WIRE_SILENT);
}

TEST(addresses)
{
        struct sockaddr_storage address;
        socklen_t len;

        CHECK_INT(dns_wire_address("192.0.2.1", "", &address, &len), 0);
        CHECK_INT(address.ss_family, AF_INET);
        CHECK_INT(ntohs(((struct sockaddr_in *) &address)->sin_port), 53);
        CHECK_INT(dns_wire_address("fe80::1", "lo", &address, &len), 0);
        CHECK_INT(len, sizeof(struct sockaddr_in6));
        CHECK_INT(((struct sockaddr_in6 *) &address)->sin6_scope_id, 1);
        CHECK_INT(dns_wire_address("dns.example.com", NULL, &address, &len), -EINVAL);
        for (unsigned verdict = 0; verdict < DNS_WIRE_VERDICT_COUNT; verdict++)
                CHECK(dns_wire_verdict_name(verdict) != NULL);
}
