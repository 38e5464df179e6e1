/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Calls that a worker answers, and the queue that they wait in: so many at a time, and none beside a change
 * of the system, half of which they would see. */

#include "varlink/server.h"

struct daemon;

extern const struct varlink_method daemon_methods[];

/* Starts what may start now. */
void calls_proceed(struct daemon *daemon);
bool calls_are_writing(const struct daemon *daemon);
/* Ends all but what changes the system. */
void calls_end_readers(struct daemon *daemon);
/* Forgets all of them, without an answer, when nothing runs any more. */
void calls_done(struct daemon *daemon);
/* In a forked process. */
void calls_abandon(struct daemon *daemon);

/* Answered without a worker (status.c, subscribe.c). */
int handle_status(struct varlink_call *call, void *daemon);
int handle_subscribe(struct varlink_call *call, void *daemon);
/* Whether this caller may read; if not, that has been answered. */
bool caller_may_read(struct varlink_call *call, const struct daemon *daemon);
