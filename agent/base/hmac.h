/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"

/* HMAC-SHA256 (RFC 2104) by libcrypto, in lower-case hexadecimal. For programs that are linked with the
 * library. -EINVAL for a key that is empty or beyond 64 KiB, -EIO when the library refuses. */
_must_check_ int hmac_sha256(struct text key, struct text message, char ret_hex[DIGEST_HEX_SIZE]);
