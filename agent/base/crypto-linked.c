/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crypto.h"

#include <openssl/crypto.h>
#include <stddef.h>

/* These names are functions in OpenSSL 1.0.2 and macros for the newer names since 1.1. */
static EVP_MD_CTX *context_new(void)
{
        return EVP_MD_CTX_create();
}

static void context_free(EVP_MD_CTX *context)
{
        EVP_MD_CTX_destroy(context);
}

/* Without this the library reads openssl.cnf of the machine first, and loads whatever that names. A hash has
 * no settings. */
static void forgo_configuration(void)
{
#if OPENSSL_VERSION_NUMBER >= 0x10100000L
        (void) OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
#endif
}

const struct crypto *crypto_get(void)
{
        static const struct crypto crypto = {
                context_new,      context_free,       EVP_sha256,      EVP_DigestInit_ex,
                EVP_DigestUpdate, EVP_DigestFinal_ex, EVP_EncodeBlock, EVP_DecodeBlock,
        };

        forgo_configuration();
        return &crypto;
}
