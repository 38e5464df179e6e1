/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* SHA-256 by libcrypto. */

#define DIGEST_SIZE 32
#define DIGEST_HEX_SIZE (2 * DIGEST_SIZE + 1)

struct digest;

/* -ENOMEM, or -EIO when the library is not to be had, or refuses to make SHA-256. */
_must_check_ int digest_new(struct digest **ret);
struct digest *digest_free(struct digest *digest);
/* After the first failure adding does nothing; digest_finish() reports it. */
void digest_add(struct digest *digest, const void *data, size_t len);
/* Writes lower-case hexadecimal with a NUL, and starts over: the digest can be used for the next message. */
_must_check_ int digest_finish(struct digest *digest, char ret_hex[DIGEST_HEX_SIZE]);
/* The hexadecimal form of a digest's bytes. */
void digest_hex(const unsigned char bytes[DIGEST_SIZE], char ret_hex[DIGEST_HEX_SIZE]);
/* All in one: the digest of one text. */
_must_check_ int digest_text(struct text text, char ret_hex[DIGEST_HEX_SIZE]);

static inline void digest_free_pointer(struct digest **digest)
{
        *digest = digest_free(*digest);
}

#define _cleanup_digest_ _cleanup_(digest_free_pointer)
