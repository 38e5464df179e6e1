/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the daemon and the reporter say in the journal: one MESSAGE_ID for each kind of event, explained in
 * packaging/systemd/ecs-guest-agent.catalog. Nothing is said twice: a finding when it appears and when it is
 * gone, not at each scan. */

#include "base/text.h"

enum event_name {
        EVENT_VERDICT,      /* the verdict is known, or another one */
        EVENT_FOUND,        /* a finding has appeared, or got worse */
        EVENT_CURED,        /* it is gone */
        EVENT_APPLIED,      /* a plan was carried out */
        EVENT_REFUSED,      /* it was not */
        EVENT_UNDONE,       /* a transaction was taken back */
        EVENT_SETTLED,      /* a reboot has shown what became of one */
        EVENT_RECOVERED,    /* an interrupted one was taken back */
        EVENT_CONFIGURED,   /* the configuration was read again */
        EVENT_CONFIG_FAULT, /* something in it, or in a waiver, is wrong */
        EVENT_WORKER_LOST,  /* a worker crashed, or was ended */
        EVENT_TROUBLE,      /* something the agent needs is not to be had */
        EVENT_DELIVERED,    /* a sink has a report */
        EVENT_DELAYED,      /* it could not be delivered, and is tried again */
        EVENT_PARKED,       /* a sink will never get it */
        EVENT_SINK_STOPPED, /* a sink gets nothing more until its section changes */
        EVENT_COUNT
};

struct event_kind {
        const char *name;       /* as the catalog's test calls it */
        const char *message_id; /* 32 hexadecimal digits, never reused */
        int priority;           /* of syslog(3), where the caller gives none */
};

extern const struct event_kind event_kinds[EVENT_COUNT];

/* A field of the journal: our names, upper case; what has no value is left out. */
struct event_field {
        const char *name;
        const char *value;
};

enum event_target {
        EVENT_TO_ANY, /* the journal where there is one, else stderr */
        EVENT_TO_JOURNAL,
        EVENT_TO_STDERR,
};

/* Where all that follows goes, and who says it on stderr. EVENT_TO_ANY looks once, now. */
void event_open(enum event_target target, const char *program);
/* "auto", "journal" or "stderr"; -EINVAL for another word. */
_must_check_ int event_target_parse(const char *name, enum event_target *ret);

/* fields end with a NULL name; NULL for none. Never fails: what cannot be said is not. */
void event_say(enum event_name event, const struct event_field *fields, const char *format, ...)
        _printf_(3, 4);
/* The same with a priority of its own. */
void event_say_at(enum event_name event, int priority, const struct event_field *fields, const char *format,
                  ...) _printf_(4, 5);
