/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Signatures of requests to the platform, ACS3-HMAC-SHA256. Pure functions: no clock, no random numbers, no
 * network. */

#include "base/text.h"

#define ACS3_SCHEME "ACS3-HMAC-SHA256"

struct acs3_pair {
        const char *name;
        const char *value;
};

struct acs3_request {
        const char *method; /* upper case */
        const char *path;   /* not encoded; "/" for APIs of the RPC kind */
        const struct acs3_pair *query;
        size_t n_query;
        /* Those that are signed: names in lower case, each once, in any order. */
        const struct acs3_pair *headers;
        size_t n_headers;
        const char *payload_hash; /* SHA-256 of the body in hexadecimal */
};

/* The functions below give -ENOMEM, and -EINVAL for what cannot be signed without doubt: a name twice, an
 * upper-case letter in the name of a header, a line break in a value, more than 128 pairs. */

/* Percent-encoding by RFC 3986: letters, digits and "-_.~" stay, a blank becomes "%20". */
void acs3_encode(struct buffer *buffer, struct text text);
/* "a=b&c=": encoded, and sorted by name. The query of an address, and the body of a form. */
_must_check_ int acs3_form(const struct acs3_pair *pairs, size_t n, struct buffer *ret);

/* Both hold what the headers hold: wipe them where that is secret. */
_must_check_ int acs3_canonical_request(const struct acs3_request *request, struct buffer *ret);
_must_check_ int acs3_string_to_sign(struct text canonical_request, struct buffer *ret);
/* The value of the header "authorization". */
_must_check_ int acs3_authorization(const struct acs3_request *request, const char *key_id,
                                    const char *secret, char **ret);
