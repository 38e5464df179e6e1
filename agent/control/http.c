/* SPDX-License-Identifier: Apache-2.0 */
#include "control/http.h"

#include <curl/curl.h>
#include <string.h>
#include <strings.h>

enum {
        CONNECT_MS = 5 * 1000,
        TOTAL_MS = 30 * 1000,
        ANSWER_MAX = 64 * 1024,
        HEADERS_MAX = 64 * 1024, /* of all headers of an exchange */
        REASON_MAX = 256,
};

struct exchange {
        struct http_answer *answer;
        size_t answer_max;
        size_t headers;    /* bytes so far */
        char *retry_after; /* as it stands there; NULL for none */
        bool headers_end;  /* libcurl takes an answer that is cut in its headers for a whole one */
        bool too_long;
        bool no_memory;
};

static size_t take_body(char *data, size_t size, size_t n, void *userdata)
{
        struct exchange *exchange = userdata;
        struct buffer *body = &exchange->answer->body;

        n *= size;
        if (n > exchange->answer_max - body->len) {
                exchange->too_long = true;
                return 0;
        }
        buffer_add(body, data, n);
        exchange->no_memory = exchange->no_memory || body->failed;
        return body->failed ? 0 : n;
}

/* The value, where the line is a header of this name. */
static bool is_header(struct text line, const char *name, struct text *ret)
{
        struct text before, after;

        if (!text_split(line, ':', &before, &after) || before.len != strlen(name) ||
            strncasecmp(before.data, name, before.len) != 0)
                return false;
        *ret = text_trim(after);
        return true;
}

static size_t take_header(char *data, size_t size, size_t n, void *userdata)
{
        struct exchange *exchange = userdata;
        struct text line = { data, n * size }, value;

        exchange->headers += line.len;
        if (exchange->headers > HEADERS_MAX) {
                exchange->too_long = true;
                return 0;
        }
        exchange->headers_end = exchange->headers_end || text_equal(line, "\r\n") || text_equal(line, "\n");
        line = text_chomp(line);
        /* Headers of a proxy, or of an answer that announced the real one. */
        if (text_starts(line, "HTTP/")) {
                free(take_ptr(exchange->retry_after));
                exchange->answer->date = 0;
                exchange->headers_end = false;
        } else if (is_header(line, "Retry-After", &value) && !exchange->retry_after) {
                exchange->retry_after = text_dup(value);
        } else if (is_header(line, "Date", &value)) {
                _cleanup_free_ char *date = text_dup(value);
                time_t time = date ? curl_getdate(date, NULL) : -1;

                exchange->answer->date = time > 0 ? time : 0;
        }

        return n * size;
}

static int64_t parse_retry_after(const char *value, time_t date)
{
        uint64_t seconds;
        time_t until;

        if (!value)
                return -1;
        if (text_parse_u64(text_from_string(value), &seconds) >= 0)
                return seconds > INT32_MAX ? INT32_MAX : (int64_t) seconds;
        until = curl_getdate(value, NULL);
        if (until <= 0)
                return -1;
        if (date == 0)
                date = time(NULL);

        return until > date ? (int64_t) (until - date) : 0;
}

/* What becomes of the codes of libcurl; anything else is -EIO. */
static const struct {
        CURLcode code;
        int error;
} errors[] = {
        { CURLE_OPERATION_TIMEDOUT, -ETIMEDOUT },
        { CURLE_COULDNT_CONNECT, -ECONNREFUSED },
        { CURLE_COULDNT_RESOLVE_HOST, -EHOSTUNREACH },
        { CURLE_COULDNT_RESOLVE_PROXY, -EHOSTUNREACH },
        { CURLE_SSL_CONNECT_ERROR, -EACCES },
        { CURLE_SSL_CERTPROBLEM, -EACCES },
        { CURLE_SSL_CIPHER, -EACCES },
        { CURLE_SSL_CACERT, -EACCES },
        { CURLE_SSL_CACERT_BADFILE, -EACCES },
        { CURLE_SSL_ISSUER_ERROR, -EACCES },
        { CURLE_PEER_FAILED_VERIFICATION, -EACCES },
        { CURLE_UNSUPPORTED_PROTOCOL, -EPROTO },
        { CURLE_FTP_WEIRD_SERVER_REPLY, -EPROTO }, /* of HTTP too, under its old name */
        { CURLE_GOT_NOTHING, -EPROTO },
        { CURLE_PARTIAL_FILE, -EPROTO },
        { CURLE_RECV_ERROR, -EPROTO },
        { CURLE_SEND_ERROR, -EPROTO },
        { CURLE_BAD_CONTENT_ENCODING, -EPROTO },
        { CURLE_URL_MALFORMAT, -EINVAL },
        { CURLE_OUT_OF_MEMORY, -ENOMEM },
};

