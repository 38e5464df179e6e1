/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/dns-message.h"

#include <string.h>

enum {
        HEADER_SIZE = 12,
        FLAG_RESPONSE = 0x8000,
        FLAG_OPCODE = 0x7800,
        FLAG_TRUNCATED = 0x0200,
        FLAG_RECURSION = 0x0100,
        FLAG_RCODE = 0x000f,
        CLASS_IN = 1,
};

static void put_u16(uint8_t *at, unsigned value)
{
        at[0] = (uint8_t) (value >> 8);
        at[1] = (uint8_t) value;
}

static unsigned get_u16(const uint8_t *at)
{
        return (unsigned) at[0] << 8 | at[1];
}

void dns_query_encode(struct dns_question question, uint8_t ret[DNS_QUERY_SIZE])
{
        memset(ret, 0, DNS_QUERY_SIZE);
        put_u16(ret, question.id);
        put_u16(ret + 2, FLAG_RECURSION);
        put_u16(ret + 4, 1);
        /* The root's name is one byte: the empty label at ret[12]. */
        put_u16(ret + 13, question.type);
        put_u16(ret + 15, CLASS_IN);
}

static bool has_question(const uint8_t *data, size_t len, enum dns_type type)
{
        return len >= DNS_QUERY_SIZE && data[HEADER_SIZE] == 0 && get_u16(data + 13) == (unsigned) type &&
               get_u16(data + 15) == CLASS_IN;
}

int dns_answer_decode(const uint8_t *data, size_t len, struct dns_question question, struct dns_answer *ret)
{
        unsigned flags, rcode, n_questions;

        if (len < HEADER_SIZE || get_u16(data) != question.id)
                return -EBADMSG;
        flags = get_u16(data + 2);
        if (!(flags & FLAG_RESPONSE) || flags & FLAG_OPCODE)
                return -EBADMSG;

        rcode = flags & FLAG_RCODE;
        n_questions = get_u16(data + 4);
        if (n_questions == 0 ? rcode == DNS_NOERROR || rcode == DNS_NXDOMAIN
                             : n_questions != 1 || !has_question(data, len, question.type))
                return -EBADMSG;

        *ret = (struct dns_answer){ .rcode = rcode, .truncated = flags & FLAG_TRUNCATED };
        return 0;
}

const char *dns_rcode_name(unsigned rcode)
{
        static const char *const names[] = {
                [DNS_NOERROR] = "NOERROR",   [1] = "FORMERR", [DNS_SERVFAIL] = "SERVFAIL",
                [DNS_NXDOMAIN] = "NXDOMAIN", [4] = "NOTIMP",  [DNS_REFUSED] = "REFUSED",
        };

        return rcode < ARRAY_SIZE(names) ? names[rcode] : "error";
}
