/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"
#include "daemon/calls.h"
#include "daemon/subscribe.h"
#include "daemon/watcher.h"
#include "engine/plan-make.h"
#include "engine/root.h"
#include "outbox/sinks.h"

#include <string.h>
#include <systemd/sd-daemon.h>

int daemon_open_root(const struct daemon *daemon, struct root **ret)
{
        return root_open(daemon->options.root ? daemon->options.root : "/", ROOT_LIVE, ret);
}

struct scan_options daemon_scan_options(const struct daemon *daemon)
{
        return (struct scan_options){ .profile = daemon->config.profile,
                                      .block_on = daemon->config.block_on,
                                      .time = time(NULL) };
}

void daemon_forked(void *userdata)
{
        struct daemon *daemon = userdata;

        loop_abandon(daemon->loop);
        varlink_server_abandon(daemon->server);
        if (daemon->watcher)
                watcher_abandon(daemon->watcher);
        if (daemon->scan)
                worker_abandon(daemon->scan);
        if (daemon->repair)
                worker_abandon(daemon->repair);
        calls_abandon(daemon);
        /* What systemd is told is for the daemon to tell. */
        (void) unsetenv("NOTIFY_SOCKET");
}

enum daemon_state daemon_get_state(const struct daemon *daemon)
{
        if (daemon->repair || calls_are_writing(daemon))
                return DAEMON_APPLYING;

        return daemon->scan ? DAEMON_SCANNING : DAEMON_IDLE;
}

void daemon_proceed(struct daemon *daemon)
{
        if (!daemon->stopping) {
                /* A change that waits goes before another scan, which would not know of it. */
                calls_proceed(daemon);
                schedule_proceed(daemon);
        } else if (!calls_are_writing(daemon) && !daemon->repair)
                loop_exit(daemon->loop, 0);
}

static int read_config(struct daemon *daemon, const struct config *previous, struct config *ret)
{
        struct config_source source = { .file = daemon->options.config,
                                        .knows = plan_knows,
                                        .previous = previous };
        _cleanup_root_ struct root *root = NULL;
        _cleanup_buffer_ struct buffer sinks = { 0 };
        int r;

        r = daemon->options.config ? root_open("/", ROOT_LIVE, &root) : daemon_open_root(daemon, &root);
        if (r >= 0)
                r = config_read(root, &source, ret);
        if (r >= 0)
                r = outbox_read_sinks(root, source.file, &sinks);
        if (r < 0)
                return r;
        buffer_done(&daemon->sinks);
        daemon->sinks = sinks;
        sinks = (struct buffer){ 0 };

        for (size_t i = 0; i < ret->warnings.n; i++) {
                _cleanup_buffer_ struct buffer line = { 0 };

                warning_print(&ret->warnings.items[i], &line);
                if (line.data)
                        event_say(EVENT_CONFIG_FAULT, NULL, "%s", line.data);
        }

        return 0;
}

void daemon_reload(struct daemon *daemon)
{
        struct config config = { 0 };
        int r;

        if (daemon->single || daemon->stopping)
                return;
        (void) sd_notify(0, "RELOADING=1");
        r = read_config(daemon, &daemon->config, &config);
        if (r >= 0) {
                config_done(&daemon->config);
                daemon->config = config;
                socket_set_mode(daemon);
                daemon->autofix = true;
                event_say(EVENT_CONFIGURED, NULL, "The configuration was read again");
        } else {
                config_done(&config);
                event_say(EVENT_CONFIG_FAULT, NULL, "the configuration could not be read again: %s",
                          strerror(-r));
        }
        (void) sd_notify(0, "READY=1");
        daemon->n_lost = 0;
        daemon_want_scan_now(daemon);
        daemon_proceed(daemon);
}

void daemon_stop(struct daemon *daemon)
{
        if (daemon->stopping)
                return;

        daemon->stopping = true;
        (void) sd_notify(0, daemon->repair || calls_are_writing(daemon)
                                    ? "STOPPING=1\nSTATUS=Finishing what is being changed"
                                    : "STOPPING=1");
        varlink_server_stop_listening(daemon->server);
        subscribers_end(daemon);
        calls_end_readers(daemon);
        /* One that takes back what an interrupted run left would be interrupted again: that is safe. */
        daemon->scan = worker_end(daemon->scan);
        daemon_proceed(daemon);
}

static void is_alive(void *userdata)
{
        struct daemon *daemon = userdata;

        (void) sd_notify(0, "WATCHDOG=1");
        loop_timer_set(daemon->watchdog, daemon->watchdog_ms);
}

/* A third of the time, so that one wake-up may be late. */
static int start_watchdog(struct daemon *daemon)
{
        uint64_t microseconds;
        int r;

        if (sd_watchdog_enabled(0, &microseconds) <= 0)
                return 0;
        r = loop_timer_new(daemon->loop, is_alive, daemon, &daemon->watchdog);
        if (r < 0)
                return r;

        daemon->watchdog_ms = microseconds / 3000 + 1;
        is_alive(daemon);
        return 0;
}

static void last_client_left(void *userdata)
{
        struct daemon *daemon = userdata;

        if (daemon->single)
                daemon_stop(daemon);
}

static int start_server(struct daemon *daemon)
{
        struct varlink_server_options options = { .vendor = "ecs-guest-agent",
                                                  .product = "ecs-guest-agent",
                                                  .version = VERSION,
                                                  .url = "",
                                                  .methods = daemon_methods,
                                                  .userdata = daemon,
                                                  .idle = last_client_left };
        int r;

        r = varlink_server_new(daemon->loop, &options, &daemon->server);

        return r < 0 ? r : socket_start(daemon);
}

int daemon_start(struct daemon *daemon, const struct daemon_options *options)
{
        int r;

        *daemon = (struct daemon){ .options = *options, .started = time(NULL) };
        r = loop_new(&daemon->loop);
        if (r >= 0)
                r = read_config(daemon, NULL, &daemon->config);
        if (r >= 0)
                r = start_server(daemon);
        if (r >= 0)
                r = start_watchdog(daemon);
        if (r >= 0 && !daemon->single)
                r = schedule_start(daemon);
        if (r >= 0)
                daemon_proceed(daemon);

        return r;
}

void daemon_done(struct daemon *daemon)
{
        calls_done(daemon);
        daemon->server = varlink_server_free(daemon->server);
        socket_done(daemon);
        schedule_done(daemon);
        (void) loop_timer_free(daemon->watchdog);
        config_done(&daemon->config);
        buffer_done(&daemon->sinks);
        (void) loop_free(daemon->loop);
}