static int error_of(CURLcode code, const struct exchange *exchange)
{
        if (exchange->no_memory)
                return -ENOMEM;
        if (exchange->too_long)
                return -EMSGSIZE;
        for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
                if (errors[i].code == code)
                        return errors[i].error;

        return -EIO;
}

static bool is_clean(const char *string)
{
        for (; *string; string++)
                if ((unsigned char) *string < ' ' || *string == 127)
                        return false;

        return true;
}

static bool url_is_allowed(const struct http_request *request)
{
        struct text url = text_from_string(request->url);

        return is_clean(request->url) && !text_contains(url, " ") &&
               (text_starts(url, "https://") || (request->plain && text_starts(url, "http://")));
}

static int add_header(struct curl_slist **headers, const char *line)
{
        struct curl_slist *longer;

        if (!is_clean(line))
                return -EINVAL;
        longer = curl_slist_append(*headers, line);
        if (!longer)
                return -ENOMEM;

        *headers = longer;
        return 0;
}

/* "Expect: 100-continue" would cost a second where it is not understood; what libcurl takes a body to be is
 * not true. An empty value takes a header away. */
static int make_headers(const struct http_request *request, struct curl_slist **ret)
{
        bool typed = false;
        int r = add_header(ret, "Expect:");

        for (size_t i = 0; request->headers && request->headers[i] && r >= 0; i++) {
                typed = typed || strncasecmp(request->headers[i], "Content-Type:", 13) == 0;
                r = add_header(ret, request->headers[i]);
        }

        return r >= 0 && !typed ? add_header(ret, "Content-Type:") : r;
}

/* The first failure stays: a setting that was not taken must not be done without. */
struct setup {
        CURL *curl;
        CURLcode code;
};
#define SET(setup, option, value)                                                                            \
        do {                                                                                                 \
                if ((setup)->code == CURLE_OK)                                                               \
                        (setup)->code = curl_easy_setopt((setup)->curl, option, value);                      \
        } while (0)

