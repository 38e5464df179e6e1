/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One signed call of an API of the platform (of the RPC kind), and what its answer means for an event. */

#include "control/acs3.h"
#include "control/http.h"
#include "control/sink.h"

struct acs_call {
        const char *host; /* as it goes over the wire; acs_host_is_plain() */
        const char *action, *version;
        const struct acs3_pair *parameters;
        size_t n_parameters;
        bool in_body; /* as a form, where they are too long for an address */
};

/* "ecs-vpc.cn-hangzhou.aliyuncs.com", "api.example:8443": lower case, without a default port, so that what is
 * signed is what libcurl sends. */
bool acs_host_is_plain(const char *host);
/* "cn-hangzhou": nothing that could lead to another host. */
bool acs_region_is_plain(const char *region);
/* The setting "endpoint=", or else "PREFIX.REGION.aliyuncs.com". *ret NULL: there is no region. -ENOMEM. */
_must_check_ int acs_endpoint(const struct sink *sink, const struct event *event, const char *prefix,
                              char **ret);

/* Signs with credentials of the instance's role, sends, judges. -ENOMEM, or 0 and the result. */
_must_check_ int acs_call(const struct sink *sink, const struct acs_call *call, struct sink_result *ret);

/* A signed request; the part of acs_call() that knows neither clock nor network. */
enum { ACS_HEADERS_MAX = 12 };
struct acs_message {
        char *url;
        char *headers[ACS_HEADERS_MAX + 1]; /* "name: value" */
        struct buffer body;
};
_must_check_ int acs_message(const struct acs_call *call, const struct credentials *credentials,
                             const char *date, const char *nonce, struct acs_message *ret);
void acs_message_done(struct acs_message *message);
#define _cleanup_acs_message_ _cleanup_(acs_message_done)

/* What follows from an answer (acs-judge.c), or from its absence: error is that of http_exchange(). What the
 * other side says is in the reason only as far as it is harmless: a code, an id. */
_must_check_ int acs_judge(const struct acs_call *call, int error, const struct http_answer *answer,
                           time_t now, struct sink_result *ret);
