/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/dns-wire.h"
#include "formats/dns-message.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <time.h>

/* The root name is asked for: every recursive server knows it and answers from memory, so that the network is
 * measured and not the server's way to somebody else; and it tells nobody anything about this machine. An
 * empty answer is an answer. */

enum {
        PORT = 53,
        TOTAL_MS = 3000,     /* for one server */
        FIRST_WAIT_MS = 700, /* while nothing is known about it */
        LEAST_WAIT_MS = 250,
        MOST_WAIT_MS = 500,
        ROUNDS = 3,
        ANSWER_SIZE = 4096,
};

/* One lookup: both queries. */
struct round {
        struct dns_question questions[2];
        bool answered[2];
        struct dns_answer answers[2];
        int64_t sent[2];
        unsigned took[2];
};

struct server {
        const struct sockaddr *address;
        socklen_t len;
        int random;       /* /dev/urandom */
        int64_t deadline; /* in milliseconds of CLOCK_MONOTONIC */
        unsigned wait;    /* for one answer */
};

static int64_t now(void)
{
        struct timespec time = { 0 };

        (void) clock_gettime(CLOCK_MONOTONIC, &time);
        return (int64_t) time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool is_from_network(int error)
{
        return error == -ECONNREFUSED || error == -ENETUNREACH || error == -EHOSTUNREACH ||
               error == -ENETDOWN || error == -EHOSTDOWN || error == -EADDRNOTAVAIL || error == -EACCES ||
               error == -EPERM || error == -ENOPROTOOPT || error == -EINVAL;
}

/* Connected, so that the kernel drops what comes from elsewhere; each socket has a port of its own. */
static int open_socket(const struct server *server, int type)
{
        _cleanup_close_ int fd = socket(server->address->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        if (connect(fd, server->address, server->len) < 0 && errno != EINPROGRESS)
                return -errno;

        return take_fd(&fd);
}

static int send_query(const struct server *server, int fd, struct round *round, size_t i)
{
        uint8_t query[DNS_QUERY_SIZE];
        uint16_t id;

        /* An id that cannot be guessed: an answer that was forged must not be taken for one. */
        if (read(server->random, &id, sizeof(id)) != (ssize_t) sizeof(id))
                return -EIO;

        round->questions[i] = (struct dns_question){ id, i == 0 ? DNS_TYPE_A : DNS_TYPE_AAAA };
        dns_query_encode(round->questions[i], query);
        round->sent[i] = now();
        return send(fd, query, sizeof(query), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Reads one message; whatever is no answer to a query of this round is passed over. */
static int receive(int fd, struct round *round, size_t from, size_t to)
{
        uint8_t message[ANSWER_SIZE];
        ssize_t n = recv(fd, message, sizeof(message), 0);

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;

        for (size_t i = from; i < to; i++)
                if (!round->answered[i] &&
                    dns_answer_decode(message, (size_t) n, round->questions[i], &round->answers[i]) == 0) {
                        round->answered[i] = true;
                        round->took[i] = (unsigned) (now() - round->sent[i]);
                        break;
                }

        return 0;
}

/* Until the queries from up to to have their answers, or time is up. */
static int wait_for(const struct server *server, int fd, struct round *round, size_t from, size_t to)
{
        int64_t end = now() + server->wait;

        if (end > server->deadline)
                end = server->deadline;

        for (;;) {
                struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
                int64_t left = end - now();
                bool all = true;
                int r;

                for (size_t i = from; i < to; i++)
                        all = all && round->answered[i];
                if (all || left <= 0)
                        return 0;

                r = poll(&poll_fd, 1, (int) left);
                if (r < 0 && errno != EINTR)
                        return -errno;
                if (r > 0)
                        r = receive(fd, round, from, to);
                if (r < 0 && r != -EINTR)
                        return r;
        }
}

static int ask_together(const struct server *server, struct round *round)
{
        _cleanup_close_ int fd = open_socket(server, SOCK_DGRAM);
        int r;

        if (fd < 0)
                return fd;

        r = send_query(server, fd, round, 0);
        if (r >= 0)
                r = send_query(server, fd, round, 1);

        return r < 0 ? r : wait_for(server, fd, round, 0, 2);
}

static int ask_in_sequence(const struct server *server, struct round *round)
{
        _cleanup_close_ int fd = open_socket(server, SOCK_DGRAM);
        int r = fd < 0 ? fd : 0;

        for (size_t i = 0; i < 2 && r >= 0; i++) {
                r = send_query(server, fd, round, i);
                if (r >= 0)
                        r = wait_for(server, fd, round, i, i + 1);
        }

        return r;
}

static int ask_reopened(const struct server *server, struct round *round)
{
        int r = 0;

        for (size_t i = 0; i < 2 && r >= 0; i++) {
                _cleanup_close_ int fd = open_socket(server, SOCK_DGRAM);

                r = fd < 0 ? fd : send_query(server, fd, round, i);
                if (r >= 0)
                        r = wait_for(server, fd, round, i, i + 1);
        }

        return r;
}

static int (*const modes[])(const struct server *server, struct round *round) = {
        [DNS_WIRE_TOGETHER] = ask_together,
        [DNS_WIRE_SEQUENCE] = ask_in_sequence,
        [DNS_WIRE_REOPEN] = ask_reopened,
};
_Static_assert(ARRAY_SIZE(modes) == DNS_WIRE_MODE_COUNT, "a function for each mode");

static void add_answer(struct dns_wire *wire, const struct dns_answer *answer)
{
        if (answer->rcode != DNS_NOERROR && answer->rcode != DNS_NXDOMAIN)
                wire->rcode = answer->rcode;
        wire->truncated = wire->truncated || answer->truncated;
}

/* A round that the end of time cut short says nothing about the network: it does not count, and -ETIME ends
 * the measurement. */
static int run_round(const struct server *server, enum dns_wire_mode mode, struct dns_wire *wire)
{
        struct dns_wire_count *count = &wire->counts[mode];
        struct round round = { 0 };
        int r;

        r = modes[mode](server, &round);
        if (r < 0)
                return r;
        if (now() >= server->deadline && (!round.answered[0] || !round.answered[1]))
                return -ETIME;

        count->rounds++;
        count->lost_a += !round.answered[0];
        count->lost_aaaa += !round.answered[1];
        for (size_t i = 0; i < 2; i++) {
                if (!round.answered[i])
                        continue;
                if (round.took[i] > count->worst)
                        count->worst = round.took[i];
                add_answer(wire, &round.answers[i]);
        }

        return 0;
}

static bool lost_any(const struct dns_wire_count *count)
{
        return count->lost_a + count->lost_aaaa > 0;
}

static bool lost_all(const struct dns_wire_count *count)
{
        return count->lost_a == count->rounds && count->lost_aaaa == count->rounds;
}

/* A stream: two bytes of length in front of each message (RFC 1035 section 4.2.2). One read is enough for an
 * answer of this size from a server that works, and a longer answer still begins with all that is looked at.
 */
static int ask_by_tcp(const struct server *server, bool *ret_works)
{
        _cleanup_close_ int fd = open_socket(server, SOCK_STREAM);
        struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
        uint8_t query[2 + DNS_QUERY_SIZE] = { 0, DNS_QUERY_SIZE }, message[ANSWER_SIZE];
        struct dns_question question = { .type = DNS_TYPE_A };
        struct dns_answer answer;
        ssize_t n;

        *ret_works = false;
        if (fd < 0)
                return is_from_network(fd) ? 0 : fd;
        if (read(server->random, &question.id, sizeof(question.id)) != (ssize_t) sizeof(question.id))
                return -EIO;
        dns_query_encode(question, query + 2);

        if (poll(&poll_fd, 1, MOST_WAIT_MS) <= 0 || send(fd, query, sizeof(query), MSG_NOSIGNAL) < 0)
                return 0;
        poll_fd.events = POLLIN;
        if (poll(&poll_fd, 1, MOST_WAIT_MS) <= 0)
                return 0;

        n = recv(fd, message, sizeof(message), 0);
        *ret_works = n > 2 && dns_answer_decode(message + 2, (size_t) n - 2, question, &answer) == 0;
        return 0;
}

/* The way that loses nothing comes first: it tells whether anybody is there and how long to wait, and lets
 * the kernel learn the neighbour's address, whose queue might drop a packet of its own. */
static int measure(struct server *server, struct dns_wire *wire)
{
        struct dns_wire_count *reopen = &wire->counts[DNS_WIRE_REOPEN];
        struct dns_wire_count *together = &wire->counts[DNS_WIRE_TOGETHER];
        int r;

        r = run_round(server, DNS_WIRE_REOPEN, wire);
        if (r >= 0 && lost_any(reopen))
                r = run_round(server, DNS_WIRE_REOPEN, wire);
        if (r < 0 || lost_all(reopen))
                return r;

        server->wait = reopen->worst * 8;
        server->wait = server->wait < LEAST_WAIT_MS ? LEAST_WAIT_MS : server->wait;
        server->wait = server->wait > MOST_WAIT_MS ? MOST_WAIT_MS : server->wait;

        for (unsigned i = 0; i < ROUNDS && r >= 0; i++)
                /* What no way gets an answer to is not asked for again and again. */
                if (i == 0 || (reopen->lost_a != reopen->rounds && reopen->lost_aaaa != reopen->rounds))
                        r = run_round(server, DNS_WIRE_TOGETHER, wire);
        if (r >= 0 && lost_any(together) && !lost_any(reopen)) {
                r = run_round(server, DNS_WIRE_SEQUENCE, wire);
                while (r >= 0 && reopen->rounds < ROUNDS)
                        r = run_round(server, DNS_WIRE_REOPEN, wire);
        }
        if (r >= 0 && wire->truncated)
                r = ask_by_tcp(server, &wire->tcp_works);

        return r;
}

int dns_wire_measure(const struct sockaddr *address, socklen_t len, struct dns_wire *ret)
{
        _cleanup_close_ int random = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
        struct server server = {
                .address = address,
                .len = len,
                .random = random,
                .deadline = now() + TOTAL_MS,
                .wait = FIRST_WAIT_MS,
        };
        struct dns_wire wire = { 0 };
        int r;

        if (random < 0)
                return -errno;

        r = measure(&server, &wire);
        if (r < 0 && r != -ETIME && !is_from_network(r))
                return r;

        wire.error = r < 0 && r != -ETIME ? r : 0;
        wire.verdict = dns_wire_judge(&wire);
        *ret = wire;
        return 0;
}

int dns_wire_address(const char *address, const char *scope, struct sockaddr_storage *ret, socklen_t *ret_len)
{
        struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
        struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(PORT) };

        *ret = (struct sockaddr_storage){ 0 };
        if (inet_aton(address, &four.sin_addr) != 0) {
                memcpy(ret, &four, sizeof(four));
                *ret_len = sizeof(four);
                return 0;
        }
        if (inet_pton(AF_INET6, address, &six.sin6_addr) <= 0)
                return -EINVAL;

        if (scope && scope[0])
                six.sin6_scope_id = if_nametoindex(scope);
        memcpy(ret, &six, sizeof(six));
        *ret_len = sizeof(six);
        return 0;
}
