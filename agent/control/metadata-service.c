/* SPDX-License-Identifier: Apache-2.0 */
#include "control/metadata-service.h"
#include "base/wipe.h"
#include "control/http.h"
#include "control/metadata-fields.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>

#define TREE "2016-01-01"
#define TOKEN_HEADER "X-aliyun-ecs-metadata-token"

enum {
        CONNECT_MS = 1000,
        REQUEST_MS = 3000,
        RUN_MS = 10000, /* all requests of a run */
        RUN_REQUESTS = 16,
        TOKEN_SECONDS = 60,
        TOKEN_MAX = 2048,
};

bool metadata_environment_true(const char *name)
{
        const char *value = getenv(name);

        return value && strcasecmp(value, "true") == 0;
}

bool metadata_is_ecs(const char *directory)
{
        _cleanup_free_ char *path =
                string_format("%s/product_name", directory ? directory : "/sys/class/dmi/id");
        _cleanup_close_ int fd = path ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -EBADF;
        char name[64];
        ssize_t n = fd >= 0 ? read(fd, name, sizeof(name)) : -1;

        return n > 0 && text_equal(text_chomp((struct text){ name, (size_t) n }), "Alibaba Cloud ECS");
}

static uint64_t now_ms(void)
{
        struct timespec now = { 0 };

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

void metadata_service_begin(struct metadata_service *service, const struct metadata_options *options)
{
        *service = (struct metadata_service){ .base = options->base ? options->base : METADATA_BASE,
                                              .ends = now_ms() + RUN_MS,
                                              .wait = -1 };
}

void metadata_service_done(struct metadata_service *service)
{
        wipe_string(service->token);
        free(service->note);
        *service = (struct metadata_service){ 0 };
}

/* The end of the run. */
static int give_up(struct metadata_service *service, int error, const char *format, ...) _printf_(3, 4);
static int give_up(struct metadata_service *service, int error, const char *format, ...)
{
        va_list arguments;

        free(service->note);
        va_start(arguments, format);
        service->note = string_formatv(format, arguments);
        va_end(arguments);
        service->error = error;

        return service->note ? error : -ENOMEM;
}

/* One request. Never through a proxy, and no redirect is followed: see http.h. */
static int ask(struct metadata_service *service, const char *method, const char *path, const char *header,
               size_t max, struct http_answer *ret)
{
        uint64_t now = now_ms(), left = service->ends > now ? service->ends - now : 0;
        const char *const headers[] = { header, NULL };
        _cleanup_free_ char *url = string_format("%s/%s", service->base, path);
        struct http_request request = { .method = method,
                                        .url = url,
                                        .plain = true,
                                        .headers = headers,
                                        .connect_ms = CONNECT_MS,
                                        .total_ms = REQUEST_MS,
                                        .answer_max = max };

        if (!url)
                return -ENOMEM;
        if (left < request.total_ms)
                request.total_ms = (unsigned) left;
        if (service->n_asked >= RUN_REQUESTS || request.total_ms == 0)
                return -ETIME;
        service->n_asked++;

        return http_exchange(&request, ret);
}

static int too_many(struct metadata_service *service, const struct http_answer *answer)
{
        service->wait = answer->retry_after;
        return give_up(service, -EAGAIN, "the metadata service is asked too often (429)");
}

/* An answer that is too long is one: a fault of that value, not of the service. */
static int not_heard(struct metadata_service *service, int error, const struct http_answer *answer)
{
        if (error == -ENOMEM || error == -EMSGSIZE)
                return error;
        if (error == -ETIME)
                return give_up(service, -EAGAIN, "the metadata service is too slow");

        service->unreached = error == -ECONNREFUSED;
        return give_up(service, -EAGAIN, "the metadata service: %s",
                       answer->reason ? answer->reason : strerror(-error));
}

/* A token that may stand in a header. */
static int take_token(struct metadata_service *service, const struct http_answer *answer)
{
        struct text token = text_trim(text_chomp((struct text){ answer->body.data, answer->body.len }));

        if (!is_printable_word(token, TOKEN_MAX))
                return 0;
        service->token = text_dup(token);

        return service->token ? 0 : -ENOMEM;
}

/* Without one it goes on in normal mode: there are places whose service knows no tokens, and one that only
 * does says so at the next request. But not where nobody listens, and not where it is asked too often. */
static int get_token(struct metadata_service *service)
{
        _cleanup_http_answer_ struct http_answer answer = { .retry_after = -1 };
        _cleanup_free_ char *header = string_format(TOKEN_HEADER "-ttl-seconds: %d", TOKEN_SECONDS);
        int r;

        if (!header)
                return -ENOMEM;
        service->token_asked = true;
        wipe_string(take_ptr(service->token));
        r = ask(service, "PUT", "latest/api/token", header, TOKEN_MAX, &answer);
        service->token_status = r < 0 ? 0 : answer.status;
        if (r == -ENOMEM || r == -ECONNREFUSED || r == -EHOSTUNREACH || r == -ETIME)
                return not_heard(service, r, &answer);
        if (r >= 0 && answer.status == 429)
                return too_many(service, &answer);

        r = r >= 0 && answer.status == 200 ? take_token(service, &answer) : 0;
        wipe(answer.body.data, answer.body.len);
        if (r < 0 || service->token || !metadata_environment_true("ALIBABA_CLOUD_IMDSV1_DISABLED"))
                return r;

        return give_up(service, service->token_status == 0 ? -EAGAIN : -EACCES,
                       "the metadata service gave no token, and ALIBABA_CLOUD_IMDSV1_DISABLED is set");
}

/* 403 in normal mode has two causes, which the answer to the request for a token tells apart. */
static int forbidden(struct metadata_service *service)
{
        if (service->token)
                return give_up(service, -EACCES,
                               "the metadata service refuses (403), although it gave a token");
        if (service->token_status == 403)
                return give_up(service, -EACCES,
                               "the metadata service gave no token (403) and refuses without one: it is "
                               "switched off for this instance, or something in between adds a proxy header");

        return give_up(service, -EACCES,
                       "the metadata service demands a token (hardened mode), and gave none (%ld)",
                       service->token_status);
}

static int get_once(struct metadata_service *service, const char *path, size_t max,
                    struct http_answer *answer)
{
        char *header = NULL;
        int r;

        if (service->token) {
                header = string_format(TOKEN_HEADER ": %s", service->token);
                if (!header)
                        return -ENOMEM;
        }
        r = ask(service, "GET", path, header, max, answer);
        wipe_string(header);

        return r < 0 ? not_heard(service, r, answer) : 0;
}

static int judge_status(struct metadata_service *service, const char *path, const struct http_answer *answer)
{
        switch (answer->status) {
        case 200:
                return 0;
        case 404:
                return -ENOENT;
        case 403:
                return forbidden(service);
        case 429:
                return too_many(service, answer);
        default:
                return give_up(service, -EAGAIN, "the metadata service answers %ld for %s", answer->status,
                               path);
        }
}

int metadata_service_get(struct metadata_service *service, const char *path, size_t max, struct buffer *ret)
{
        _cleanup_http_answer_ struct http_answer answer = { .retry_after = -1 };
        _cleanup_free_ char *full = string_format(TREE "/%s", path);
        int r = 0;

        if (!full)
                return -ENOMEM;
        if (service->error < 0)
                return service->error;
        if (!service->token_asked)
                r = get_token(service);
        if (r >= 0)
                r = get_once(service, full, max, &answer);
        /* It has expired, or a service that was started anew does not know it. */
        if (r >= 0 && answer.status == 401 && service->token && !service->token_renewed) {
                service->token_renewed = true;
                http_answer_done(&answer);
                answer = (struct http_answer){ .retry_after = -1 };
                r = get_token(service);
                if (r >= 0)
                        r = get_once(service, full, max, &answer);
        }
        if (r >= 0)
                r = judge_status(service, path, &answer);
        if (r < 0)
                return r;

        *ret = answer.body;
        answer.body = (struct buffer){ 0 };
        return 0;
}
