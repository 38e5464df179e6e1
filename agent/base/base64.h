/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* Base 64 of RFC 4648, section 4, by libcrypto: with padding, without line breaks. */

/* 0, -ENOMEM, -EFBIG beyond a gibibyte, or -EIO when the library is not to be had. Nothing is added on
 * errors. */
_must_check_ int base64_encode(struct text in, struct buffer *out);
/* Takes exactly what base64_encode() makes, -EBADMSG for anything else: blanks, line breaks, missing or early
 * padding, bits that would be lost. */
_must_check_ int base64_decode(struct text in, struct buffer *out);
