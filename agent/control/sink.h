/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A place that reports go to: a section "[Sink NAME]" of agent.conf with "type=" and the keys of that type.
 */

#include "base/text.h"
#include "control/metadata.h"

struct json_object;

/* A change of the verdict, as it lies in the outbox. */
struct event {
        const char *id;             /* the same for each try */
        uint64_t sequence;          /* grows by each event of this machine */
        const char *time;           /* "2026-11-22T21:05:00Z": of the scan */
        const char *source;         /* of the event, the same for each try as well; NULL: event_source() */
        struct json_object *report; /* the document io.ecsguest.report/1 */
        const struct metadata *metadata;
};

struct sink_setting {
        char *key;
        char *value;
};

struct sink {
        char *name;
        const struct sink_kind *kind;
        struct sink_setting *settings;
        size_t n_settings;
        const struct metadata_options *metadata; /* for who needs credentials */
};

/* The value, or NULL. */
const char *sink_setting(const struct sink *sink, const char *key);

enum delivery {
        DELIVERY_DONE,
        DELIVERY_RETRY, /* later, in order: nothing is sent before it */
        DELIVERY_PARK,  /* this event never; the next ones may be */
        DELIVERY_STOP,  /* nothing more, until the configuration changes */
        DELIVERY_PAUSE, /* not for a day, or until the next boot, another configuration, or somebody asks */
};

struct sink_result {
        enum delivery delivery;
        int64_t retry_after; /* seconds, of the other side's wish; -1 for none */
        char *reason;        /* for people; no secrets; NULL after DELIVERY_DONE */
};

struct sink_key {
        const char *name;
        bool required;
        bool (*check)(const char *value); /* NULL: anything that is not empty */
        const char *wanted; /* what check() takes, for the warning: "an address with https://" */
        const char *help;   /* for the manual */
};

struct sink_kind {
        const char *type;            /* "webhook" */
        const struct sink_key *keys; /* ends with a NULL name */
        size_t event_max;            /* bytes of a report that it takes: passes are dropped to fit; 0: any */
        bool local;                  /* no network is needed: nobody to be spared after a boot */
        bool newest_only; /* what it holds is replaced by each report: of several that wait the last will do
                           */
        /* -ENOMEM, or 0 and the result. */
        int (*deliver)(const struct sink *sink, const struct event *event, struct sink_result *ret);
};

/* All kinds; ends with NULL. */
extern const struct sink_kind *const sink_kinds[];
/* Whether a setting is "yes", as systemd spells it: 1, yes, true or on. */
bool sink_setting_true(const struct sink *sink, const char *key);
/* Checks that several kinds share. */
bool sink_check_path(const char *value);    /* "/…", without "..", "a path that begins with /" */
bool sink_check_https(const char *value);   /* https:// and a host, no user name or password in it */
bool sink_check_proxy(const char *value);   /* the same with http:// or https:// */
bool sink_check_boolean(const char *value); /* "yes or no" */
/* The result, with a formatted reason. -ENOMEM, or 0. */
_must_check_ int sink_answer(struct sink_result *ret, enum delivery delivery, int64_t retry_after,
                             const char *format, ...) _printf_(4, 5);
extern const struct sink_kind sink_file, sink_webhook, sink_ecs_tags, sink_cloudmonitor;
void sink_result_done(struct sink_result *result);

/* Who says so, by what is known now. NULL without memory. */
char *event_source(const struct event *event);
/* The report as a CloudEvent 1.0 of at most max bytes (0: any), structured mode, on one line; its content
 * type is EVENT_CONTENT_TYPE of report/event.h. Findings that pass are dropped first, then those that are
 * skipped, then notes, and "data" says so ("dropped": how many). -EMSGSIZE when it cannot be made to fit,
 * -EINVAL without an id or a report, -ENOMEM. */
_must_check_ int event_to_cloudevent(const struct event *event, size_t max, struct buffer *ret);
