/* SPDX-License-Identifier: Apache-2.0 */

/* Where in our source an event was said is no news for anybody. */
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "control/events.h"

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

enum { FIELDS_MAX = 16 };

const struct event_kind event_kinds[EVENT_COUNT] = {
        [EVENT_VERDICT] = { "verdict", "596f5121813147f0957f3eb7e71b7826", LOG_NOTICE },
        [EVENT_FOUND] = { "found", "89303bb5922c4ce29f38f5b85bae6311", LOG_WARNING },
        [EVENT_CURED] = { "cured", "96e62568679349ad852c04ee227fe271", LOG_NOTICE },
        [EVENT_APPLIED] = { "applied", "db1cac6063fa40698a47437f606b0caf", LOG_NOTICE },
        [EVENT_REFUSED] = { "refused", "76722d7b9e734046aad00b96b5800811", LOG_WARNING },
        [EVENT_UNDONE] = { "undone", "2bb4a6645f2c41c480b1a8b2ef143841", LOG_NOTICE },
        [EVENT_SETTLED] = { "settled", "18028513561a45c99366358bdac1c2c3", LOG_NOTICE },
        [EVENT_RECOVERED] = { "recovered", "058cbfe3d9724b65b4f5b005dd6599a0", LOG_WARNING },
        [EVENT_CONFIGURED] = { "configured", "5f2d9166c50e4befaebcd528748b3f85", LOG_INFO },
        [EVENT_CONFIG_FAULT] = { "config-fault", "6938cb317cc74272a87a3c9b97b0aca7", LOG_WARNING },
        [EVENT_WORKER_LOST] = { "worker-lost", "f25c6e26ab304fcd92cf2056655d2560", LOG_ERR },
        [EVENT_TROUBLE] = { "trouble", "595fadc1dfcf44058a863ba9cbfd3624", LOG_ERR },
        [EVENT_DELIVERED] = { "delivered", "469c418bf5f74a8387a43537bde91660", LOG_INFO },
        [EVENT_DELAYED] = { "delayed", "d8464c19498b4d32b898a90ba72cfcfc", LOG_WARNING },
        [EVENT_PARKED] = { "parked", "47e016be9222433e828ba46555645f1d", LOG_ERR },
        [EVENT_SINK_STOPPED] = { "sink-stopped", "819ced6d9d5d4f12a257a79d2509171b", LOG_ERR },
};

static const char *who = "agent";
static char opener[3 * sizeof(long)]; /* the process that event_open() was called in */
static bool to_journal;

int event_target_parse(const char *name, enum event_target *ret)
{
        static const char *const names[] = {
                [EVENT_TO_ANY] = "auto",
                [EVENT_TO_JOURNAL] = "journal",
                [EVENT_TO_STDERR] = "stderr",
        };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (string_equal(name, names[i])) {
                        *ret = (enum event_target) i;
                        return 0;
                }

        return -EINVAL;
}

void event_open(enum event_target target, const char *program)
{
        who = program;
        (void) snprintf(opener, sizeof(opener), "%ld", (long) getpid());
        to_journal =
                target == EVENT_TO_JOURNAL || (target == EVENT_TO_ANY && access(JOURNAL_SOCKET, W_OK) == 0);
}

static bool add(struct iovec *vector, size_t *n, const char *name, const char *value)
{
        char *text;

        if (!value)
                return true;
        text = *n < FIELDS_MAX ? string_format("%s=%s", name, value) : NULL;
        if (!text)
                return false;

        vector[(*n)++] = (struct iovec){ text, strlen(text) };
        return true;
}

static void send_to_journal(const struct event_kind *kind, int priority, const struct event_field *fields,
                            const char *message)
{
        struct iovec vector[FIELDS_MAX];
        char number[3 * sizeof(priority)], sender[sizeof(opener)];
        size_t n = 0;

        (void) snprintf(number, sizeof(number), "%d", priority);
        (void) snprintf(sender, sizeof(sender), "%ld", (long) getpid());
        /* A worker may be gone before the journal looks up whose unit it belonged to: it names the daemon,
         * too. See OBJECT_PID= in systemd.journal-fields(7). */
        if (!string_equal(sender, opener))
                (void) add(vector, &n, "OBJECT_PID", opener);
        if (add(vector, &n, "MESSAGE", message) && add(vector, &n, "MESSAGE_ID", kind->message_id) &&
            add(vector, &n, "PRIORITY", number) && add(vector, &n, "SYSLOG_IDENTIFIER", "ecs-guest-agent")) {
                for (; fields && fields->name; fields++)
                        (void) add(vector, &n, fields->name, fields->value);
                (void) sd_journal_sendv(vector, (int) n);
        }
        while (n > 0)
                free(vector[--n].iov_base);
}

static void say(enum event_name event, int priority, const struct event_field *fields, const char *format,
                va_list arguments)
{
        _cleanup_buffer_ struct buffer message = { 0 }, shown = { 0 };

        buffer_addv(&message, format, arguments);
        buffer_add_escaped(&shown, (struct text){ message.data, message.len });
        if (message.failed || shown.failed || !shown.data)
                return;

        if (to_journal)
                send_to_journal(&event_kinds[event], priority, fields, shown.data);
        else
                (void) fprintf(stderr, "%s: %s: %s\n", who, event_kinds[event].name, shown.data);
}

void event_say(enum event_name event, const struct event_field *fields, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        say(event, event_kinds[event].priority, fields, format, arguments);
        va_end(arguments);
}

void event_say_at(enum event_name event, int priority, const struct event_field *fields, const char *format,
                  ...)
{
        va_list arguments;

        va_start(arguments, format);
        say(event, priority, fields, format, arguments);
        va_end(arguments);
}
