/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "daemon/calls.h"
#include "daemon/daemon.h"
#include "daemon/own-scan.h"
#include "daemon/publish.h"
#include "daemon/subscribe.h"
#include "daemon/tasks.h"
#include "daemon/watcher.h"
#include "engine/root.h"
#include "outbox/status.h"

#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

/* When our own scans and repairs are made, and what becomes of what they say. */

enum {
        QUIET_MS = 150,     /* after a change nothing more has to happen for so long, */
        QUIET_MAX_MS = 500, /* or since the first of them */
        SCAN_LIMIT_MS = 120 * 1000,
        BUSY_MS = 5000,      /* before another writer is asked again */
        LOST_MS = 30 * 1000, /* before a scan is tried again that came to nothing */
        LOST_MAX = 3,
        CALM_MS = 10 * 1000, /* without a scan: the next ones are no hurry */
        NUDGE_MS = 30 * 1000,
};

/* A file that changes all the time must not keep the machine busy: after so many scans in a row that followed
 * each other closely, so long a pause. */
static const struct {
        unsigned n;
        unsigned pause_ms;
} pauses[] = { { 100, 60 * 1000 }, { 50, 10 * 1000 }, { 20, 3000 } };

static uint64_t pause_of(const struct daemon *daemon)
{
        for (size_t i = 0; i < ARRAY_SIZE(pauses); i++)
                if (daemon->n_hurried >= pauses[i].n)
                        return pauses[i].pause_ms;

        return 0;
}

void daemon_want_scan(struct daemon *daemon)
{
        uint64_t now = loop_now(), at, pause = pause_of(daemon);

        if (daemon->wanted_since == 0)
                daemon->wanted_since = now;
        at = now + QUIET_MS;
        if (at > daemon->wanted_since + QUIET_MAX_MS)
                at = daemon->wanted_since + QUIET_MAX_MS;
        if (pause > 0 && at < daemon->scanned_at + pause)
                at = daemon->scanned_at + pause;

        loop_timer_set(daemon->scan_timer, at > now ? at - now : 0);
}

void daemon_want_scan_now(struct daemon *daemon)
{
        if (daemon->wanted_since == 0)
                daemon->wanted_since = loop_now();
        loop_timer_stop(daemon->scan_timer);
        daemon->scan_due = true;
}

static void want_later(struct daemon *daemon, unsigned milliseconds)
{
        if (daemon->wanted_since == 0)
                daemon->wanted_since = loop_now();
        loop_timer_set(daemon->scan_timer, milliseconds);
}

static void time_has_come(void *userdata)
{
        struct daemon *daemon = userdata;

        daemon->scan_due = true;
        daemon_proceed(daemon);
}

static void waiver_ends(void *userdata)
{
        struct daemon *daemon = userdata;

        daemon_want_scan_now(daemon);
        daemon_proceed(daemon);
}

/* What is put into the outbox while the reporter is about to end is seen by nobody. */
static void nudge(void *userdata)
{
        struct daemon *daemon = userdata;
        _cleanup_root_ struct root *root = NULL;

        if (daemon_open_root(daemon, &root) >= 0)
                outbox_touch(root);
}

static void notify(struct daemon *daemon, const char *status)
{
        (void) sd_notifyf(0, "%sSTATUS=%s", daemon->ready ? "" : "READY=1\n", status);
        daemon->ready = true;
}

/* Days ahead, as a rule: the clock may be set meanwhile, so that it is looked at again once a day. */
static void set_expiry(struct daemon *daemon, int64_t end)
{
        enum { DAY = 24 * 60 * 60 };
        int64_t wait = end - (int64_t) time(NULL);

        if (end == 0)
                loop_timer_stop(daemon->expiry);
        else
                loop_timer_set(daemon->expiry, (uint64_t) (wait < 0     ? 1
                                                           : wait > DAY ? DAY
                                                                        : wait + 1) *
                                                       1000);
}

/* Takes what is printed of an object. */
static bool keep(struct json_object *object, char **place)
{
        struct json_builder builder = { 0 };
        _cleanup_buffer_ struct buffer text = { 0 };
        char *string;

        if (!object || json_print(&builder, object, JSON_PLAIN, &text) < 0 ||
            buffer_finish(&text, &string, NULL) < 0)
                return false;

        free(*place);
        *place = string;
        return true;
}

static void take_state(struct daemon *daemon, struct json_object *state)
{
        _cleanup_free_ char *description = NULL;
        int64_t expiry = 0, error;

        if (!keep(json_get_object(state, "summary"), &daemon->summary))
                return;
        daemon->pending_reboot = json_get_true(state, "pendingReboot");
        if (json_get_true(state, "settled"))
                daemon->settle = false;
        else if (daemon->settle)
                want_later(daemon, BUSY_MS);
        if (json_get_int(state, "outboxError", &error) >= 0)
                daemon->outbox_error = (int) error;
        if (json_get_true(state, "reportsWait"))
                loop_timer_set(daemon->nudge, NUDGE_MS);
        if (json_get_int(state, "nextExpiry", &expiry) >= 0)
                set_expiry(daemon, expiry);
        if (json_dup_string(state, "description", &description) >= 0) {
                _cleanup_free_ char *status = string_format("Verdict: %s", description);

                notify(daemon, status ? status : description);
        }
        subscribers_tell_summary(daemon);
}

static void take_watches(struct daemon *daemon, struct json_object *list)
{
        bool new = false;

        if (watcher_set(daemon->watcher, list, &new) < 0)
                event_say(EVENT_TROUBLE, NULL, "no memory to watch files");
        if (new)
                daemon_want_scan(daemon);
}

