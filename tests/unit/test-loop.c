/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/loop.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct pair {
        int ours;
        int theirs;
        struct loop *loop;
        struct loop_watch *watch;
        struct pair *other; /* removed by the callback */
        int exit_code;
        uint32_t events;
        unsigned n;
};

static void pair_ready(uint32_t events, void *userdata)
{
        struct pair *pair = userdata;
        char byte;

        pair->n++;
        pair->events = events;
        if (events & EPOLLIN)
                (void) !read(pair->ours, &byte, 1);
        if (pair->other)
                pair->other->watch = loop_watch_free(pair->other->watch);
        if (pair->exit_code > 0)
                loop_exit(pair->loop, pair->exit_code);
}

static void pair_open(struct pair *pair, struct loop *loop, uint32_t events)
{
        int fds[2];

        *pair = (struct pair){ .loop = loop };
        CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        pair->ours = fds[0];
        pair->theirs = fds[1];
        CHECK_INT(loop_watch_fd(loop, pair->ours, events, pair_ready, pair, &pair->watch), 0);
}

static void pair_close(struct pair *pair)
{
        pair->watch = loop_watch_free(pair->watch);
        close_pointer(&pair->ours);
        close_pointer(&pair->theirs);
        pair->theirs = -EBADF;
}

TEST(descriptors)
{
        _cleanup_loop_ struct loop *loop = NULL;
        struct pair pair;

        CHECK_INT(loop_new(&loop), 0);
        pair_open(&pair, loop, EPOLLIN);
        CHECK_INT(loop_step(loop, 0), 0);
        CHECK_INT(write(pair.theirs, "ab", 2), 2);
        CHECK_INT(loop_step(loop, 1000), 1);
        CHECK_INT(loop_step(loop, 1000), 1);
        CHECK_INT(loop_step(loop, 0), 0);
        CHECK_INT(pair.n, 2);

        /* Not interested: silence, but for the end. */
        CHECK_INT(loop_watch_set(pair.watch, 0), 0);
        CHECK_INT(write(pair.theirs, "a", 1), 1);
        CHECK_INT(loop_step(loop, 0), 0);
        close_pointer(&pair.theirs);
        pair.theirs = -EBADF;
        CHECK_INT(loop_step(loop, 1000), 1);
        CHECK(pair.events & EPOLLHUP);
        pair_close(&pair);
        CHECK_INT(loop_watch_fd(loop, -1, EPOLLIN, pair_ready, &pair, &pair.watch), -EBADF);
}

/* Two are ready at once, and the first takes the second away. */
TEST(removed_while_ready)
{
        _cleanup_loop_ struct loop *loop = NULL;
        struct pair a, b;

        CHECK_INT(loop_new(&loop), 0);
        pair_open(&a, loop, EPOLLIN);
        pair_open(&b, loop, EPOLLIN);
        a.other = &b;
        b.other = &a;
        CHECK_INT(write(a.theirs, "a", 1), 1);
        CHECK_INT(write(b.theirs, "b", 1), 1);
        CHECK_INT(loop_step(loop, 1000), 2);
        CHECK_INT(a.n + b.n, 1);
        pair_close(&a);
        pair_close(&b);
}

struct clock {
        struct loop *loop;
        struct loop_timer *timer;
        struct loop_timer *other; /* freed by the callback */
        char *log;
        char letter;
        unsigned again;
        bool free;
};

static void clock_elapsed(void *userdata)
{
        struct clock *clock = userdata;

        clock->log[strlen(clock->log)] = clock->letter;
        if (clock->again > 0) {
                clock->again--;
                loop_timer_set(clock->timer, 0);
        }
        if (clock->other)
                clock->other = loop_timer_free(clock->other);
        if (clock->free)
                clock->timer = loop_timer_free(clock->timer);
        if (clock->letter == 'z')
                loop_exit(clock->loop, 7);
}

static void clock_open(struct clock *clock, struct loop *loop, char *log, char letter)
{
        *clock = (struct clock){ .loop = loop, .log = log, .letter = letter };
        CHECK_INT(loop_timer_new(loop, clock_elapsed, clock, &clock->timer), 0);
}

TEST(timers)
{
        _cleanup_loop_ struct loop *loop = NULL;
        struct clock a, b, c, d, z;
        char log[16] = "";
        uint64_t begin;

        CHECK_INT(loop_new(&loop), 0);
        clock_open(&a, loop, log, 'a');
        clock_open(&b, loop, log, 'b');
        clock_open(&c, loop, log, 'c');
        clock_open(&d, loop, log, 'd');
        clock_open(&z, loop, log, 'z');
        /* Not set: nothing. */
        CHECK_INT(loop_step(loop, 20), 0);

        begin = loop_now();
        loop_timer_set(z.timer, 60);
        loop_timer_set(b.timer, 40);
        loop_timer_set(a.timer, 20);
        loop_timer_set(c.timer, 30);
        loop_timer_set(d.timer, UINT64_MAX);
        loop_timer_stop(c.timer);
        b.free = true;
        b.other = take_ptr(d.timer);
        CHECK_INT(loop_run(loop), 7);
        CHECK(loop_now() - begin >= 60);
        CHECK_STRING(log, "abz");
        CHECK(!b.timer && !b.other);
        CHECK_INT(loop_step(loop, 20), 0);
        loop_timer_free(a.timer);
        loop_timer_free(c.timer);
        loop_timer_free(z.timer);
}

