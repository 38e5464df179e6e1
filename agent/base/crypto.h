/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The few functions of libcrypto that are used, linked (crypto-linked.c) or loaded when they are first needed
 * (crypto-late.c): a program has one of the two. */

#include <openssl/evp.h>

struct crypto {
        EVP_MD_CTX *(*context_new)(void);
        void (*context_free)(EVP_MD_CTX *context);
        const EVP_MD *(*sha256)(void);
        int (*init)(EVP_MD_CTX *context, const EVP_MD *type, ENGINE *engine);
        int (*update)(EVP_MD_CTX *context, const void *data, size_t len);
        int (*final)(EVP_MD_CTX *context, unsigned char *digest, unsigned *len);
        int (*encode)(unsigned char *to, const unsigned char *from, int len); /* base 64 */
        int (*decode)(unsigned char *to, const unsigned char *from, int len);
};

/* NULL when the library cannot be had. */
const struct crypto *crypto_get(void);