static bool scan_said(struct worker *worker, enum worker_tag tag, struct text message, void *userdata)
{
        struct daemon *daemon = userdata;
        _cleanup_json_ struct json_object *object = NULL;
        const char *cause;

        (void) worker;
        /* What subscribers are told is passed on as it is. */
        if (tag == WORKER_CHANGES) {
                subscribers_tell(daemon, message);
                return true;
        }
        if (json_parse(message.data, message.len, message.len, &object, &cause) < 0)
                return true;
        if (tag == WORKER_STATE)
                take_state(daemon, object);
        else if (tag == WORKER_KEYS)
                (void) keep(object, &daemon->keys);
        else if (tag == WORKER_WATCHES)
                take_watches(daemon, object);
        return true;
}

/* There is no verdict any more: none is better than an old one. */
static void lose(struct daemon *daemon, int status)
{
        if (WIFSIGNALED(status))
                event_say(EVENT_WORKER_LOST, NULL, "The worker of a scan was ended by signal %d",
                          WTERMSIG(status));
        else
                event_say(EVENT_WORKER_LOST, NULL, "A scan could not be finished");
        publish_nothing(daemon->options.run_directory);
        free(daemon->summary);
        daemon->summary = NULL;
        notify(daemon, "Verdict: none, the last scan could not be finished");
        if (++daemon->n_lost <= LOST_MAX)
                want_later(daemon, LOST_MS);
}

static void scan_ended(struct worker *worker, int status, void *userdata)
{
        struct daemon *daemon = userdata;

        (void) worker;
        daemon->scan = NULL;
        if (status == 0)
                daemon->n_lost = 0;
        else if (!daemon->stopping)
                lose(daemon, status);
        daemon_proceed(daemon);
}

static bool repair_said(struct worker *worker, enum worker_tag tag, struct text message, void *userdata)
{
        return true;
}

static void repair_ended(struct worker *worker, int status, void *userdata)
{
        struct daemon *daemon = userdata;

        if (WIFSIGNALED(status))
                event_say(EVENT_WORKER_LOST, NULL, "The worker %d of a repair was ended by signal %d",
                          (int) worker_pid(worker), WTERMSIG(status));
        daemon->repair = NULL;
        daemon->settle = true;
        daemon_want_scan_now(daemon);
        daemon_proceed(daemon);
}

static void start_scan(struct daemon *daemon)
{
        struct worker_options options = { .task = own_scan,
                                          .task_data = daemon,
                                          .limit_ms = daemon->settle ? 0 : SCAN_LIMIT_MS,
                                          .detached = daemon->settle,
                                          .forked = daemon_forked,
                                          .forked_data = daemon,
                                          .said = scan_said,
                                          .ended = scan_ended,
                                          .userdata = daemon };
        uint64_t now = loop_now();
        int r;

        daemon->n_hurried = now - daemon->scanned_at < CALM_MS + pause_of(daemon) ? daemon->n_hurried + 1 : 0;
        daemon->scanned_at = now;
        daemon->wanted_since = 0;
        daemon->scan_due = false;
        loop_timer_stop(daemon->scan_timer);
        r = worker_start(daemon->loop, &options, &daemon->scan);
        if (r < 0) {
                event_say(EVENT_TROUBLE, NULL, "no scan could be started: %s", strerror(-r));
                want_later(daemon, LOST_MS);
        }
}

static void start_repair(struct daemon *daemon)
{
        struct worker_options options = { .task = task_repair,
                                          .task_data = daemon,
                                          .detached = true,
                                          .forked = daemon_forked,
                                          .forked_data = daemon,
                                          .said = repair_said,
                                          .ended = repair_ended,
                                          .userdata = daemon };
        int r;

        daemon->autofix = false;
        r = worker_start(daemon->loop, &options, &daemon->repair);
        if (r < 0)
                event_say(EVENT_TROUBLE, NULL, "no repair could be started: %s", strerror(-r));
}

void schedule_proceed(struct daemon *daemon)
{
        if (daemon->single || daemon->scan || daemon->repair || calls_are_writing(daemon))
                return;
        /* First the verdict on what is, then what mends it. */
        if (daemon->scan_due)
                start_scan(daemon);
        else if (daemon->autofix && daemon->ready && daemon->config.autofix && daemon->config.autofix[0])
                start_repair(daemon);
}

static void something_changed(void *userdata)
{
        daemon_want_scan(userdata);
}

int schedule_start(struct daemon *daemon)
{
        struct watcher_options options = { .root = daemon->options.root,
                                           .kernel = !daemon->options.root,
                                           .changed = something_changed,
                                           .userdata = daemon };
        int r;

        r = loop_timer_new(daemon->loop, time_has_come, daemon, &daemon->scan_timer);
        if (r >= 0)
                r = loop_timer_new(daemon->loop, waiver_ends, daemon, &daemon->expiry);
        if (r >= 0)
                r = loop_timer_new(daemon->loop, nudge, daemon, &daemon->nudge);
        if (r >= 0)
                r = watcher_new(daemon->loop, &options, &daemon->watcher);
        if (r < 0)
                return r;

        daemon->settle = daemon->autofix = true;
        daemon_want_scan_now(daemon);
        return 0;
}

void schedule_done(struct daemon *daemon)
{
        daemon->scan = worker_end(daemon->scan);
        daemon->repair = worker_end(daemon->repair);
        daemon->scan_timer = loop_timer_free(daemon->scan_timer);
        daemon->expiry = loop_timer_free(daemon->expiry);
        daemon->nudge = loop_timer_free(daemon->nudge);
        daemon->watcher = watcher_free(daemon->watcher);
        free(daemon->summary);
        free(daemon->keys);
}
