/* SPDX-License-Identifier: Apache-2.0 */
#include "control/acs3.h"

#include "base/hmac.h"
#include "base/wipe.h"

#include <string.h>

enum { PAIRS_MAX = 128 };

static bool stays(char c)
{
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.' || c == '~';
}

static void encode_but(struct buffer *buffer, struct text text, char but)
{
        static const char digits[] = "0123456789ABCDEF";

        for (size_t i = 0; i < text.len; i++) {
                unsigned char byte = (unsigned char) text.data[i];

                if (stays(text.data[i]) || (but != '\0' && text.data[i] == but)) {
                        buffer_add_char(buffer, text.data[i]);
                        continue;
                }
                buffer_add_char(buffer, '%');
                buffer_add_char(buffer, digits[byte >> 4]);
                buffer_add_char(buffer, digits[byte & 15]);
        }
}

void acs3_encode(struct buffer *buffer, struct text text)
{
        encode_but(buffer, text, '\0');
}

/* In the order of the bytes, whatever the locale. */
static int compare_names(const void *a, const void *b)
{
        const struct acs3_pair *first = a, *second = b;

        return strcmp(first->name, second->name);
}

/* A sorted copy. With the same name twice nobody could say which order is meant. */
static int sort(const struct acs3_pair *pairs, size_t n, struct acs3_pair **ret)
{
        _cleanup_free_ struct acs3_pair *sorted = NULL;

        if (n > PAIRS_MAX)
                return -EINVAL;
        sorted = calloc(n + 1, sizeof(*sorted));
        if (!sorted)
                return -ENOMEM;

        if (n > 0)
                memcpy(sorted, pairs, n * sizeof(*sorted));
        qsort(sorted, n, sizeof(*sorted), compare_names);
        for (size_t i = 0; i < n; i++)
                if (sorted[i].name[0] == '\0' || (i > 0 && string_equal(sorted[i].name, sorted[i - 1].name)))
                        return -EINVAL;

        *ret = take_ptr(sorted);
        return 0;
}

/* How long it can get at most, so that the buffer never moves and leaves a copy behind. */
static size_t room_for(const struct acs3_pair *pairs, size_t n)
{
        size_t room = 0;

        for (size_t i = 0; i < n; i++)
                room += 3 * (strlen(pairs[i].name) + strlen(pairs[i].value)) + 4;

        return room;
}

int acs3_form(const struct acs3_pair *pairs, size_t n, struct buffer *ret)
{
        _cleanup_free_ struct acs3_pair *sorted = NULL;
        int r;

        r = sort(pairs, n, &sorted);
        if (r < 0)
                return r;

        (void) buffer_reserve(ret, room_for(sorted, n));
        for (size_t i = 0; i < n; i++) {
                if (i > 0)
                        buffer_add_char(ret, '&');
                acs3_encode(ret, text_from_string(sorted[i].name));
                buffer_add_char(ret, '=');
                acs3_encode(ret, text_from_string(sorted[i].value));
        }

        return ret->failed ? -ENOMEM : 0;
}

/* What would be another header, or another line, on the way. */
static bool header_is_plain(const struct acs3_pair *header)
{
        for (const char *c = header->name; *c; c++)
                if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') && *c != '-')
                        return false;

        return !strpbrk(header->value, "\r\n");
}

static int sort_headers(const struct acs3_request *request, struct acs3_pair **ret)
{
        for (size_t i = 0; i < request->n_headers; i++)
                if (!header_is_plain(&request->headers[i]))
                        return -EINVAL;

        return sort(request->headers, request->n_headers, ret);
}

/* "a;b;c" */
static void add_names(struct buffer *buffer, const struct acs3_pair *headers, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                if (i > 0)
                        buffer_add_char(buffer, ';');
                buffer_add_string(buffer, headers[i].name);
        }
}

/* The lines of the headers, each with its end, and an empty one behind them. */
static void add_headers(struct buffer *buffer, const struct acs3_pair *headers, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                buffer_add_string(buffer, headers[i].name);
                buffer_add_char(buffer, ':');
                buffer_add_text(buffer, text_trim(text_from_string(headers[i].value)));
                buffer_add_char(buffer, '\n');
        }
        buffer_add_char(buffer, '\n');
}

int acs3_canonical_request(const struct acs3_request *request, struct buffer *ret)
{
        _cleanup_free_ struct acs3_pair *headers = NULL;
        int r;

        r = sort_headers(request, &headers);
        if (r < 0)
                return r;

        (void) buffer_reserve(ret, strlen(request->method) + 3 * strlen(request->path) +
                                           room_for(request->query, request->n_query) +
                                           room_for(headers, request->n_headers) +
                                           strlen(request->payload_hash) + 8);
        buffer_add_string(ret, request->method);
        buffer_add_char(ret, '\n');
        encode_but(ret, text_from_string(request->path), '/');
        buffer_add_char(ret, '\n');
        r = acs3_form(request->query, request->n_query, ret);
        if (r < 0)
                return r;
        buffer_add_char(ret, '\n');
        add_headers(ret, headers, request->n_headers);
        add_names(ret, headers, request->n_headers);
        buffer_add_char(ret, '\n');
        buffer_add_string(ret, request->payload_hash);

        return ret->failed ? -ENOMEM : 0;
}

int acs3_string_to_sign(struct text canonical_request, struct buffer *ret)
{
        char hash[DIGEST_HEX_SIZE];
        int r;

        r = digest_text(canonical_request, hash);
        if (r < 0)
                return r;

        buffer_add_string(ret, ACS3_SCHEME "\n");
        buffer_add_string(ret, hash);
        return ret->failed ? -ENOMEM : 0;
}

static int sign(const struct acs3_request *request, const char *secret, char ret_hex[DIGEST_HEX_SIZE])
{
        _cleanup_wipe_buffer_ struct buffer canonical = { 0 };
        _cleanup_buffer_ struct buffer string = { 0 };
        int r;

        r = acs3_canonical_request(request, &canonical);
        if (r < 0)
                return r;
        r = acs3_string_to_sign((struct text){ canonical.data, canonical.len }, &string);
        if (r < 0)
                return r;

        return hmac_sha256(text_from_string(secret), (struct text){ string.data, string.len }, ret_hex);
}

int acs3_authorization(const struct acs3_request *request, const char *key_id, const char *secret, char **ret)
{
        _cleanup_free_ struct acs3_pair *headers = NULL;
        _cleanup_buffer_ struct buffer value = { 0 };
        char signature[DIGEST_HEX_SIZE];
        int r;

        r = sort_headers(request, &headers);
        if (r < 0)
                return r;
        r = sign(request, secret, signature);
        if (r < 0)
                return r;

        buffer_addf(&value, ACS3_SCHEME " Credential=%s,SignedHeaders=", key_id);
        add_names(&value, headers, request->n_headers);
        buffer_addf(&value, ",Signature=%s", signature);
        return buffer_finish(&value, ret, NULL);
}
