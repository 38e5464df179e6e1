/* SPDX-License-Identifier: Apache-2.0 */

/* A nameserver with the faults of networks, for dns-wire.sh: it answers every question with an empty answer,
 * or loses packets as its mode says. use: dns-server ADDRESS MODE. Says "ready" once it can be asked. */

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { PORT = 53, HEADER = 12, DELAY_MS = 40, MAX_PENDING = 64, TYPE_AAAA = 28 };

enum behaviour {
        HEALTHY,
        DROP_SECOND,     /* every second packet of a flow */
        DROP_UNANSWERED, /* whatever comes while the flow has an unanswered query */
        NO_AAAA,
        LOSE_ONE, /* the second packet of the first flow that has two at once, and no other */
        TRUNCATED,
        FORGED, /* three wrong answers in front of each right one */
        SILENT,
};

static const struct mode {
        const char *name;
        enum behaviour behaviour;
        unsigned rcode;
        bool tcp;
} modes[] = {
        { "healthy", HEALTHY, 0, true },
        { "drop-second", DROP_SECOND, 0, true },
        { "drop-unanswered", DROP_UNANSWERED, 0, true },
        { "no-aaaa", NO_AAAA, 0, true },
        { "lose-one", LOSE_ONE, 0, true },
        { "refused", HEALTHY, 5, true },
        { "servfail", HEALTHY, 2, true },
        { "truncated", TRUNCATED, 0, true },
        { "truncated-no-tcp", TRUNCATED, 0, false },
        { "forged", FORGED, 0, true },
        { "silent", SILENT, 0, false },
};

/* A flow is one source port: the address is always the same here. */
static unsigned packets[65536];

struct answer {
        struct sockaddr_storage to;
        socklen_t to_len;
        uint8_t data[512];
        size_t len;
        int64_t due;
};

static struct answer pending[MAX_PENDING];
static size_t n_pending;

static int64_t now(void)
{
        struct timespec time;

        (void) clock_gettime(CLOCK_MONOTONIC, &time);
        return (int64_t) time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* The port is at the same place for both families. */
static uint16_t port_of(const struct sockaddr_storage *address)
{
        return ntohs(((const struct sockaddr_in *) address)->sin_port);
}

static bool is_pending(uint16_t port)
{
        for (size_t i = 0; i < n_pending; i++)
                if (port_of(&pending[i].to) == port)
                        return true;

        return false;
}

static bool is_lost(const struct mode *mode, const struct answer *query)
{
        static bool lost_one;
        uint16_t port = port_of(&query->to);
        unsigned nth = ++packets[port];

        switch (mode->behaviour) {
        case DROP_SECOND:
                return nth % 2 == 0;
        case DROP_UNANSWERED:
                return is_pending(port);
        case NO_AAAA:
                return query->data[HEADER + 2] == TYPE_AAAA;
        case LOSE_ONE:
                if (lost_one || nth != 2)
                        return false;
                lost_one = true;
                return true;
        case SILENT:
                return true;
        default:
                return false;
        }
}

static void make_answer(const struct mode *mode, uint8_t *message, bool by_tcp)
{
        message[2] = (uint8_t) (0x81 | (mode->behaviour == TRUNCATED && !by_tcp ? 0x02 : 0));
        message[3] = (uint8_t) (0x80 | mode->rcode);
}

/* Another id, another question, and a query that only looks like an answer. */
static void send_forged(int fd, const struct answer *answer)
{
        static const size_t places[] = { 0, HEADER + 2, 2 };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                struct answer wrong = *answer;

                wrong.data[places[i]] ^= 0x80;
                wrong.data[3] |= 5;
                (void) sendto(fd, wrong.data, wrong.len, 0, (struct sockaddr *) &wrong.to, wrong.to_len);
        }
}

static void take_query(int fd, const struct mode *mode)
{
        struct answer query = { .to_len = sizeof(query.to) };
        ssize_t n =
                recvfrom(fd, query.data, sizeof(query.data), 0, (struct sockaddr *) &query.to, &query.to_len);

        if (n < HEADER + 5 || n_pending == MAX_PENDING || is_lost(mode, &query))
                return;

        query.len = (size_t) n;
        query.due = now() + (mode->behaviour == DROP_UNANSWERED ? DELAY_MS : 0);
        make_answer(mode, query.data, false);
        pending[n_pending++] = query;
}

static void send_due(int fd, const struct mode *mode)
{
        for (size_t i = 0; i < n_pending;) {
                struct answer *answer = &pending[i];

                if (answer->due > now()) {
                        i++;
                        continue;
                }
                if (mode->behaviour == FORGED)
                        send_forged(fd, answer);
                (void) sendto(fd, answer->data, answer->len, 0, (struct sockaddr *) &answer->to,
                              answer->to_len);
                *answer = pending[--n_pending];
        }
}

static void serve_stream(int listener, const struct mode *mode)
{
        _cleanup_close_ int fd = accept(listener, NULL, NULL);
        uint8_t message[512];
        ssize_t n = fd < 0 ? -1 : recv(fd, message, sizeof(message), 0);

        if (n < 2 + HEADER)
                return;
        make_answer(mode, message + 2, true);
        (void) send(fd, message, (size_t) n, MSG_NOSIGNAL);
}

static int listen_at(const char *address, int type)
{
        struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
        struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(PORT) };
        bool is_six = inet_pton(AF_INET6, address, &six.sin6_addr) > 0;
        int fd = socket(is_six ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);
        int yes = 1;

        if (!is_six && inet_pton(AF_INET, address, &four.sin_addr) <= 0)
                return -EINVAL;
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0 ||
            bind(fd, is_six ? (struct sockaddr *) &six : (struct sockaddr *) &four,
                 is_six ? sizeof(six) : sizeof(four)) < 0 ||
            (type == SOCK_STREAM && listen(fd, 4) < 0))
                return -errno;

        return fd;
}

static const struct mode *find_mode(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
                if (strcmp(modes[i].name, name) == 0)
                        return &modes[i];

        return NULL;
}

int main(int argc, char *argv[])
{
        const struct mode *mode = argc == 3 ? find_mode(argv[2]) : NULL;
        struct pollfd fds[2] = { { .events = POLLIN }, { .fd = -1, .events = POLLIN } };

        if (!mode) {
                fprintf(stderr, "use: dns-server ADDRESS MODE\n");
                return 2;
        }

        fds[0].fd = listen_at(argv[1], SOCK_DGRAM);
        if (mode->tcp)
                fds[1].fd = listen_at(argv[1], SOCK_STREAM);
        if (fds[0].fd < 0 || (mode->tcp && fds[1].fd < 0)) {
                fprintf(stderr, "dns-server: '%s': %s\n", argv[1],
                        strerror(fds[0].fd < 0 ? -fds[0].fd : -fds[1].fd));
                return 1;
        }
        printf("ready\n");
        (void) fflush(stdout);

        for (;;) {
                /* Wakes up to look for what is due. */
                if (poll(fds, 2, n_pending > 0 ? 5 : -1) < 0 && errno != EINTR)
                        return 1;
                if (fds[0].revents & POLLIN)
                        take_query(fds[0].fd, mode);
                if (fds[1].revents & POLLIN)
                        serve_stream(fds[1].fd, mode);
                send_due(fds[0].fd, mode);
        }
}
