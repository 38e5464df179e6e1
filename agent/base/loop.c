/* SPDX-License-Identifier: Apache-2.0 */
#include "base/loop.h"

#include <assert.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>

enum { EVENTS_AT_ONCE = 32 };

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_SECOND UINT64_C(1000000000)
#define NEVER UINT64_MAX

struct loop_watch {
        struct loop *loop;
        int fd;
        uint32_t events;
        loop_ready ready;
        void *userdata;
};

struct loop_timer {
        struct loop *loop;
        struct loop_timer *next;
        uint64_t deadline; /* NEVER while it is not set */
        loop_elapsed elapsed;
        void *userdata;
};

struct loop {
        int epoll;
        int timerfd;
        int signalfd;
        struct loop_watch *timer_watch;
        struct loop_watch *signal_watch;
        struct loop_timer *timers;
        uint64_t armed; /* for when the kernel's timer is set */
        loop_signalled signalled;
        void *signal_userdata;
        sigset_t old_signals;
        size_t n_watches;
        bool exiting;
        int code;
        /* What is being handled: a watch that goes away is taken out. */
        struct epoll_event events[EVENTS_AT_ONCE];
        int n_events;
};

static uint64_t now_ns(void)
{
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) now.tv_sec * NS_PER_SECOND + (uint64_t) now.tv_nsec;
}

uint64_t loop_now(void)
{
        return now_ns() / NS_PER_MS;
}

/* The earliest that is not later than the limit. */
static struct loop_timer *next_timer(struct loop *loop, uint64_t limit)
{
        struct loop_timer *found = NULL;

        for (struct loop_timer *timer = loop->timers; timer; timer = timer->next)
                if (timer->deadline <= limit && timer->deadline != NEVER &&
                    (!found || timer->deadline < found->deadline))
                        found = timer;

        return found;
}

static void timers_elapsed(uint32_t events, void *userdata)
{
        struct loop *loop = userdata;
        uint64_t now = now_ns(), count;
        struct loop_timer *timer;

        if (read(loop->timerfd, &count, sizeof(count)) != sizeof(count))
                return;

        /* Each callback may free any of them, so the search begins anew. What is set meanwhile is later than
         * now. */
        loop->armed = NEVER;
        while ((timer = next_timer(loop, now))) {
                timer->deadline = NEVER;
                timer->elapsed(timer->userdata);
        }
}

/* Sets the kernel's timer for the earliest of ours, or stops it. */
static int arm(struct loop *loop)
{
        struct loop_timer *timer = next_timer(loop, NEVER);
        uint64_t deadline = timer ? timer->deadline : NEVER;
        struct itimerspec spec = { { 0 } };

        if (deadline == loop->armed)
                return 0;
        if (timer) {
                spec.it_value.tv_sec = (time_t) (deadline / NS_PER_SECOND);
                spec.it_value.tv_nsec = (long) (deadline % NS_PER_SECOND);
        }
        if (timerfd_settime(loop->timerfd, TFD_TIMER_ABSTIME, &spec, NULL) < 0)
                return -errno;

        loop->armed = deadline;
        return 0;
}

int loop_timer_new(struct loop *loop, loop_elapsed elapsed, void *userdata, struct loop_timer **ret)
{
        struct loop_timer *timer = malloc(sizeof(*timer));

        if (!timer)
                return -ENOMEM;

        *timer = (struct loop_timer){
                .loop = loop,
                .next = loop->timers,
                .deadline = NEVER,
                .elapsed = elapsed,
                .userdata = userdata,
        };
        loop->timers = timer;
        *ret = timer;
        return 0;
}

void loop_timer_set(struct loop_timer *timer, uint64_t milliseconds)
{
        /* A year is as good as any longer time, and no sum overflows. */
        static const uint64_t longest = UINT64_C(365) * 24 * 3600 * 1000;

        if (milliseconds > longest)
                milliseconds = longest;
        timer->deadline = now_ns() + milliseconds * NS_PER_MS + 1;
}

void loop_timer_stop(struct loop_timer *timer)
{
        timer->deadline = NEVER;
}

struct loop_timer *loop_timer_free(struct loop_timer *timer)
{
        if (!timer)
                return NULL;

        for (struct loop_timer **p = &timer->loop->timers; *p; p = &(*p)->next)
                if (*p == timer) {
                        *p = timer->next;
                        break;
                }
        free(timer);
        return NULL;
}

int loop_watch_fd(struct loop *loop, int fd, uint32_t events, loop_ready ready, void *userdata,
                  struct loop_watch **ret)
{
        struct epoll_event event = { .events = events };
        struct loop_watch *watch = malloc(sizeof(*watch));

        if (!watch)
                return -ENOMEM;

