/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"
#include "base/crypto.h"
#include "base/wipe.h"

#include <string.h>

struct digest {
        const struct crypto *crypto;
        EVP_MD_CTX *context;
        bool started; /* the library looks its algorithm up each time: not before it is needed */
        bool failed;
        /* Small pieces are collected here: a call of the library costs more than hashing a few bytes. */
        unsigned char pending[1024];
        size_t n_pending;
};

static bool start(struct digest *digest)
{
        if (!digest->started && !digest->failed)
                digest->failed = digest->crypto->init(digest->context, digest->crypto->sha256(), NULL) != 1;
        digest->started = true;
        return !digest->failed;
}

int digest_new(struct digest **ret)
{
        _cleanup_digest_ struct digest *digest = calloc(1, sizeof(*digest));

        if (!digest)
                return -ENOMEM;

        digest->crypto = crypto_get();
        if (!digest->crypto)
                return -EIO;
        digest->context = digest->crypto->context_new();
        if (!digest->context)
                return -ENOMEM;

        if (!start(digest))
                return -EIO;

        *ret = take_ptr(digest);
        return 0;
}

struct digest *digest_free(struct digest *digest)
{
        if (digest && digest->context)
                digest->crypto->context_free(digest->context);
        /* What was hashed may have been secret; the library clears its own part. */
        if (digest)
                wipe(digest->pending, sizeof(digest->pending));
        free(digest);
        return NULL;
}

static void update(struct digest *digest, const void *data, size_t len)
{
        if (len > 0 && start(digest))
                digest->failed = digest->crypto->update(digest->context, data, len) != 1;
}

static void flush(struct digest *digest)
{
        update(digest, digest->pending, digest->n_pending);
        digest->n_pending = 0;
}

void digest_add(struct digest *digest, const void *data, size_t len)
{
        if (len > sizeof(digest->pending) - digest->n_pending)
                flush(digest);
        if (len > sizeof(digest->pending)) {
                update(digest, data, len);
        } else if (len > 0) {
                memcpy(digest->pending + digest->n_pending, data, len);
                digest->n_pending += len;
        }
}

void digest_hex(const unsigned char bytes[DIGEST_SIZE], char ret_hex[DIGEST_HEX_SIZE])
{
        static const char digits[] = "0123456789abcdef";

        for (size_t i = 0; i < DIGEST_SIZE; i++) {
                ret_hex[2 * i] = digits[bytes[i] >> 4];
                ret_hex[2 * i + 1] = digits[bytes[i] & 15];
        }
        ret_hex[2 * DIGEST_SIZE] = '\0';
}

int digest_finish(struct digest *digest, char ret_hex[DIGEST_HEX_SIZE])
{
        unsigned char bytes[EVP_MAX_MD_SIZE];
        bool failed;

        flush(digest);
        failed = !start(digest) || digest->crypto->final(digest->context, bytes, NULL) != 1;
        digest->started = digest->failed = false;
        if (failed)
                return -EIO;

        digest_hex(bytes, ret_hex);
        return 0;
}

int digest_text(struct text text, char ret_hex[DIGEST_HEX_SIZE])
{
        _cleanup_digest_ struct digest *digest = NULL;
        int r;

        r = digest_new(&digest);
        if (r < 0)
                return r;

        digest_add(digest, text.data, text.len);
        return digest_finish(digest, ret_hex);
}