static void set_protocols(struct setup *setup, bool plain)
{
/* Options are members of an enum: only the version says which there are. */
#if LIBCURL_VERSION_NUM >= 0x075500
        SET(setup, CURLOPT_PROTOCOLS_STR, plain ? "http,https" : "https");
        SET(setup, CURLOPT_REDIR_PROTOCOLS_STR, "https");
#else
        SET(setup, CURLOPT_PROTOCOLS,
            plain ? (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS) : (long) CURLPROTO_HTTPS);
        SET(setup, CURLOPT_REDIR_PROTOCOLS, (long) CURLPROTO_HTTPS);
#endif
        SET(setup, CURLOPT_FOLLOWLOCATION, 0L);
        SET(setup, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
}

static void set_trust(struct setup *setup, const struct http_request *request)
{
        SET(setup, CURLOPT_SSL_VERIFYPEER, 1L);
        SET(setup, CURLOPT_SSL_VERIFYHOST, 2L);
#if LIBCURL_VERSION_NUM >= 0x072200
        SET(setup, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
#else
        /* 1.0 or what is newest on both sides: the floor's NSS would not go beyond 1.0 without it. */
        SET(setup, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1);
#endif
        if (request->ca_file) {
                SET(setup, CURLOPT_CAINFO, request->ca_file);
                /* Else the directory of the system's would be trusted besides. */
                SET(setup, CURLOPT_CAPATH, NULL);
        }
        if (request->certificate_file)
                SET(setup, CURLOPT_SSLCERT, request->certificate_file);
        if (request->key_file)
                SET(setup, CURLOPT_SSLKEY, request->key_file);
}

static void set_limits(struct setup *setup, const struct http_request *request, struct exchange *exchange)
{
        SET(setup, CURLOPT_NOSIGNAL, 1L);
        SET(setup, CURLOPT_CONNECTTIMEOUT_MS,
            (long) (request->connect_ms ? request->connect_ms : CONNECT_MS));
        SET(setup, CURLOPT_TIMEOUT_MS, (long) (request->total_ms ? request->total_ms : TOTAL_MS));
        SET(setup, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) exchange->answer_max);
        SET(setup, CURLOPT_WRITEFUNCTION, take_body);
        SET(setup, CURLOPT_WRITEDATA, exchange);
        SET(setup, CURLOPT_HEADERFUNCTION, take_header);
        SET(setup, CURLOPT_HEADERDATA, exchange);
}

/* An empty string is not the same as none: that would have the environment asked. */
static void set_proxy(struct setup *setup, const struct http_request *request)
{
        SET(setup, CURLOPT_PROXY, request->proxy ? request->proxy : "");
        SET(setup, CURLOPT_NOPROXY, request->proxy ? "" : "*");
}

static void set_request(struct setup *setup, const struct http_request *request, struct curl_slist *headers)
{
        SET(setup, CURLOPT_URL, request->url);
        SET(setup, CURLOPT_USERAGENT, "ecs-guest-agent/" VERSION);
        SET(setup, CURLOPT_HTTPHEADER, headers);
        if (!string_equal(request->method, "GET")) {
                SET(setup, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->body.len);
                SET(setup, CURLOPT_POSTFIELDS, request->body.data ? request->body.data : "");
                SET(setup, CURLOPT_CUSTOMREQUEST, request->method);
        }
}

static int perform(CURL *curl, struct curl_slist *headers, const struct http_request *request,
                   struct exchange *exchange)
{
        struct setup setup = { .curl = curl };
        char detail[CURL_ERROR_SIZE] = "";

        SET(&setup, CURLOPT_ERRORBUFFER, detail);
        set_protocols(&setup, request->plain);
        set_trust(&setup, request);
        set_limits(&setup, request, exchange);
        set_proxy(&setup, request);
        set_request(&setup, request, headers);
        if (setup.code == CURLE_OK)
                setup.code = curl_easy_perform(curl);
        exchange->too_long = exchange->too_long || setup.code == CURLE_FILESIZE_EXCEEDED;
        if (setup.code == CURLE_OK)
                setup.code = curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &exchange->answer->status);
        if (setup.code == CURLE_OK)
                return exchange->answer->status > 0 && exchange->headers_end ? 0 : -EPROTO;

        exchange->answer->reason =
                exchange->too_long ? string_format("the answer is longer than it may be")
                                   : string_format("%.*s", REASON_MAX,
                                                   detail[0] ? detail : curl_easy_strerror(setup.code));
        return error_of(setup.code, exchange);
}

int http_exchange(const struct http_request *request, struct http_answer *ret)
{
        struct exchange exchange = { .answer = ret,
                                     .answer_max = request->answer_max ? request->answer_max : ANSWER_MAX };
        struct curl_slist *headers = NULL;
        CURL *curl;
        int r;

        *ret = (struct http_answer){ .retry_after = -1 };
        if (!url_is_allowed(request)) {
                ret->reason = string_format("the address is none with %s",
                                            request->plain ? "http:// or https://" : "https://");
                return -EINVAL;
        }
        r = make_headers(request, &headers);
        curl = r >= 0 ? curl_easy_init() : NULL;
        if (r >= 0)
                r = curl ? perform(curl, headers, request, &exchange) : -ENOMEM;
        ret->retry_after = parse_retry_after(exchange.retry_after, ret->date);
        curl_easy_cleanup(curl);
        curl_slist_free_all(headers);
        free(exchange.retry_after);

        return r;
}

void http_answer_done(struct http_answer *answer)
{
        buffer_done(&answer->body);
        free(answer->reason);
        *answer = (struct http_answer){ 0 };
}
