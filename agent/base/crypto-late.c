/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/crypto.h"

#include <dlfcn.h>
#include <openssl/crypto.h>
#include <string.h>

/* For the daemon: the library costs a process more than half a megabyte of memory of its own, which the one
 * that sleeps never needs, and a worker gives back. */

#if OPENSSL_VERSION_NUMBER >= 0x10100000L
#define CONTEXT_NEW "EVP_MD_CTX_new"
#define CONTEXT_FREE "EVP_MD_CTX_free"
#else
#define CONTEXT_NEW "EVP_MD_CTX_create"
#define CONTEXT_FREE "EVP_MD_CTX_destroy"
#endif

/* POSIX has it that the pointers have one size; ISO C does not let us assign them. */
static bool find(void *library, const char *name, void *ret_function)
{
        void *symbol = dlsym(library, name);

        if (symbol)
                memcpy(ret_function, &symbol, sizeof(symbol));
        return symbol != NULL;
}

/* See crypto-linked.c. */
static bool forgo_configuration(void *library)
{
#if OPENSSL_VERSION_NUMBER >= 0x10100000L
        int (*init)(uint64_t options, const OPENSSL_INIT_SETTINGS *settings);

        return find(library, "OPENSSL_init_crypto", &init) && init(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1;
#else
        return library != NULL;
#endif
}

const struct crypto *crypto_get(void)
{
        static struct crypto crypto;
        static bool loaded;
        void *library;

        if (loaded)
                return &crypto;
        library = dlopen(LIBCRYPTO_SONAME, RTLD_NOW | RTLD_LOCAL);
        loaded = library && forgo_configuration(library) && find(library, CONTEXT_NEW, &crypto.context_new) &&
                 find(library, CONTEXT_FREE, &crypto.context_free) &&
                 find(library, "EVP_sha256", &crypto.sha256) &&
                 find(library, "EVP_DigestInit_ex", &crypto.init) &&
                 find(library, "EVP_DigestUpdate", &crypto.update) &&
                 find(library, "EVP_DigestFinal_ex", &crypto.final) &&
                 find(library, "EVP_EncodeBlock", &crypto.encode) &&
                 find(library, "EVP_DecodeBlock", &crypto.decode);

        return loaded ? &crypto : NULL;
}
