/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox/status.h"
#include "control/outbox.h"
#include "control/state.h"
#include "engine/diag.h"
#include "engine/root.h"
#include "engine/store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <time.h>

enum { WARNINGS_SHOWN_MAX = 64 };

/* The warnings so far. */
struct list {
        struct json_builder *builder;
        struct json_object *array;
        size_t n;
};

static void add(struct list *list, const char *format, ...) _printf_(2, 3);
static void add(struct list *list, const char *format, ...)
{
        _cleanup_free_ char *line = NULL;
        va_list arguments;

        if (list->n++ >= WARNINGS_SHOWN_MAX)
                return;
        va_start(arguments, format);
        line = string_formatv(format, arguments);
        va_end(arguments);
        list->builder->failed = list->builder->failed || !line;
        json_append_string(list->builder, list->array, line);
}

/* "2026-11-22T21:05:00Z"; NULL for what is no time. */
static const char *format_time(int64_t seconds, char ret[static 32])
{
        time_t time = (time_t) seconds;
        struct tm tm;

        return seconds > 0 && gmtime_r(&time, &tm) && strftime(ret, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0 ? ret
                                                                                                       : NULL;
}

static void add_sink(struct list *list, const struct sink_state *sink)
{
        const char *reason = sink->reason ? sink->reason : "";
        const char *when;
        char time[32];

        when = format_time(sink->not_before, time);
        if (sink->stopped)
                add(list, "sink %s gets no reports any more, until its section is changed: %s", sink->name,
                    reason);
        else if (sink->paused)
                add(list,
                    "sink %s is left alone until %s, the next boot, a change of its section, or 'agentctl "
                    "report --send': %s",
                    sink->name, when ? when : "tomorrow", reason);
        else if (sink->failures > 0)
                add(list, "sink %s: %u %s failed, the next one is at %s: %s", sink->name, sink->failures,
                    sink->failures == 1 ? "delivery" : "deliveries in a row", when ? when : "once", reason);
        for (size_t i = 0; i < sink->n_parked; i++)
                add(list, "sink %s: report %" PRIu64 " was not delivered, and will not be: %s", sink->name,
                    sink->parked[i].sequence, sink->parked[i].reason);
}

static void add_state(struct json_builder *builder, struct json_object *object, struct list *list,
                      int reporter)
{
        _cleanup_state_ struct state state = { 0 };
        int64_t last = 0;
        char time[32];
        int r = reporter < 0 ? 0 : state_read(reporter, &state);

        if (r < 0)
                add(list, "what the reporter remembers cannot be used; it sends again what still waits");
        for (size_t i = 0; i < state.n_sinks; i++) {
                if (state.sinks[i].delivered > last)
                        last = state.sinks[i].delivered;
                add_sink(list, &state.sinks[i]);
        }
        for (size_t i = 0; i < state.n_disabled; i++)
                add(list, "%s; this sink gets nothing", state.disabled[i].reason);
        json_add_string(builder, object, "lastDelivery", format_time(last, time));
}

/* Both are directories of the agent's home, which somebody else may write to. */
static int open_below(struct root *root, const char *name)
{
        _cleanup_close_ int home = store_open_home(root, false, NULL);
        int fd;

        if (home < 0)
                return home;
        fd = openat(home, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

int64_t outbox_count_waiting(struct root *root)
{
        _cleanup_close_ int fd = open_below(root, "outbox");
        _cleanup_outbox_list_ struct outbox_list list = { 0 };

        if (fd == -ENOENT)
                return 0;

        return fd < 0 || outbox_list(fd, &list) < 0 ? -1 : (int64_t) list.n;
}

void outbox_touch(struct root *root)
{
        _cleanup_close_ int fd = open_below(root, "outbox");

        if (fd >= 0)
                (void) futimens(fd, NULL);
}

void outbox_add_status(struct root *root, struct json_builder *builder, struct json_object *object,
                       struct json_object *warnings)
{
        struct list list = { .builder = builder, .array = warnings };
        _cleanup_close_ int reporter = open_below(root, "reporter");
        int64_t n = outbox_count_waiting(root);

        add_state(builder, object, &list, reporter);
        if (n < 0)
                add(&list, "the outbox cannot be read");
        json_add_int(builder, object, "waitingReports", n < 0 ? 0 : n);
}
