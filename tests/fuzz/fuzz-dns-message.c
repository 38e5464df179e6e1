/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/dns-message.h"
#include "fuzz.h"

/* The first two bytes are the id that is waited for, the third one picks the type. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct dns_question question = { 0 };
        struct dns_answer answer;
        int r;

        if (size < 3)
                return 0;

        question.id = (uint16_t) (data[0] << 8 | data[1]);
        question.type = data[2] & 1 ? DNS_TYPE_A : DNS_TYPE_AAAA;
        r = dns_answer_decode(data + 3, size - 3, question, &answer);
        FUZZ_ASSERT(r == 0 || r == -EBADMSG);
        if (r == 0)
                FUZZ_ASSERT(size - 3 >= 12 && answer.rcode < 16 && dns_rcode_name(answer.rcode));

        return 0;
}
