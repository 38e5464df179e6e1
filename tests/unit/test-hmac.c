/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/hmac.h"

/* RFC 4231, section 4. Case 5 is the first half only. */
static const struct {
        int number;
        const char *key; /* with n_key bytes; of one byte: that one repeated */
        size_t n_key;
        const char *message; /* the same */
        size_t n_message;
        const char *hex;
        size_t n_hex;
} vectors[] = {
        { 1, "\x0b", 20, "Hi There", 8, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
          64 },
        { 2, "Jefe", 4, "what do ya want for nothing?", 28,
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", 64 },
        { 3, "\xaa", 20, "\xdd", 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", 64 },
        { 4,
          "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18"
          "\x19",
          25, "\xcd", 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b", 64 },
        { 5, "\x0c", 20, "Test With Truncation", 20, "a3b6167473100ee06e0c796c2955552b", 32 },
        { 6, "\xaa", 131, "Test Using Larger Than Block-Size Key - Hash Key First", 54,
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", 64 },
        { 7, "\xaa", 131,
          "This is a test using a larger than block-size key and a larger than block-size data. The key "
          "needs "
          "to be hashed before being used by the HMAC algorithm.",
          152, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2", 64 },
};

static struct text spread(const char *bytes, size_t n, char room[256])
{
        if (strlen(bytes) == 1)
                memset(room, bytes[0], n);
        else
                memcpy(room, bytes, n);
        return (struct text){ room, n };
}

TEST(rfc_4231)
{
        for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
                char key[256], message[256], hex[DIGEST_HEX_SIZE];

                CHECK_INT(hmac_sha256(spread(vectors[i].key, vectors[i].n_key, key),
                                      spread(vectors[i].message, vectors[i].n_message, message), hex),
                          0);
                CHECK_INT(strlen(hex), 2 * DIGEST_SIZE);
                hex[vectors[i].n_hex] = '\0';
                if (!string_equal(hex, vectors[i].hex))
                        test_failed(__FILE__, __LINE__, "case %d gives %s", vectors[i].number, hex);
        }
}

TEST(what_is_no_key)
{
        _cleanup_free_ char *big = calloc(1, 65537);
        char hex[DIGEST_HEX_SIZE];

        CHECK_INT(hmac_sha256(TEXT(""), TEXT("a"), hex), -EINVAL);
        CHECK_INT(hmac_sha256((struct text){ NULL, 0 }, TEXT("a"), hex), -EINVAL);
        CHECK(big);
        CHECK_INT(hmac_sha256((struct text){ big, 65537 }, TEXT("a"), hex), -EINVAL);
        /* An empty message is one. */
        CHECK_INT(hmac_sha256(TEXT("key"), (struct text){ NULL, 0 }, hex), 0);
        CHECK_STRING(hex, "5d5d139563c95b5967b9bd9a8c9b233a9dedb45072794cd232dc1b74832607d0");
}
