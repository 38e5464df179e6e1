/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One HTTP exchange by libcurl, for the reporter. No redirect is followed, nothing of an answer is believed
 * but its status, a few headers and a bounded body, and no more than the URL's own scheme is spoken. */

#include "base/text.h"

#include <time.h>

struct http_request {
        const char *method; /* "GET", "PUT", "POST" */
        const char *url;
        bool plain;                 /* http:// is allowed; else https:// only */
        const char *const *headers; /* "Name: value", NULL-terminated; without line breaks, or -EINVAL */
        struct text body;           /* data NULL for none */
        const char *ca_file;        /* PEM; trusted instead of the system's; NULL for those */
        const char *certificate_file, *key_file; /* of the client; NULL for none */
        const char *proxy;                       /* NULL for none: the environment is not asked either way */
        unsigned connect_ms, total_ms;           /* 0: 5 seconds, 30 seconds */
        size_t answer_max;                       /* bytes of body; 0: 64 KiB. More is an error */
};

struct http_answer {
        long status;         /* 200, 404, … */
        struct buffer body;  /* may hold NUL bytes */
        int64_t retry_after; /* seconds from now, of Retry-After in either form; -1 for none */
        time_t date;         /* what the server takes the time to be; 0 when it does not say */
        char *reason;        /* after an error: for people, without a secret in it */
};

/* 0 for any status that was heard. -ETIMEDOUT, -ECONNREFUSED, -EHOSTUNREACH (no name, no route), -EACCES (the
 * other side is not trusted, or does not trust us), -EMSGSIZE (the answer is too long), -EPROTO (it is none),
 * -EINVAL (the request is none), -EIO for the rest, -ENOMEM. Free the answer in any case. */
_must_check_ int http_exchange(const struct http_request *request, struct http_answer *ret);
void http_answer_done(struct http_answer *answer);
#define _cleanup_http_answer_ _cleanup_(http_answer_done)
