/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What happens on the way to a nameserver to the two queries of one lookup. Own sockets and packets, not the
 * C library's resolver: that one changes its behaviour after a time-out for the rest of the process, and
 * hides the fault after it has shown once. */

#include "base/cleanup.h"

#include <netinet/in.h>
#include <sys/socket.h>

/* How A and AAAA are asked for. */
enum dns_wire_mode {
        DNS_WIRE_TOGETHER, /* both at once from one socket: glibc without an option */
        DNS_WIRE_SEQUENCE, /* one socket, the second after the answer to the first: single-request */
        DNS_WIRE_REOPEN,   /* a socket each, one after the other: single-request-reopen */
        DNS_WIRE_MODE_COUNT
};

enum dns_wire_verdict {
        DNS_WIRE_HEALTHY,
        DNS_WIRE_FLOW_DROP, /* every second packet of a flow is lost: 10 s, then no option but reopen helps */
        DNS_WIRE_RACE,      /* only while the first is unanswered: 5 s; single-request helps as well */
        DNS_WIRE_NO_AAAA,   /* AAAA is not answered whichever way it is asked for */
        DNS_WIRE_NO_A,      /* the same for A */
        DNS_WIRE_LOSS,      /* packets were lost, but not in a way that tells why */
        DNS_WIRE_ERROR,     /* answered in time, with an error: see rcode */
        DNS_WIRE_TRUNCATED, /* answered in time, cut short, and TCP does not work */
        DNS_WIRE_SILENT,    /* no answer at all */
        DNS_WIRE_UNREACHABLE, /* the network or the host said that there is nobody: see error */
        DNS_WIRE_VERDICT_COUNT
};

struct dns_wire_count {
        unsigned rounds; /* each asks once for A and once for AAAA */
        unsigned lost_a; /* of them */
        unsigned lost_aaaa;
        unsigned worst; /* the slowest answer, in milliseconds */
};

struct dns_wire {
        struct dns_wire_count counts[DNS_WIRE_MODE_COUNT];
        unsigned rcode; /* the worst of all answers: SERVFAIL or REFUSED rather than NOERROR or NXDOMAIN */
        bool truncated;
        bool tcp_works; /* asked only when truncated */
        int error;      /* a negative errno that ended it: -ECONNREFUSED, -ENETUNREACH, … */
        enum dns_wire_verdict verdict;
};

/* The address as resolv.conf has it, scope without '%' or NULL; port 53. -EINVAL when it is none. */
_must_check_ int dns_wire_address(const char *address, const char *scope, struct sockaddr_storage *ret,
                                  socklen_t *ret_len);
/* Sends up to 18 queries for the root name and waits for 3 seconds at most, all in all. What the network does
 * is the result; negative errno only when this machine cannot ask (no sockets, no random numbers). */
_must_check_ int dns_wire_measure(const struct sockaddr *server, socklen_t len, struct dns_wire *ret);
/* What the counts mean. */
enum dns_wire_verdict dns_wire_judge(const struct dns_wire *wire);
/* "healthy", "flowDrop", …: for programs. */
const char *dns_wire_verdict_name(enum dns_wire_verdict verdict);