/* Set again by its own callback: the next turn, so that others have theirs. */
TEST(timer_set_again)
{
        _cleanup_loop_ struct loop *loop = NULL;
        char log[16] = "";
        struct clock a;

        CHECK_INT(loop_new(&loop), 0);
        clock_open(&a, loop, log, 'a');
        a.again = 2;
        loop_timer_set(a.timer, 0);
        CHECK_INT(loop_step(loop, 1000), 1);
        CHECK_STRING(log, "a");
        CHECK_INT(loop_step(loop, 1000), 1);
        CHECK_INT(loop_step(loop, 1000), 1);
        CHECK_STRING(log, "aaa");
        CHECK_INT(loop_step(loop, 20), 0);
        loop_timer_free(a.timer);
}

/* Once elapsed and with none set, the kernel wakes nobody. */
TEST(no_ticks)
{
        _cleanup_loop_ struct loop *loop = NULL;
        struct clock a;
        char log[16] = "";

        CHECK_INT(loop_new(&loop), 0);
        clock_open(&a, loop, log, 'a');
        loop_timer_set(a.timer, 1);
        CHECK_INT(loop_step(loop, 1000), 1);
        CHECK_STRING(log, "a");
        loop_timer_set(a.timer, 60000);
        CHECK_INT(loop_step(loop, 0), 0);
        loop_timer_set(a.timer, 20);
        loop_timer_stop(a.timer);
        CHECK_INT(loop_step(loop, 50), 0);
        CHECK_STRING(log, "a");
        loop_timer_free(a.timer);
}

struct heard {
        int signal;
        unsigned n;
};

static void signalled(const struct signalfd_siginfo *info, void *userdata)
{
        struct heard *heard = userdata;

        heard->signal = (int) info->ssi_signo;
        heard->n++;
}

static bool is_blocked(int signal)
{
        sigset_t set;

        return sigprocmask(SIG_SETMASK, NULL, &set) == 0 && sigismember(&set, signal) == 1;
}

TEST(signals)
{
        static const int signals[] = { SIGUSR1, SIGHUP, 0 };
        struct heard heard = { 0 };
        struct loop *loop = NULL;

        CHECK_INT(loop_new(&loop), 0);
        CHECK_INT(loop_watch_signals(loop, signals, signalled, &heard), 0);
        CHECK(is_blocked(SIGUSR1) && is_blocked(SIGHUP) && !is_blocked(SIGUSR2));
        CHECK_INT(kill(getpid(), SIGUSR1), 0);
        CHECK_INT(loop_step(loop, 1000), 1);
        CHECK_INT(heard.signal, SIGUSR1);
        CHECK_INT(kill(getpid(), SIGHUP), 0);
        CHECK_INT(loop_step(loop, 1000), 1);
        CHECK_INT(heard.signal, SIGHUP);
        CHECK_INT(heard.n, 2);
        loop_free(loop);
        CHECK(!is_blocked(SIGUSR1) && !is_blocked(SIGHUP));
}

/* A child that gave the loop up changes nothing of it by cleaning up. */
static int in_child(struct loop *loop, struct pair *pair)
{
        loop_abandon(loop);
        pair_close(pair);
        if (is_blocked(SIGUSR1))
                return 1;

        loop_free(loop);
        return 0;
}

TEST(abandon)
{
        static const int signals[] = { SIGUSR1, 0 };
        _cleanup_loop_ struct loop *loop = NULL;
        struct heard heard = { 0 };
        struct pair pair;
        int status;
        pid_t child;

        CHECK_INT(loop_new(&loop), 0);
        CHECK_INT(loop_watch_signals(loop, signals, signalled, &heard), 0);
        pair_open(&pair, loop, EPOLLIN);
        child = fork();
        if (child == 0)
                _exit(in_child(loop, &pair));
        CHECK_INT(waitpid(child, &status, 0), child);
        CHECK_INT(status, 0);
        CHECK_INT(write(pair.theirs, "a", 1), 1);
        CHECK_INT(loop_step(loop, 1000), 1);
        CHECK_INT(pair.n, 1);
        pair_close(&pair);
}

/* What was ready together is handled together, and the first code counts. */
TEST(exit_is_deferred)
{
        _cleanup_loop_ struct loop *loop = NULL;
        struct pair a, b;

        CHECK_INT(loop_new(&loop), 0);
        pair_open(&a, loop, EPOLLIN);
        pair_open(&b, loop, EPOLLIN);
        CHECK_INT(write(a.theirs, "a", 1), 1);
        CHECK_INT(write(b.theirs, "b", 1), 1);
        a.exit_code = b.exit_code = 3;
        CHECK_INT(loop_run(loop), 3);
        CHECK_INT(a.n + b.n, 2);

        loop_exit(loop, 5);
        loop_exit(loop, 6);
        CHECK_INT(loop_run(loop), 5);
        pair_close(&a);
        pair_close(&b);
}
