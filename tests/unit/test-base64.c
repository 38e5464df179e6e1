/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/base64.h"

static void check_both(struct text plain, const char *encoded)
{
        _cleanup_buffer_ struct buffer there = { 0 }, back = { 0 };

        /* What is in the buffer already stays. */
        buffer_add_char(&there, '>');
        buffer_add_char(&back, '>');
        CHECK_INT(base64_encode(plain, &there), 0);
        CHECK_STRING(there.data + 1, encoded);
        CHECK_INT(base64_decode(text_from_string(encoded), &back), 0);
        test_check_text(__FILE__, __LINE__, encoded, (struct text){ back.data + 1, back.len - 1 }, plain);
}

/* RFC 4648, section 10. */
TEST(known_answers)
{
        check_both(TEXT(""), "");
        check_both(TEXT("f"), "Zg==");
        check_both(TEXT("fo"), "Zm8=");
        check_both(TEXT("foo"), "Zm9v");
        check_both(TEXT("foob"), "Zm9vYg==");
        check_both(TEXT("fooba"), "Zm9vYmE=");
        check_both(TEXT("foobar"), "Zm9vYmFy");
        check_both(TEXT("\0\0\0"), "AAAA");
        check_both(TEXT("\373\377\277\0"), "+/+/AA==");
}

TEST(only_what_it_makes)
{
        static const struct text malformed[] = {
                TEXT_INIT("Z"),
                TEXT_INIT("Zg"),
                TEXT_INIT("Zg="),
                TEXT_INIT("Zg==="),
                TEXT_INIT("===="),
                TEXT_INIT("Z==="),
                TEXT_INIT("Zg==Zg=="),
                TEXT_INIT("Zm8=Zm8="),
                TEXT_INIT("=m9v"),
                TEXT_INIT("Zm=v"),
                TEXT_INIT("Zg=v"),
                TEXT_INIT(" Zm9"),
                TEXT_INIT("    Zm9v"),
                TEXT_INIT("Zm9v    "),
                TEXT_INIT("Zm9v\n\n\n\n"),
                TEXT_INIT("Zm9vYg==\r\n\r\n"),
                TEXT_INIT("Zm9v\nZm9"),
                TEXT_INIT("Zh=="),
                TEXT_INIT("Zm9="),
                TEXT_INIT("_-_-"),
                TEXT_INIT("Zm9\0"),
                TEXT_INIT("Zm9v\0\0\0\0"),
                TEXT_INIT("Zm9\377"),
                TEXT_INIT("-m9v"),
                TEXT_INIT("Zm9v----"),
                TEXT_INIT("Zm9v\n"),
                TEXT_INIT("Z m9v\t\t\t"),
                TEXT_INIT("\t\t\t\t"),
        };

        for (size_t i = 0; i < ARRAY_SIZE(malformed); i++) {
                _cleanup_buffer_ struct buffer out = { 0 };
                int r = base64_decode(malformed[i], &out);

                if (r != -EBADMSG)
                        test_failed(__FILE__, __LINE__, "number %zu: %d", i, r);
                CHECK_INT(out.len, 0);
        }
}

/* Each length, and more than one block of the library. */
TEST(any_bytes)
{
        unsigned char bytes[4096];

        for (size_t i = 0; i < sizeof(bytes); i++)
                bytes[i] = (unsigned char) (i * 167 + i / 256);
        for (size_t len = 0; len < sizeof(bytes); len += len < 300 ? 1 : 97) {
                _cleanup_buffer_ struct buffer there = { 0 }, back = { 0 };

                CHECK_INT(base64_encode((struct text){ (const char *) bytes, len }, &there), 0);
                CHECK_INT(there.len, (len + 2) / 3 * 4);
                CHECK_INT(base64_decode((struct text){ there.data, there.len }, &back), 0);
                CHECK(back.len == len && (len == 0 || memcmp(back.data, bytes, len) == 0));
        }
}
