/* SPDX-License-Identifier: Apache-2.0 */

/* Who may connect, how often, and what a hostile client can do to others: nothing. */

#include "varlink-fixture.h"

#include <sys/resource.h>
#include <sys/un.h>

static struct sockaddr_un address;

/* A listening socket without a name in any directory. */
static void listen_on(struct fixture *f)
{
        socklen_t len = sizeof(address);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        CHECK(fd >= 0);
        address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        CHECK_INT(bind(fd, (struct sockaddr *) &address, sizeof(sa_family_t)), 0);
        CHECK_INT(getsockname(fd, (struct sockaddr *) &address, &len), 0);
        CHECK_INT(listen(fd, 128), 0);
        CHECK_INT(varlink_server_add(f->server, fd), 0);
}

static int connect_now(void)
{
        socklen_t len = offsetof(struct sockaddr_un, sun_path) + 6;
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        CHECK(fd >= 0);
        CHECK_INT(connect(fd, (struct sockaddr *) &address, len), 0);
        return fd;
}

/* The kernel keeps who one was at that moment. */
static int connect_as(uid_t uid)
{
        int fd;

        CHECK_INT(seteuid(uid), 0);
        fd = connect_now();
        CHECK_INT(seteuid(0), 0);
        return fd;
}

static bool is_root(void)
{
        if (geteuid() == 0)
                return true;

        test_skip("only root can be somebody else");
        return false;
}

TEST(connections)
{
        enum { N = 64 };
        struct fixture f;
        int fds[N + 1];

        fixture_open_with(&f, (struct varlink_limits){ .per_uid = 1000, .for_root = 1 });
        listen_on(&f);
        for (size_t i = 0; i < N + (geteuid() == 0); i++) {
                fds[i] = connect_now();
                settle(&f);
        }
        if (geteuid() == 0) {
                CHECK_HEARD(fds[N], ".");
                close(fds[N]);
                CHECK_STRING(f.note, "too many connections");
        }
        say(fds[0], ECHO);
        say(fds[N - 2], ECHO);
        settle(&f);
        CHECK_HEARD(fds[0], ECHOED);
        CHECK_HEARD(fds[N - 2], ECHOED);

        /* One goes, one may come. */
        close(fds[1]);
        settle(&f);
        fds[1] = connect_now();
        say(fds[1], ECHO);
        settle(&f);
        CHECK_HEARD(fds[1], ECHOED);
        for (size_t i = 0; i < N; i++)
                close(fds[i]);
        settle(&f);
        CHECK_INT(varlink_server_connections(f.server), 0);
        fixture_close(&f);
}

TEST(per_uid)
{
        enum { N = 16 };
        struct fixture f;
        int fds[N + 2];

        fixture_open(&f);
        listen_on(&f);
        for (size_t i = 0; i <= N; i++)
                fds[i] = connect_now();
        settle(&f);
        CHECK_INT(varlink_server_connections(f.server), N);
        CHECK_HEARD(fds[N], ".");
        CHECK_STRING(f.note, "too many connections of one user");
        if (geteuid() == 0) {
                fds[N + 1] = connect_as(1000);
                say(fds[N + 1], ECHO);
                settle(&f);
                CHECK_HEARD(fds[N + 1], ECHOED);
                close(fds[N + 1]);
        }
        for (size_t i = 0; i <= N; i++)
                close(fds[i]);
        fixture_close(&f);
}

/* However many others there are, root gets in. */
TEST(place_for_root)
{
        enum { N = 80 };
        struct fixture f;
        int fds[N], fd;

        if (!is_root())
                return;

        fixture_open(&f);
        listen_on(&f);
        for (size_t i = 0; i < N; i++) {
                fds[i] = connect_as((uid_t) (1000 + i / 16));
                settle(&f);
        }
        CHECK_INT(varlink_server_connections(f.server), 64 - 8);
        CHECK_HEARD(fds[N - 1], ".");
        fd = connect_now();
        say(fd, ECHO);
        settle(&f);
        CHECK_HEARD(fd, ECHOED);
        close(fd);
        for (size_t i = 0; i < N; i++)
                close(fds[i]);
        fixture_close(&f);
}

TEST(rights)
{
        static const char root[] = "{\"method\":\"io.ecsguest.Agent.Root\",\"parameters\":{\"n\":1}}";
        struct fixture f;
        int fd;

        if (!is_root())
                return;

        fixture_open(&f);
        listen_on(&f);
        fd = connect_as(1000);
        say(fd, root);
        say(fd, ECHO);
        settle(&f);
        CHECK_HEARD(fd, "{\"error\":\"org.varlink.service.PermissionDenied\",\"parameters\":{}}|" ECHOED);
        CHECK_INT(f.n_calls, 1);
        close(fd);

        fd = connect_now();
        say(fd, root);
        settle(&f);
        CHECK_HEARD(fd, ECHOED);
        close(fd);
        fixture_close(&f);
}

static unsigned count_descriptors(void)
{
        unsigned n = 0;

        for (int fd = 0; fd < 1024; fd++)
                n += fcntl(fd, F_GETFD) >= 0;

        return n;
}

