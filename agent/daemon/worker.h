/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Work in a forked process, which says what it has to say through a pipe: a parser that crashes costs one
 * scan, memory that a scan needs is given back when it ends, and the daemon never waits. */

#include "base/text.h"

#include <sys/types.h>

struct json_builder;
struct json_object;
struct loop;
struct worker;

/* What a message is for. */
enum worker_tag {
        WORKER_PROGRESS = 'P', /* one answer of several, to the client */
        WORKER_REPLY = 'R',    /* the last one */
        WORKER_ERROR = 'E',    /* instead: {"error":…,"parameters":…} */
        WORKER_STATE = 'S',    /* for the daemon itself: the result of its scan */
        WORKER_CHANGES = 'C',  /* what is another one than at the scan before, for subscribers */
        WORKER_KEYS = 'K',     /* what the next scan compares with */
        WORKER_WATCHES = 'W',  /* where files lie that were read */
};

/* What the child has to do. It is told the descriptor to talk to, and what it returns is its exit code. */
typedef int (*worker_task)(int out, void *userdata);

struct worker_options {
        worker_task task;
        void *task_data;
        unsigned limit_ms; /* after that it is ended; 0: never */
        bool detached;     /* it goes on when the daemon is killed */
        /* In the child, before the task: gives up what belongs to the daemon. */
        void (*forked)(void *forked_data);
        void *forked_data;
        /* A whole message, tag first. False when no more can be taken now: it is offered again after
         * worker_continue(). */
        bool (*said)(struct worker *worker, enum worker_tag tag, struct text message, void *userdata);
        /* The child has ended and been waited for; status is that of waitpid(2). The worker is gone
         * afterwards. Not called after worker_end(). */
        void (*ended)(struct worker *worker, int status, void *userdata);
        void *userdata;
};

_must_check_ int worker_start(struct loop *loop, const struct worker_options *options, struct worker **ret);
/* Reads on after said() has returned false. Not from inside said(). */
void worker_continue(struct worker *worker);
/* Kills the child, waits for it and forgets the worker. Takes NULL, returns NULL. */
struct worker *worker_end(struct worker *worker);
pid_t worker_pid(const struct worker *worker);
/* In another forked process: closes the pipe, so that it is not held open there. */
void worker_abandon(struct worker *worker);

/* For the child. A negative errno when nobody listens any more. */
_must_check_ int worker_say(int out, enum worker_tag tag, const struct json_builder *builder,
                            struct json_object *object);
