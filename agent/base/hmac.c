/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hmac.h"
#include "base/crypto.h"

#include <openssl/hmac.h>

enum { KEY_MAX = 65536 };

int hmac_sha256(struct text key, struct text message, char ret_hex[DIGEST_HEX_SIZE])
{
        const unsigned char *data = (const unsigned char *) (message.len > 0 ? message.data : "");
        unsigned char bytes[EVP_MAX_MD_SIZE];
        unsigned len = 0;

        /* The library takes no key for "the one of the last time". */
        if (key.len == 0 || key.len > KEY_MAX)
                return -EINVAL;
        /* Readies the library in our way. */
        if (!crypto_get())
                return -EIO;
        if (!HMAC(EVP_sha256(), key.data, (int) key.len, data, message.len, bytes, &len) ||
            len != DIGEST_SIZE)
                return -EIO;

        digest_hex(bytes, ret_hex);
        return 0;
}