/* Descriptors that come along are none of ours. */
TEST(descriptors)
{
        __extension__ union {
                char bytes[CMSG_SPACE(sizeof(int))];
                struct cmsghdr align;
        } control = { { 0 } };
        struct iovec iov = { (char *) ECHO, sizeof(ECHO) };
        struct msghdr message = {
                .msg_iov = &iov,
                .msg_iovlen = 1,
                .msg_control = control.bytes,
                .msg_controllen = sizeof(control.bytes),
        };
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        unsigned before;
        struct fixture f;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        before = count_descriptors();
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(header), &fd, sizeof(int));
        CHECK_INT(sendmsg(fd, &message, 0), sizeof(ECHO));
        settle(&f);
        CHECK_HEARD(fd, ECHOED);
        CHECK_INT(count_descriptors(), before);
        close(fd);
        fixture_close(&f);
}

/* Without descriptors the loop sleeps, and those who wait are served afterwards. */
TEST(no_descriptors)
{
        struct rlimit old, small;
        struct fixture f;
        unsigned steps = 0;
        uint64_t begin;
        int fd;

        fixture_open(&f);
        listen_on(&f);
        fd = connect_now();
        CHECK_INT(getrlimit(RLIMIT_NOFILE, &old), 0);
        small = (struct rlimit){ 0, old.rlim_max };
        CHECK_INT(setrlimit(RLIMIT_NOFILE, &small), 0);
        for (begin = loop_now(); loop_now() - begin < 300;)
                steps += (unsigned) loop_step(f.loop, 100);
        CHECK(steps <= 6);
        CHECK_INT(varlink_server_connections(f.server), 0);
        CHECK_INT(setrlimit(RLIMIT_NOFILE, &old), 0);

        say(fd, ECHO);
        for (begin = loop_now(); varlink_server_connections(f.server) == 0 && loop_now() - begin < 10000;)
                (void) !loop_step(f.loop, 100);
        settle(&f);
        CHECK_HEARD(fd, ECHOED);
        close(fd);
        fixture_close(&f);
}

TEST(stop_listening)
{
        socklen_t len = offsetof(struct sockaddr_un, sun_path) + 6;
        struct fixture f;
        int fd, other;

        fixture_open(&f);
        listen_on(&f);
        fd = connect_now();
        settle(&f);
        varlink_server_stop_listening(f.server);
        other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        CHECK(connect(other, (struct sockaddr *) &address, len) < 0 && errno == ECONNREFUSED);
        say(fd, ECHO);
        settle(&f);
        CHECK_HEARD(fd, ECHOED);
        close(fd);
        close(other);
        fixture_close(&f);
}

/* The same numbers in each run. */
static unsigned next_random(unsigned *state)
{
        *state = *state * 1103515245 + 12345;
        return *state >> 16;
}

static void misbehave(int fd, unsigned *state)
{
        static const char *const said[] = { ECHO, LATER, STREAM, "{\"method\":\"x\"}", "{", "" };
        const char *message = said[next_random(state) % ARRAY_SIZE(said)];
        size_t len =
                next_random(state) % 3 ? strlen(message) + 1 : next_random(state) % (strlen(message) + 1);
        char noise[32];

        for (size_t i = 0; i < sizeof(noise); i++)
                noise[i] = (char) next_random(state);
        (void) !send(fd, message, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (next_random(state) % 16 == 0)
                (void) !send(fd, noise, next_random(state) % sizeof(noise), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (next_random(state) % 16 == 0)
                (void) shutdown(fd, next_random(state) % 2 ? SHUT_WR : SHUT_RD);
}

/* Clients that come and go, say anything and read or not, beside one who behaves and is served each time. */
TEST(hostile)
{
        enum { ROUNDS = 4000, N = 8 };
        unsigned state = 1;
        struct fixture f;
        int fds[N], good;

        fixture_open_with(&f, (struct varlink_limits){ .per_uid = 60 });
        listen_on(&f);
        good = connect_now();
        for (size_t i = 0; i < N; i++)
                fds[i] = connect_now();
        for (unsigned round = 0; round < ROUNDS; round++) {
                size_t i = next_random(&state) % N;

                misbehave(fds[i], &state);
                if (next_random(&state) % 4 == 0) {
                        close(fds[i]);
                        fds[i] = connect_now();
                }
                for (unsigned n = next_random(&state) % 4; n > 0; n--)
                        (void) !loop_step(f.loop, 0);
                if (f.call && varlink_call_wants_more(f.call))
                        (void) !varlink_call_stream_text(f.call, TEXT("{\"a\":1}"));
                if (f.call && next_random(&state) % 2)
                        varlink_call_reply_text(take_ptr(f.call), TEXT(""));
                if (round % 100 == 0) {
                        say(good, ECHO);
                        settle(&f);
                        CHECK_HEARD(good, ECHOED);
                }
        }
        CHECK(f.n_calls > 100);
        CHECK(f.n_notes > 10);
        for (size_t i = 0; i < N; i++)
                close(fds[i]);
        close(good);
        settle(&f);
        CHECK_INT(varlink_server_connections(f.server), 0);
        fixture_close(&f);
}
