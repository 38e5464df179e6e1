/* SPDX-License-Identifier: Apache-2.0 */
#include "control/acs-call.h"

#include "base/digest.h"
#include "base/random.h"
#include "base/wipe.h"

#include <string.h>

enum { SIGNED_MAX = 8 };

#define FORM "application/x-www-form-urlencoded"
#define NONCE_SIZE (2 * (RANDOM_NAME_SIZE - 1) + 1)
#define DATE_SIZE sizeof("2026-11-22T21:05:00Z")

static bool is_host_character(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool acs_host_is_plain(const char *host)
{
        struct text name = text_from_string(host), port;
        uint64_t number;

        if (text_split(name, ':', &name, &port) && (text_parse_u64(port, &number) < 0 || number < 1 ||
                                                    number > 65535 || number == 443 || port.data[0] == '0'))
                return false;
        if (name.len == 0 || name.len > 253 || name.data[0] == '.' || name.data[0] == '-')
                return false;
        for (size_t i = 0; i < name.len; i++)
                if (!is_host_character(name.data[i]))
                        return false;

        return true;
}

bool acs_region_is_plain(const char *region)
{
        size_t len = strlen(region);

        return len > 0 && len <= 64 && acs_host_is_plain(region) && !strpbrk(region, ".:");
}

int acs_endpoint(const struct sink *sink, const struct event *event, const char *prefix, char **ret)
{
        const char *endpoint = sink_setting(sink, "endpoint");
        const char *region = event->metadata ? event->metadata->region_id : NULL;
        char *host;

        if (!endpoint && (!region || !acs_region_is_plain(region))) {
                *ret = NULL;
                return 0;
        }
        host = endpoint ? strdup(endpoint) : string_format("%s.%s.aliyuncs.com", prefix, region);
        if (!host)
                return -ENOMEM;

        *ret = host;
        return 0;
}

void acs_message_done(struct acs_message *message)
{
        free(message->url);
        for (size_t i = 0; i < ARRAY_SIZE(message->headers); i++)
                wipe_string(message->headers[i]);
        buffer_done(&message->body);
        *message = (struct acs_message){ 0 };
}

/* Not by string_format(), which leaves copies: one of them is secret. */
static char *header_line(const char *name, const char *value)
{
        size_t n = strlen(name), size = n + 2 + strlen(value) + 1;
        char *line = malloc(size);

        if (!line)
                return NULL;
        memcpy(line, name, n);
        memcpy(line + n, ": ", 2);
        memcpy(line + n + 2, value, size - n - 2);
        return line;
}

static int add_header(struct acs_message *message, const char *name, const char *value)
{
        size_t n = 0;

        while (message->headers[n])
                n++;
        if (n == ACS_HEADERS_MAX)
                return -EINVAL;

        message->headers[n] = header_line(name, value);
        return message->headers[n] ? 0 : -ENOMEM;
}

static int make_url(const struct acs_call *call, struct acs_message *message)
{
        _cleanup_buffer_ struct buffer url = { 0 };
        int r;

        buffer_addf(&url, "https://%s/", call->host);
        if (call->in_body) {
                r = acs3_form(call->parameters, call->n_parameters, &message->body);
        } else {
                buffer_add_char(&url, '?');
                r = acs3_form(call->parameters, call->n_parameters, &url);
        }

        return r < 0 ? r : buffer_finish(&url, &message->url, NULL);
}

/* "host" is libcurl's to send: the request's address has it. */
static int add_headers(struct acs_message *message, const struct acs3_pair *headers, size_t n,
                       const char *authorization)
{
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++)
                if (!string_equal(headers[i].name, "host"))
                        r = add_header(message, headers[i].name, headers[i].value);
        if (r >= 0)
                r = add_header(message, "accept", "application/json");

        return r < 0 ? r : add_header(message, "authorization", authorization);
}

/* What is signed, and how many of it. */
static size_t list_headers(const struct acs_call *call, const struct credentials *credentials,
                           const char *date, const char *nonce, const char *hash,
                           struct acs3_pair ret[static SIGNED_MAX])
{
        size_t n = 0;

