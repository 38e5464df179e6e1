/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "base/files.h"
#include "base/wipe.h"
#include "control/http.h"
#include "control/sink.h"

#include <fcntl.h>
#include <string.h>

enum {
        EVENT_MAX = 64 * 1024, /* what every intermediary should let through */
        EVENT_SHRUNK = 8 * 1024,
        TOKEN_MAX = 8 * 1024,
        HEADERS_MAX = 8,
        IDENTITY_LINE_MAX = 8000, /* nginx and Apache refuse a request with a line of more than 8 KiB */
        TIMEOUT_MAX_S = 120,
};

/* Lines of the request, which are wiped when they are given back: one may hold the token. */
struct lines {
        char *items[HEADERS_MAX + 1];
        size_t n;
        const char *without; /* why the identity is not among them, though it should be */
};

static void lines_done(struct lines *lines)
{
        for (size_t i = 0; i < lines->n; i++)
                wipe_string(lines->items[i]);
}

static int add_line(struct lines *lines, char *line)
{
        if (!line || lines->n == HEADERS_MAX) {
                wipe_string(line);
                return -ENOMEM;
        }
        lines->items[lines->n++] = line;
        return 0;
}

static bool is_token(struct text token)
{
        for (size_t i = 0; i < token.len; i++)
                if (token.data[i] <= ' ' || token.data[i] >= 127)
                        return false;

        return token.len > 0;
}

/* Read anew each time, so that it may be replaced while we wait. -EIO with the reason. */
static int add_token(struct lines *lines, const char *path, char **ret_reason)
{
        _cleanup_free_ char *resolved = realpath(path, NULL), *data = NULL;
        struct text token = { 0 };
        size_t len = 0;
        int r;

        r = resolved ? file_read(AT_FDCWD, resolved, TOKEN_MAX, &data, &len, NULL) : -errno;
        if (r == -ENOMEM)
                return r;
        if (r >= 0) {
                token = text_trim(text_chomp((struct text){ data, len }));
                r = is_token(token)
                            ? add_line(lines, string_format("Authorization: Bearer %.*s", TEXT_ARGS(token)))
                            : -EBADMSG;
                wipe(data, len);
        }
        if (r >= 0 || r == -ENOMEM)
                return r;

        *ret_reason = string_format("the token of %s cannot be used: %s", path,
                                    r == -EBADMSG ? "it is not one word" : strerror(-r));
        return *ret_reason ? -EIO : -ENOMEM;
}

static int add_identity_line(struct lines *lines, const char *name, const char *value)
{
        char *line = string_format("%s: %s", name, value);

        if (line && strlen(line) > IDENTITY_LINE_MAX) {
                free(line);
                lines->without = "it is too large for a request";
                return -EMSGSIZE;
        }

        return add_line(lines, line);
}

/* The document byte for byte as it was received, in base 64 for that; and its signature, which is base 64
 * already (metadata_set_pkcs7() sees to it). Where there is none, and none will come, the report goes
 * without: who insists on one says so. -EIO with the reason where one may come. */
static int add_identity(struct lines *lines, const struct metadata *metadata, char **ret_reason)
{
        _cleanup_buffer_ struct buffer encoded = { 0 };
        size_t n = lines->n;
        int r;

        if (!metadata || !metadata->identity || !metadata->identity_pkcs7) {
                lines->without = metadata && metadata->note ? metadata->note : "it was not given";
                if (!metadata || !metadata->pending)
                        return 0;
                *ret_reason =
                        string_format("there is no signed identity document to send yet: %s", lines->without);
                return *ret_reason ? -EIO : -ENOMEM;
        }
        r = base64_encode(text_from_string(metadata->identity), &encoded);
        if (r >= 0)
                r = add_identity_line(lines, "ECS-Identity-Document", encoded.data);
        if (r >= 0)
                r = add_identity_line(lines, "ECS-Identity-Signature", metadata->identity_pkcs7);
        /* Never one without the other. */
        while (r < 0 && lines->n > n) {
                free(lines->items[--lines->n]);
                lines->items[lines->n] = NULL;
        }

        return r == -EMSGSIZE ? 0 : r;
}

static int make_lines(const struct sink *sink, const struct event *event, struct lines *lines,
                      char **ret_reason)
{
        const char *token = sink_setting(sink, "token-file");
        int r;

        r = add_line(lines, strdup("Content-Type: application/cloudevents+json; charset=utf-8"));
        if (r >= 0)
                r = add_line(lines, strdup("Accept: application/json"));
        if (r >= 0 && token)
                r = add_token(lines, token, ret_reason);
        if (r >= 0 && sink_setting_true(sink, "identity"))
                r = add_identity(lines, event->metadata, ret_reason);

        return r;
}

/* What an answer makes us do. The first row that fits counts. */
static const struct {
        long from, to;
        enum delivery delivery;
        const char *why;
} answers[] = {
        { 200, 299, DELIVERY_DONE, NULL },
        { 300, 399, DELIVERY_PARK, "it is elsewhere, and we do not follow: url= has to be its last address" },
        { 408, 408, DELIVERY_RETRY, "the request took too long" },
        { 410, 410, DELIVERY_STOP, "it is gone for good" },
        { 413, 413, DELIVERY_PARK, "the report is too large for it" },
        { 415, 415, DELIVERY_PARK, "it takes no events of CloudEvents in structured mode" },
        { 425, 425, DELIVERY_RETRY, "it is too early" },
        { 429, 429, DELIVERY_RETRY, "there are too many requests" },
        { 400, 499, DELIVERY_PARK, "the report is refused" },
        { 500, 599, DELIVERY_RETRY, "the server has a fault" },
        { 0, 999, DELIVERY_RETRY, "that is no answer" },
};

