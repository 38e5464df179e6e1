/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/dns-message.h"
#include "test.h"

static const struct dns_question question = { .id = 0x1234, .type = DNS_TYPE_AAAA };

/* The query itself, turned into an answer with these flags. */
static void make_answer(uint8_t answer[DNS_QUERY_SIZE], unsigned flags)
{
        dns_query_encode(question, answer);
        answer[2] = (uint8_t) (flags >> 8);
        answer[3] = (uint8_t) flags;
}

TEST(query)
{
        static const uint8_t expected[] = { 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 28, 0, 1 };
        uint8_t query[DNS_QUERY_SIZE];

        dns_query_encode(question, query);
        CHECK(memcmp(query, expected, sizeof(expected)) == 0);
}

TEST(answers)
{
        uint8_t message[DNS_QUERY_SIZE];
        struct dns_answer answer;

        make_answer(message, 0x8180);
        CHECK_INT(dns_answer_decode(message, sizeof(message), question, &answer), 0);
        CHECK_INT(answer.rcode, DNS_NOERROR);
        CHECK(!answer.truncated);

        make_answer(message, 0x8385);
        CHECK_INT(dns_answer_decode(message, sizeof(message), question, &answer), 0);
        CHECK_INT(answer.rcode, DNS_REFUSED);
        CHECK(answer.truncated);
}

TEST(not_an_answer)
{
        uint8_t message[DNS_QUERY_SIZE];
        struct dns_answer answer;

        make_answer(message, 0x0100);
        CHECK_INT(dns_answer_decode(message, sizeof(message), question, &answer), -EBADMSG);
        make_answer(message, 0xa180);
        CHECK_INT(dns_answer_decode(message, sizeof(message), question, &answer), -EBADMSG);

        make_answer(message, 0x8180);
        for (size_t len = 0; len < sizeof(message); len++)
                CHECK_INT(dns_answer_decode(message, len, question, &answer), -EBADMSG);
        message[0] ^= 1;
        CHECK_INT(dns_answer_decode(message, sizeof(message), question, &answer), -EBADMSG);
}

TEST(another_question)
{
        static const size_t places[] = { 5, 12, 14, 16 };
        uint8_t message[DNS_QUERY_SIZE];
        struct dns_answer answer;

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                make_answer(message, 0x8180);
                message[places[i]] ^= 2;
                CHECK_INT(dns_answer_decode(message, sizeof(message), question, &answer), -EBADMSG);
        }
}

TEST(refused_without_the_question)
{
        uint8_t message[DNS_QUERY_SIZE];
        struct dns_answer answer;

        make_answer(message, 0x8185);
        message[5] = 0;
        CHECK_INT(dns_answer_decode(message, 12, question, &answer), 0);
        CHECK_INT(answer.rcode, DNS_REFUSED);
        message[3] = 0x80;
        CHECK_INT(dns_answer_decode(message, 12, question, &answer), -EBADMSG);
}

TEST(names)
{
        CHECK_STRING(dns_rcode_name(DNS_SERVFAIL), "SERVFAIL");
        CHECK_STRING(dns_rcode_name(15), "error");
}
