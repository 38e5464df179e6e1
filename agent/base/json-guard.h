/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

enum { JSON_GUARD_DEPTH = 32 };

/* Holds a document to RFC 8259 and to our profile of it, before json-c sees a byte: json-c takes much that is
 * not JSON, and each version something else (comments, single quotes, raw newlines in strings, broken UTF-8,
 * "01", "nuLL", bytes behind the document). What passes here every version reads alike.
 *
 * The profile: one object; at most JSON_GUARD_DEPTH levels; integers within 2^53, no fractions and exponents,
 * no "-0"; no NUL and no half surrogate pair in strings. NULL, or what is wrong (static text). */
const char *json_guard(struct text document);
