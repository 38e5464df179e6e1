/* SPDX-License-Identifier: Apache-2.0 */
#include "control/acs-call.h"

#include "base/json.h"

#include <string.h>

/* A custom event of CloudMonitor for each change of the verdict, one a call, which is within each of the
 * limits that are told of it. The verdict is part of the name, since that is what alarms choose by. */

#define NAME "ecs_guest_agent"

enum {
        CONTENT_MAX = 16 * 1024, /* encoded three times as much at most; a call may have 500 KB */
        EVENT_NAME_MAX = 40,
};

static const char *verdict_of(const struct event *event)
{
        static const char *const known[] = { "ready", "not_ready" };
        struct text verdict;

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (json_get_text(event->report, "verdict", &verdict) >= 0 && text_equal(verdict, known[i]))
                        return known[i];

        return "unknown";
}

/* Milliseconds since 1970, the one form that is read in one way. 0 for what is no time. */
static long long milliseconds(const char *time)
{
        struct tm broken = { 0 };
        const char *end = strptime(time, "%Y-%m-%dT%H:%M:%SZ", &broken);

        return end && *end == '\0' ? 1000LL * (long long) timegm(&broken) : 0;
}

static int call_with(const struct sink *sink, const struct event *event, const char *host,
                     const char *content, struct sink_result *ret)
{
        const char *prefix = sink_setting(sink, "event-name"), *group = sink_setting(sink, "group");
        _cleanup_free_ char *name = string_format("%s_%s", prefix ? prefix : NAME, verdict_of(event));
        _cleanup_free_ char *time = string_format("%lld", milliseconds(event->time));
        const struct acs3_pair parameters[] = {
                { "EventInfo.1.EventName", name },
                { "EventInfo.1.GroupId", group ? group : "0" },
                { "EventInfo.1.Content", content },
                { "EventInfo.1.Time", time },
        };
        const struct acs_call call = {
                .host = host,
                .action = "PutCustomEvent",
                .version = "2019-01-01",
                .parameters = parameters,
                /* Without a time the service takes its own. */
                .n_parameters = ARRAY_SIZE(parameters) - (milliseconds(event->time) > 0 ? 0 : 1),
                .in_body = true,
        };

        return name && time ? acs_call(sink, &call, ret) : -ENOMEM;
}

static int deliver(const struct sink *sink, const struct event *event, struct sink_result *ret)
{
        const char *note = event->metadata ? event->metadata->note : NULL;
        _cleanup_buffer_ struct buffer content = { 0 };
        _cleanup_free_ char *host = NULL;
        int r;

        r = acs_endpoint(sink, event, "metrics", &host);
        if (r < 0)
                return r;
        if (!host)
                return sink_answer(ret, DELIVERY_RETRY, -1, "which region this is, is not known%s%s",
                                   note ? ": " : "", note ? note : "");

        r = event_to_cloudevent(event, CONTENT_MAX, &content);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return sink_answer(ret, DELIVERY_PARK, -1, "the report cannot be made to fit into %d bytes",
                                   CONTENT_MAX);

        return call_with(sink, event, host, content.data, ret);
}

static bool is_name(const char *value)
{
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

        return strlen(value) <= EVENT_NAME_MAX && value[strspn(value, allowed)] == '\0';
}

static bool is_group(const char *value)
{
        uint64_t number;

        return text_parse_u64(text_from_string(value), &number) >= 0 && number <= INT64_MAX;
}

static const struct sink_key keys[] = {
        { "event-name", false, is_name, "up to 40 letters, digits and \"-_.\"",
          "What the names of events begin with; _ready, _not_ready or _unknown follows. Default: " NAME "." },
        { "group", false, is_group, "a number", "The id of an application group. Default: 0, none." },
        { "endpoint", false, acs_host_is_plain, "a host name in lower case, without https://",
          "The host of the CloudMonitor API. Default: metrics.REGION.aliyuncs.com." },
        { "ca", false, sink_check_path, "a path that begins with /",
          "Certificates in PEM that are trusted instead of the system's." },
        { "proxy", false, sink_check_proxy, "an address with http:// and without a password",
          "A proxy; no environment variable is asked for one." },
        { NULL },
};

const struct sink_kind sink_cloudmonitor = {
        .type = "cloudmonitor",
        .keys = keys,
        .event_max = CONTENT_MAX,
        .deliver = deliver,
};