        ret[n++] = (struct acs3_pair){ "host", call->host };
        ret[n++] = (struct acs3_pair){ "x-acs-action", call->action };
        ret[n++] = (struct acs3_pair){ "x-acs-version", call->version };
        ret[n++] = (struct acs3_pair){ "x-acs-date", date };
        ret[n++] = (struct acs3_pair){ "x-acs-signature-nonce", nonce };
        ret[n++] = (struct acs3_pair){ "x-acs-content-sha256", hash };
        /* Of a role there always is one. */
        if (credentials->security_token)
                ret[n++] = (struct acs3_pair){ "x-acs-security-token", credentials->security_token };
        if (call->in_body)
                ret[n++] = (struct acs3_pair){ "content-type", FORM };
        return n;
}

static int sign(const struct acs_call *call, const struct credentials *credentials, const char *date,
                const char *nonce, struct acs_message *message)
{
        struct acs3_request request = { .method = "POST", .path = "/" };
        _cleanup_free_ char *authorization = NULL;
        struct acs3_pair headers[SIGNED_MAX];
        char hash[DIGEST_HEX_SIZE];
        int r;

        r = digest_text((struct text){ message->body.data, message->body.len }, hash);
        if (r < 0)
                return r;

        request.payload_hash = hash;
        request.headers = headers;
        request.n_headers = list_headers(call, credentials, date, nonce, hash, headers);
        if (!call->in_body) {
                request.query = call->parameters;
                request.n_query = call->n_parameters;
        }
        r = acs3_authorization(&request, credentials->access_key_id, credentials->access_key_secret,
                               &authorization);

        return r < 0 ? r : add_headers(message, headers, request.n_headers, authorization);
}

int acs_message(const struct acs_call *call, const struct credentials *credentials, const char *date,
                const char *nonce, struct acs_message *ret)
{
        _cleanup_acs_message_ struct acs_message message = { 0 };
        int r;

        r = make_url(call, &message);
        if (r < 0)
                return r;
        r = sign(call, credentials, date, nonce, &message);
        if (r < 0)
                return r;

        *ret = message;
        message = (struct acs_message){ 0 };
        return 0;
}

/* New for each try: the other side refuses one that it has seen. */
static int make_nonce(char ret[static NONCE_SIZE])
{
        int r = random_name(ret);

        return r < 0 ? r : random_name(ret + RANDOM_NAME_SIZE - 1);
}

static int make_date(time_t now, char ret[static DATE_SIZE])
{
        struct tm broken;

        if (!gmtime_r(&now, &broken) || strftime(ret, DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &broken) == 0)
                return -EINVAL;
        return 0;
}

static int make_message(const struct sink *sink, const struct acs_call *call, struct acs_message *ret,
                        char **ret_reason, int64_t *ret_wait)
{
        _cleanup_credentials_ struct credentials credentials = { 0 };
        char date[DATE_SIZE], nonce[NONCE_SIZE];
        int r;

        r = credentials_get(sink->metadata, &credentials, ret_reason, ret_wait);
        if (r < 0)
                return r;
        r = make_nonce(nonce);
        if (r < 0)
                return r;
        r = make_date(time(NULL), date);
        if (r < 0)
                return r;

        return acs_message(call, &credentials, date, nonce, ret);
}

static int exchange(const struct sink *sink, const struct acs_call *call, const struct acs_message *message,
                    struct sink_result *ret)
{
        const struct http_request request = {
                .method = "POST",
                .url = message->url,
                .headers = (const char *const *) message->headers,
                .body = { message->body.data, message->body.len },
                .ca_file = sink_setting(sink, "ca"),
                .proxy = sink_setting(sink, "proxy"),
        };
        struct http_answer answer = { .retry_after = -1 };
        int error, r;

        error = http_exchange(&request, &answer);
        r = error == -ENOMEM ? error : acs_judge(call, error, &answer, time(NULL), ret);
        http_answer_done(&answer);
        return r;
}

int acs_call(const struct sink *sink, const struct acs_call *call, struct sink_result *ret)
{
        _cleanup_acs_message_ struct acs_message message = { 0 };
        _cleanup_free_ char *reason = NULL;
        int64_t wait = -1;
        int r;

        r = make_message(sink, call, &message, &reason, &wait);
        if (r == -ENOMEM)
                return r;
        /* A role may be given to an instance at any time, and the service may be back at any time. */
        if (r < 0)
                return sink_answer(ret, DELIVERY_RETRY, wait, "no call can be signed: %s",
                                   reason ? reason : strerror(-r));

        return exchange(sink, call, &message, ret);
}
