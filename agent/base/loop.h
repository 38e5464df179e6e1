/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A small event loop: descriptors by epoll, signals by a signalfd, timers by one timerfd that is not armed
 * while no timer is. When nothing happens, nothing is woken up. (The oldest supported system has no
 * sd-event.) One thread, and callbacks may remove any watch or timer, their own too, and end the loop. */

#include "base/cleanup.h"

#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;

struct signalfd_siginfo;

/* events: what epoll says, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLHUP, … */
typedef void (*loop_ready)(uint32_t events, void *userdata);
typedef void (*loop_elapsed)(void *userdata);
typedef void (*loop_signalled)(const struct signalfd_siginfo *info, void *userdata);

_must_check_ int loop_new(struct loop **ret);
/* Takes NULL, returns NULL. All watches and timers have to be gone. Signals are unblocked as they were. */
struct loop *loop_free(struct loop *loop);
static inline void loop_free_pointer(struct loop **loop)
{
        (void) loop_free(*loop);
}
#define _cleanup_loop_ _cleanup_(loop_free_pointer)

/* Handles events until loop_exit(): its code, or a negative errno. */
_must_check_ int loop_run(struct loop *loop);
/* Waits at most timeout_ms (negative: without end) and handles what there is then. The number of events, 0
 * when the time was up, or a negative errno. */
_must_check_ int loop_step(struct loop *loop, int timeout_ms);
/* Ends loop_run() when the callbacks of what is already there have returned. The first code counts. */
void loop_exit(struct loop *loop, int code);

/* The descriptor stays the caller's, who removes the watch before closing it: a copy in a forked process
 * would keep it alive in the kernel's list. events 0 waits for EPOLLHUP and EPOLLERR only, which are always
 * told. */
_must_check_ int loop_watch_fd(struct loop *loop, int fd, uint32_t events, loop_ready ready, void *userdata,
                               struct loop_watch **ret);
_must_check_ int loop_watch_set(struct loop_watch *watch, uint32_t events);
/* Takes NULL, returns NULL. */
struct loop_watch *loop_watch_free(struct loop_watch *watch);

/* Blocks these signals (ended by 0) and has them told to the callback. Once a loop. */
_must_check_ int loop_watch_signals(struct loop *loop, const int *signals, loop_signalled signalled,
                                    void *userdata);

/* A timer that is not set. */
_must_check_ int loop_timer_new(struct loop *loop, loop_elapsed elapsed, void *userdata,
                                struct loop_timer **ret);
/* Calls back once, in so many milliseconds from now; what was set before is forgotten. */
void loop_timer_set(struct loop_timer *timer, uint64_t milliseconds);
void loop_timer_stop(struct loop_timer *timer);
/* Takes NULL, returns NULL. */
struct loop_timer *loop_timer_free(struct loop_timer *timer);

/* In a forked process, before anything else: gives the parent's loop up and the signals back. Watches and
 * timers do nothing then but be freed. Without this the child would change what the parent waits for. */
void loop_abandon(struct loop *loop);

/* Milliseconds of the clock that does not jump. */
uint64_t loop_now(void);
