/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Just enough of the DNS wire format (RFC 1035 section 4) to ask one question about the root name and to tell
 * whether bytes are the answer to it. */

#include "base/cleanup.h"

#include <stdint.h>

enum dns_type {
        DNS_TYPE_A = 1,
        DNS_TYPE_AAAA = 28,
};

/* RCODEs that are told apart. */
enum dns_rcode {
        DNS_NOERROR = 0,
        DNS_SERVFAIL = 2,
        DNS_NXDOMAIN = 3,
        DNS_REFUSED = 5,
};

/* The header, the root name, type and class. */
#define DNS_QUERY_SIZE 17

struct dns_question {
        uint16_t id;
        enum dns_type type;
};

struct dns_answer {
        unsigned rcode;
        bool truncated;
};

/* A recursive query of class IN for ".". */
void dns_query_encode(struct dns_question question, uint8_t ret[DNS_QUERY_SIZE]);
/* 0 when the message answers the question; -EBADMSG when it is something else (another id or question, a
 * query, cut short), which a client ignores (RFC 5452 section 9.1). The question section may be missing where
 * RFC 1035 allows servers to give up early: with any RCODE but NOERROR and NXDOMAIN. */
_must_check_ int dns_answer_decode(const uint8_t *data, size_t len, struct dns_question question,
                                   struct dns_answer *ret);
/* "NOERROR", "REFUSED", …; "error" for those without a name here. */
const char *dns_rcode_name(unsigned rcode);
