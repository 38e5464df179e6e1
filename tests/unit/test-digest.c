/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/digest.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* The vectors of FIPS 180-2, appendix B, and the empty message. */
TEST(known_answers)
{
        char hex[DIGEST_HEX_SIZE];

        CHECK_INT(digest_text(TEXT(""), hex), 0);
        CHECK_STRING(hex, EMPTY);
        CHECK_INT(digest_text(TEXT("abc"), hex), 0);
        CHECK_STRING(hex, ABC);
        CHECK_INT(digest_text(TEXT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), hex), 0);
        CHECK_STRING(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(in_pieces_and_again)
{
        _cleanup_digest_ struct digest *digest = NULL;
        char hex[DIGEST_HEX_SIZE];

        CHECK_INT(digest_new(&digest), 0);
        digest_add(digest, "a", 1);
        digest_add(digest, NULL, 0);
        digest_add(digest, "bc", 2);
        CHECK_INT(digest_finish(digest, hex), 0);
        CHECK_STRING(hex, ABC);
        CHECK_INT(digest_finish(digest, hex), 0);
        CHECK_STRING(hex, EMPTY);
}