        *watch = (struct loop_watch){ loop, fd, events, ready, userdata };
        event.data.ptr = watch;
        if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
                int r = -errno;

                free(watch);
                return r;
        }

        loop->n_watches++;
        *ret = watch;
        return 0;
}

int loop_watch_set(struct loop_watch *watch, uint32_t events)
{
        struct epoll_event event = { .events = events, .data.ptr = watch };

        if (watch->events == events)
                return 0;
        if (epoll_ctl(watch->loop->epoll, EPOLL_CTL_MOD, watch->fd, &event) < 0)
                return -errno;

        watch->events = events;
        return 0;
}

struct loop_watch *loop_watch_free(struct loop_watch *watch)
{
        struct loop *loop;

        if (!watch)
                return NULL;

        loop = watch->loop;
        for (int i = 0; i < loop->n_events; i++)
                if (loop->events[i].data.ptr == watch)
                        loop->events[i].data.ptr = NULL;
        if (loop->epoll >= 0)
                (void) epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
        loop->n_watches--;
        free(watch);
        return NULL;
}

static void signals_ready(uint32_t events, void *userdata)
{
        struct loop *loop = userdata;
        struct signalfd_siginfo info;

        /* One at a time: the callback may end the loop. */
        if (read(loop->signalfd, &info, sizeof(info)) == sizeof(info))
                loop->signalled(&info, loop->signal_userdata);
}

int loop_watch_signals(struct loop *loop, const int *signals, loop_signalled signalled, void *userdata)
{
        _cleanup_close_ int fd = -EBADF;
        sigset_t set;
        int r;

        assert(loop->signalfd < 0);
        (void) sigemptyset(&set);
        for (; *signals; signals++)
                (void) sigaddset(&set, *signals);
        fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        if (fd < 0)
                return -errno;
        r = loop_watch_fd(loop, fd, EPOLLIN, signals_ready, loop, &loop->signal_watch);
        if (r < 0)
                return r;
        if (sigprocmask(SIG_BLOCK, &set, &loop->old_signals) < 0) {
                r = -errno;
                loop->signal_watch = loop_watch_free(loop->signal_watch);
                return r;
        }

        loop->signalfd = take_fd(&fd);
        loop->signalled = signalled;
        loop->signal_userdata = userdata;
        return 0;
}

static void close_all(struct loop *loop)
{
        if (loop->signalfd >= 0)
                (void) sigprocmask(SIG_SETMASK, &loop->old_signals, NULL);
        close_pointer(&loop->signalfd);
        close_pointer(&loop->timerfd);
        close_pointer(&loop->epoll);
        loop->signalfd = loop->timerfd = loop->epoll = -EBADF;
}

int loop_new(struct loop **ret)
{
        _cleanup_loop_ struct loop *loop = calloc(1, sizeof(*loop));
        int r;

        if (!loop)
                return -ENOMEM;

        loop->armed = NEVER;
        loop->timerfd = loop->signalfd = -EBADF;
        loop->epoll = epoll_create1(EPOLL_CLOEXEC);
        if (loop->epoll < 0)
                return -errno;
        loop->timerfd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (loop->timerfd < 0)
                return -errno;
        r = loop_watch_fd(loop, loop->timerfd, EPOLLIN, timers_elapsed, loop, &loop->timer_watch);
        if (r < 0)
                return r;

        *ret = take_ptr(loop);
        return 0;
}

struct loop *loop_free(struct loop *loop)
{
        if (!loop)
                return NULL;

        loop->timer_watch = loop_watch_free(loop->timer_watch);
        loop->signal_watch = loop_watch_free(loop->signal_watch);
        assert(loop->n_watches == 0 && !loop->timers);
        close_all(loop);
        free(loop);
        return NULL;
}

void loop_abandon(struct loop *loop)
{
        close_all(loop);
        loop->n_events = 0;
}

int loop_step(struct loop *loop, int timeout_ms)
{
        int r, n;

        r = arm(loop);
        if (r < 0)
                return r;
        n = epoll_wait(loop->epoll, loop->events, EVENTS_AT_ONCE, timeout_ms);
        if (n < 0)
                return errno == EINTR ? 0 : -errno;

        loop->n_events = n;
        for (int i = 0; i < loop->n_events; i++) {
                struct loop_watch *watch = loop->events[i].data.ptr;

                if (watch)
                        watch->ready(loop->events[i].events, watch->userdata);
        }
        loop->n_events = 0;
        return n;
}

int loop_run(struct loop *loop)
{
        while (!loop->exiting) {
                int r = loop_step(loop, -1);

                if (r < 0)
                        return r;
        }

        loop->exiting = false;
        return loop->code;
}

void loop_exit(struct loop *loop, int code)
{
        if (loop->exiting)
                return;

        loop->exiting = true;
        loop->code = code;
}
