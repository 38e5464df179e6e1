/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The daemon's own state. It sleeps, starts workers, and passes on what they say: what it knows of a scan is
 * the text that it hands out. */

#include "base/digest.h"
#include "base/loop.h"
#include "control/events.h"
#include "daemon/worker.h"
#include "engine/config.h"
#include "engine/context.h"

#include <time.h>

struct root;
struct subscriber;
struct task;
struct varlink_server;
struct watcher;

/* What is done one after the other, and never beside a scan of ours. */
enum daemon_state { DAEMON_IDLE, DAEMON_SCANNING, DAEMON_APPLYING };

struct daemon_options {
        const char *root;          /* a dump of a running system instead of "/"; NULL for that */
        const char *config;        /* this file instead of agent.conf and its drop-ins; NULL for those */
        const char *run_directory; /* of the socket and the report */
        const char *runner;        /* of the commands of a fix: see struct transaction_options */
};

struct daemon {
        struct daemon_options options;
        struct loop *loop;
        struct varlink_server *server;
        struct config config;
        struct buffer sinks; /* what the sections of sinks say; empty where there are none */
        time_t started;
        bool single;       /* serves one connection that it was given, and nothing else */
        char *socket_path; /* the socket that we made; NULL for one of systemd's */
        bool registered;   /* and its link in the registry */

        /* Our own scan (schedule.c). */
        struct worker *scan;
        struct loop_timer *scan_timer;
        uint64_t wanted_since; /* milliseconds; 0: none is wanted */
        uint64_t scanned_at;   /* when the last one began */
        unsigned n_hurried;    /* scans in a row that followed each other closely */
        unsigned n_lost;       /* scans in a row that came to nothing */
        bool scan_due;         /* the time has come */
        bool settle;           /* it first finishes what interrupted runs left */
        bool ready;            /* the first verdict is known, and systemd was told */

        /* Of the last scan; NULL before the first. */
        char *summary; /* JSON of the Summary */
        char *keys;    /* JSON of what the next scan compares with */
        bool pending_reboot;
        int outbox_error;          /* why its report is not in the outbox, negative; 0 when it is */
        struct loop_timer *expiry; /* the next waiver ends */
        struct loop_timer *nudge;  /* reports waited in the outbox: systemd is to look there again */

        struct watcher *watcher;
        struct subscriber *subscribers;

        struct task *tasks; /* calls that run or wait, oldest first */
        bool autofix;       /* what the configuration names is to be mended */
        struct worker *repair;

        struct loop_timer *watchdog;
        uint64_t watchdog_ms;
        bool stopping;
};

/* The root to judge, as root_open() takes it. */
const char *daemon_root(const struct daemon *daemon);
_must_check_ int daemon_open_root(const struct daemon *daemon, struct root **ret);
/* What the configuration says about judging. */
struct scan_options daemon_scan_options(const struct daemon *daemon);
/* In a forked worker: gives up what belongs to the daemon. */
void daemon_forked(void *daemon);
enum daemon_state daemon_get_state(const struct daemon *daemon);

/* Starts and ends. */
_must_check_ int daemon_start(struct daemon *daemon, const struct daemon_options *options);
void daemon_done(struct daemon *daemon);
/* Ends the loop as soon as nothing is being changed. */
void daemon_stop(struct daemon *daemon);
void daemon_reload(struct daemon *daemon);

/* Our own scan: soon, together with what happens meanwhile; or as soon as it may begin. */
void daemon_want_scan(struct daemon *daemon);
void daemon_want_scan_now(struct daemon *daemon);
/* Whatever waits and may begin now: a scan, a repair, calls, the end. */
void daemon_proceed(struct daemon *daemon);
/* For daemon_proceed() and daemon_start(). */
void schedule_proceed(struct daemon *daemon);
_must_check_ int schedule_start(struct daemon *daemon);
void schedule_done(struct daemon *daemon);

/* The socket (socket.c): those of systemd, or our own. */
_must_check_ int socket_start(struct daemon *daemon);
/* Who may connect, after the configuration has changed. */
void socket_set_mode(const struct daemon *daemon);
void socket_done(struct daemon *daemon);