static int judge(const struct http_answer *answer, const struct lines *lines, struct sink_result *ret)
{
        size_t i = 0;

        while (i + 1 < ARRAY_SIZE(answers) &&
               (answer->status < answers[i].from || answer->status > answers[i].to))
                i++;
        if (answers[i].delivery == DELIVERY_DONE)
                return 0;

        return sink_answer(ret, answers[i].delivery, answer->retry_after, "HTTP status %ld: %s%s%s",
                           answer->status, answers[i].why,
                           lines->without ? "; it went without the identity document: " : "",
                           lines->without ? lines->without : "");
}

/* What to say of a try that was not answered. */
static const char *describe(int error)
{
        switch (error) {
        case -ETIMEDOUT:
                return "no answer in time";
        case -ECONNREFUSED:
                return "no connection";
        case -EHOSTUNREACH:
                return "no such host, or no way to it";
        case -EACCES:
                return "TLS: one side does not trust the other";
        case -EMSGSIZE:
                return "the answer is too long";
        case -EPROTO:
                return "what came back is no answer";
        default:
                return strerror(-error);
        }
}

static bool parse_timeout(const char *value, unsigned *ret)
{
        uint64_t seconds;

        if (text_parse_u64(text_from_string(value), &seconds) < 0 || seconds == 0 || seconds > TIMEOUT_MAX_S)
                return false;
        *ret = (unsigned) seconds;
        return true;
}

static bool check_timeout(const char *value)
{
        unsigned seconds;

        return parse_timeout(value, &seconds);
}

static int post(const struct sink *sink, const struct lines *lines, const struct buffer *body,
                struct http_answer *ret)
{
        const char *timeout = sink_setting(sink, "timeout");
        unsigned seconds = 0;
        struct http_request request = { .method = "POST",
                                        .url = sink_setting(sink, "url"),
                                        .headers = (const char *const *) lines->items,
                                        .body = { body->data, body->len },
                                        .ca_file = sink_setting(sink, "ca"),
                                        .certificate_file = sink_setting(sink, "certificate"),
                                        .key_file = sink_setting(sink, "key"),
                                        .proxy = sink_setting(sink, "proxy") };

        if (timeout && parse_timeout(timeout, &seconds))
                request.total_ms = seconds * 1000;

        return http_exchange(&request, ret);
}

static int try(const struct sink *sink, const struct event *event, const struct lines *lines, size_t max,
               long *ret_status, struct sink_result *ret)
{
        _cleanup_http_answer_ struct http_answer answer = { 0 };
        _cleanup_buffer_ struct buffer body = { 0 };
        int r;

        r = event_to_cloudevent(event, max, &body);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return sink_answer(ret, DELIVERY_PARK, -1,
                                   r == -EMSGSIZE ? "it cannot be cut to %zu bytes"
                                                  : "it cannot be made an event of %zu bytes",
                                   max);

        r = post(sink, lines, &body, &answer);
        *ret_status = answer.status;
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return sink_answer(ret, r == -EINVAL ? DELIVERY_PARK : DELIVERY_RETRY, -1, "%s%s%s",
                                   describe(r), answer.reason ? ": " : "",
                                   answer.reason ? answer.reason : "");
        return judge(&answer, lines, ret);
}

static int deliver(const struct sink *sink, const struct event *event, struct sink_result *ret)
{
        _cleanup_(lines_done) struct lines lines = { .n = 0 };
        _cleanup_free_ char *reason = NULL;
        long status = 0;
        int r;

        *ret = (struct sink_result){ .delivery = DELIVERY_DONE, .retry_after = -1 };
        r = make_lines(sink, event, &lines, &reason);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return sink_answer(ret, DELIVERY_RETRY, -1, "%s", reason ? reason : strerror(-r));

        r = try(sink, event, &lines, EVENT_MAX, &status, ret);
        if (r < 0 || ret->delivery != DELIVERY_PARK || status != 413)
                return r;
        sink_result_done(ret);
        *ret = (struct sink_result){ .delivery = DELIVERY_DONE, .retry_after = -1 };
        return try(sink, event, &lines, EVENT_SHRUNK, &status, ret);
}

static const struct sink_key keys[] = {
        { "url", true, sink_check_https, "an address with https:// and without a password",
          "Where events are sent by POST. Redirects are not followed." },
        { "token-file", false, sink_check_path, "a path that begins with /",
          "A file with a token, sent as \"Authorization: Bearer\"; read anew each time." },
        { "ca", false, sink_check_path, "a path that begins with /",
          "Certificates in PEM that are trusted instead of the system's." },
        { "certificate", false, sink_check_path, "a path that begins with /",
          "Our own certificate in PEM, for servers that want one." },
        { "key", false, sink_check_path, "a path that begins with /", "The key of certificate=." },
        { "proxy", false, sink_check_proxy, "an address with http:// and without a password",
          "A proxy; no environment variable is asked for one." },
        { "timeout", false, check_timeout, "a number of seconds from 1 to 120",
          "How long one try may take. Default: 30." },
        { "identity", false, sink_check_boolean, "yes or no",
          "Sends the instance's signed identity document along, as proof of who we are." },
        { NULL },
};

const struct sink_kind sink_webhook = {
        .type = "webhook", .keys = keys, .event_max = EVENT_MAX, .deliver = deliver
};
