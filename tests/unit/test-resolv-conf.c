/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/resolv-conf.h"
#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <netinet/in.h>
#include <resolv.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>

static struct resolv_conf *parse(struct text text, unsigned glibc_minor)
{
        struct resolv_conf *conf = NULL;

        CHECK_INT(resolv_conf_parse(text.data, text.len, glibc_minor, &conf), 0);
        if (!conf)
                exit(1);

        return conf;
}

static void check_print(const struct resolv_conf *conf, struct text expected)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        resolv_conf_print(conf, &out);
        test_check_text(__FILE__, __LINE__, "printed", (struct text){ out.data, out.len }, expected);
}

#define REOPEN (1U << RESOLV_SINGLE_REQUEST_REOPEN)
#define SINGLE (1U << RESOLV_SINGLE_REQUEST)
#define ROTATE (1U << RESOLV_ROTATE)

/* What glibc 2.36 was seen to do; the judge below repeats it with the glibc that is here. */
static const struct {
        struct text text;
        struct text environment;
        unsigned flags;
        int timeout, attempts, ndots;
        size_t n_used;
} cases[] = {
        { TEXT_INIT(""), { "", 0 }, 0, 5, 2, 1, 0 },
        { TEXT_INIT("# options single-request-reopen\n"), { "", 0 }, 0, 5, 2, 1, 0 },
        { TEXT_INIT("; options single-request-reopen\n"), { "", 0 }, 0, 5, 2, 1, 0 },
        { TEXT_INIT("options rotate # single-request-reopen\n"), { "", 0 }, ROTATE | REOPEN, 5, 2, 1, 0 },
        { TEXT_INIT("options rotate ; single-request-reopen\n"), { "", 0 }, ROTATE | REOPEN, 5, 2, 1, 0 },
        { TEXT_INIT("options rotate #single-request-reopen\n"), { "", 0 }, ROTATE, 5, 2, 1, 0 },
        { TEXT_INIT(" options single-request-reopen\n"), { "", 0 }, 0, 5, 2, 1, 0 },
        { TEXT_INIT("\toptions single-request-reopen\n"), { "", 0 }, 0, 5, 2, 1, 0 },
        { TEXT_INIT("options timeout:2,single-request-reopen\n"), { "", 0 }, 0, 2, 2, 1, 0 },
        { TEXT_INIT("options options timeout:1 attempts:5\n"), { "", 0 }, 0, 1, 5, 1, 0 },
        { TEXT_INIT("options options single-request-reopen\n"), { "", 0 }, REOPEN, 5, 2, 1, 0 },
        { TEXT_INIT("options single-request-reopenX\n"), { "", 0 }, REOPEN, 5, 2, 1, 0 },
        { TEXT_INIT("options Xsingle-request-reopen\n"), { "", 0 }, 0, 5, 2, 1, 0 },
        { TEXT_INIT("options single-request-reope\n"), { "", 0 }, SINGLE, 5, 2, 1, 0 },
        { TEXT_INIT("options single-request-reopen single-request\n"),
          { "", 0 },
          REOPEN | SINGLE,
          5,
          2,
          1,
          0 },
        { TEXT_INIT("nameserver 1.1.1.1\r\noptions single-request-reopen\r\n"),
          { "", 0 },
          REOPEN,
          5,
          2,
          1,
          0 },
        { TEXT_INIT("options rotate\r\nnameserver 1.1.1.1\n"), { "", 0 }, ROTATE, 5, 2, 1, 1 },
        { TEXT_INIT("options rotate\nnameserver 1.1.1.1\noptions single-request-reopen\n"),
          { "", 0 },
          ROTATE | REOPEN,
          5,
          2,
          1,
          1 },
        { TEXT_INIT("nameserver 1.1.1.1\n"), TEXT_INIT("single-request-reopen"), REOPEN, 5, 2, 1, 1 },
        { TEXT_INIT("options timeout:9\n"), TEXT_INIT("options timeout:1 attempts:5"), 0, 1, 5, 1, 0 },
        { TEXT_INIT(""), TEXT_INIT("rotate\nsingle-request-reopen"), ROTATE, 5, 2, 1, 0 },
        { TEXT_INIT("options\tsingle-request-reopen"), { "", 0 }, REOPEN, 5, 2, 1, 0 },
        { TEXT_INIT("options   rotate \t single-request-reopen  "), { "", 0 }, ROTATE | REOPEN, 5, 2, 1, 0 },
        { TEXT_INIT("options Single-Request-Reopen ROTATE\n"), { "", 0 }, 0, 5, 2, 1, 0 },
        { TEXT_INIT("OPTIONS rotate\n"), { "", 0 }, 0, 5, 2, 1, 0 },
        { TEXT_INIT("options\n"), { "", 0 }, 0, 5, 2, 1, 0 },
        { TEXT_INIT("optionsrotate\n"), { "", 0 }, 0, 5, 2, 1, 0 },
        { TEXT_INIT("options\v rotate\n"), { "", 0 }, 0, 5, 2, 1, 0 },
        { TEXT_INIT("option rotate\n"), { "", 0 }, 0, 5, 2, 1, 0 },
        { TEXT_INIT("options timeout:2\noptions timeout:7\n"), { "", 0 }, 0, 7, 2, 1, 0 },
        { TEXT_INIT("options timeout:99 attempts:9 ndots:20\n"), { "", 0 }, 0, 30, 5, 15, 0 },
        { TEXT_INIT("options timeout: 7\n"), { "", 0 }, 0, 7, 2, 1, 0 },
        { TEXT_INIT("options timeout:\n"), { "", 0 }, 0, 0, 2, 1, 0 },
        { TEXT_INIT("options timeout:x attempts:3x\n"), { "", 0 }, 0, 0, 3, 1, 0 },
        { TEXT_INIT("options timeout:-3 attempts:-1 ndots:-1\n"), { "", 0 }, 0, -3, -1, 15, 0 },
        { TEXT_INIT("options timeout:4294967297 attempts:99999999999999999999\n"),
          { "", 0 },
          0,
          1,
          -1,
          1,
          0 },
        { TEXT_INIT("options timeout:+4 ndots:\v3\n"), { "", 0 }, 0, 4, 2, 3, 0 },
        { TEXT_INIT("options timeout:-99999999999999999999\n"), { "", 0 }, 0, 0, 2, 1, 0 },
        { TEXT_INIT("options rotate\0 single-request-reopen\n"), { "", 0 }, ROTATE, 5, 2, 1, 0 },
        { TEXT_INIT("nameserver 1.1.1.1\nnameserver 2.2.2.2\nnameserver bad\nnameserver ::1\nnameserver "
                    "4.4.4.4\n"),
          { "", 0 },
          0,
          5,
          2,
          1,
          3 },
        { TEXT_INIT("nameserver 1\nnameserver 0x7f.1\nnameserver 01.2.3.4 # x\n"), { "", 0 }, 0, 5, 2, 1, 3 },
        { TEXT_INIT("nameserver 1.2.3.4x\nnameserver 256.1.1.1\nnameserver 1.2.3.4.\nnameserver \n"),
          { "", 0 },
          0,
          5,
          2,
          1,
          0 },
        { TEXT_INIT("nameserver ::1\r\nnameserver 1.2.3.4#\nnameserver 1.2.3.4%lo\nnameserver %lo\n"),
          { "", 0 },
          0,
          5,
          2,
          1,
          0 },
        { TEXT_INIT("nameserver fe80::1%lo foo\nnameserver ::1%\nnameserver ::ffff:1.2.3.4%none\n"),
          { "", 0 },
          0,
          5,
          2,
          1,
          3 },
        { TEXT_INIT("nameserver\t1.2.3.4\0x\n"), { "", 0 }, 0, 5, 2, 1, 1 },
        { TEXT_INIT(" nameserver 1.1.1.1\nnameserver: 1.1.1.1\n"), { "", 0 }, 0, 5, 2, 1, 0 },
};

TEST(reads_as_glibc_2_36_does)
{
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_resolv_conf_ struct resolv_conf *conf = parse(cases[i].text, 36);
                struct resolv_options options;

                resolv_conf_options(conf, cases[i].environment, &options);
                check_print(conf, cases[i].text);
                if (options.flags != cases[i].flags || options.timeout != cases[i].timeout ||
                    options.attempts != cases[i].attempts || options.ndots != cases[i].ndots ||
                    conf->n_used != cases[i].n_used)
                        test_failed(__FILE__, __LINE__,
                                    "case %zu: flags %#x, timeout %d, attempts %d, ndots %d, "
                                    "%zu servers",
                                    i, options.flags, options.timeout, options.attempts, options.ndots,
                                    conf->n_used);
        }
}

/* Everything below asks the glibc that runs the test. */

struct answer {
        unsigned long options;
        int timeout, attempts, ndots, n_servers;
        struct in6_addr servers[RESOLV_NAMESERVERS_MAX]; /* IPv4 as a mapped address */
};

static int judged_fd = -EBADF;

/* A private mount namespace in which /etc/resolv.conf is a file of ours. */
static bool judge_ready(void)
{
        char path[] = "/tmp/test-resolv-conf-XXXXXX";
        _cleanup_close_ int fd = -EBADF;

        if (judged_fd >= 0)
                return true;
        if (geteuid() != 0) {
                test_skip("needs root");
                return false;
        }
        if (unshare(CLONE_NEWNS) < 0) {
                test_skip("needs the right to make a mount namespace");
                return false;
        }

        if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
                test_skip("the root is no mount point, as in a bare chroot");
                return false;
        }

        fd = mkstemp(path);
        if (fd < 0 || mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL) < 0) {
                test_failed(__FILE__, __LINE__, "cannot replace /etc/resolv.conf: %s", strerror(errno));
                return false;
        }
        (void) unlink(path);
        judged_fd = take_fd(&fd);
        return true;
}

static void map_ipv4(const struct in_addr *from, struct in6_addr *ret)
{
        memset(ret, 0, sizeof(*ret));
        memset(ret->s6_addr + 10, 0xff, 2);
        memcpy(ret->s6_addr + 12, from, 4);
}

static void read_back(struct answer *answer)
{
        struct __res_state state;

        memset(&state, 0, sizeof(state));
        if (res_ninit(&state) < 0)
                _exit(1);

        answer->options = state.options;
        answer->timeout = state.retrans;
        answer->attempts = state.retry;
        answer->ndots = (int) state.ndots;
        answer->n_servers = state.nscount;
        for (int i = 0; i < state.nscount; i++)
                if (state.nsaddr_list[i].sin_family == AF_INET)
                        map_ipv4(&state.nsaddr_list[i].sin_addr, answer->servers + i);
                else
                        answer->servers[i] = state._u._ext.nsaddrs[i]->sin6_addr;
}

/* Each question gets a process of its own, since glibc keeps what it has read. */
static bool ask_glibc(struct text text, struct text environment, struct answer *ret)
{
        struct answer *shared =
                mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        int status = -1;
        pid_t pid;

        if (shared == MAP_FAILED || ftruncate(judged_fd, 0) < 0 ||
            pwrite(judged_fd, text.data, text.len, 0) != (ssize_t) text.len || (pid = fork()) < 0) {
                test_failed(__FILE__, __LINE__, "cannot ask glibc: %s", strerror(errno));
                return false;
        }
        if (pid == 0) {
                (void) alarm(10);
                (void) unsetenv("LOCALDOMAIN");
                (void) unsetenv("RES_OPTIONS");
                if (environment.len > 0)
                        (void) setenv("RES_OPTIONS", environment.data, 1);
                read_back(shared);
                _exit(0);
        }

        CHECK_INT(waitpid(pid, &status, 0), pid);
        CHECK_INT(status, 0);
        *ret = *shared;
        (void) munmap(shared, sizeof(*shared));
        return status == 0;
}

static unsigned long glibc_bits(const struct resolv_options *options)
{
        static const unsigned long bits[RESOLV_FLAG_COUNT] = {
                [RESOLV_ROTATE] = RES_ROTATE,
                [RESOLV_EDNS0] = RES_USE_EDNS0,
                [RESOLV_SINGLE_REQUEST_REOPEN] = 0x00400000,
                [RESOLV_SINGLE_REQUEST] = 0x00200000,
                [RESOLV_NO_TLD_QUERY] = 0x01000000,
                [RESOLV_NO_RELOAD] = 0x02000000,
                [RESOLV_USE_VC] = RES_USEVC,
                [RESOLV_TRUST_AD] = 0x04000000,
                [RESOLV_NO_AAAA] = 0x08000000,
                [RESOLV_STRICT_ERROR] = 0x10000000,
                [RESOLV_INET6] = 0x00002000,
        };
        unsigned long all = RES_INIT | RES_DEFAULT;

        for (enum resolv_flag flag = 0; flag < RESOLV_FLAG_COUNT; flag++)
                if (resolv_options_have(options, flag))
                        all |= bits[flag];

        return all;
}

/* The servers that we say are used, 127.0.0.1 where there is none. */
static int our_servers(const struct resolv_conf *conf, struct in6_addr *ret)
{
        struct in_addr ipv4 = { htonl(INADDR_LOOPBACK) };
        int n = 0;

        for (size_t i = 0; i < conf->n_nameservers; i++) {
                _cleanup_free_ char *address = text_dup(conf->nameservers[i].address);

                if (!conf->nameservers[i].used)
                        continue;
                if (inet_aton(address, &ipv4))
                        map_ipv4(&ipv4, ret + n++);
                else
                        CHECK_INT(inet_pton(AF_INET6, address, ret + n++), 1);
        }
        if (n == 0)
                map_ipv4(&ipv4, ret + n++);

        return n;
}

static unsigned running_glibc(void)
{
        unsigned minor = 0;

        CHECK_INT(sscanf(gnu_get_libc_version(), "2.%u", &minor), 1);
        return minor;
}

/* glibc 2.36 hangs on such a line: do not ask it. */
static bool hangs(const struct resolv_conf *conf)
{
        for (size_t i = 0; i < conf->n_lines; i++)
                if (conf->lines[i].kind == RESOLV_SORTLIST && conf->lines[i].error)
                        return true;

        return false;
}

static void compare(struct text text, struct text environment)
{
        _cleanup_resolv_conf_ struct resolv_conf *conf = parse(text, running_glibc());
        struct in6_addr servers[RESOLV_NAMESERVERS_MAX];
        struct resolv_options options;
        struct answer answer;
        int n;

        if (hangs(conf) || !ask_glibc(text, environment, &answer))
                return;

        resolv_conf_options(conf, environment, &options);
        n = our_servers(conf, servers);
        check_print(conf, text);
        if (answer.options != glibc_bits(&options) || answer.timeout != options.timeout ||
            answer.attempts != options.attempts || answer.ndots != options.ndots || answer.n_servers != n ||
            memcmp(answer.servers, servers, (size_t) n * sizeof(*servers)) != 0) {
                _cleanup_buffer_ struct buffer shown = { 0 };

                buffer_add_escaped(&shown, text);
                test_failed(__FILE__, __LINE__,
                            "glibc has options %#lx, timeout %d, attempts %d, ndots %d, %d servers; "
                            "we say %#lx, %d, %d, %d, %d: '%s' RES_OPTIONS='%.*s'",
                            answer.options, answer.timeout, answer.attempts, answer.ndots, answer.n_servers,
                            glibc_bits(&options), options.timeout, options.attempts, options.ndots, n,
                            shown.data, TEXT_ARGS(environment));
        }
}

TEST(agrees_with_the_glibc_that_is_here)
{
        if (!judge_ready())
                return;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                compare(cases[i].text, cases[i].environment);
}

TEST(agrees_with_glibc_over_random_input)
{
        static const struct text parts[] = {
                TEXT_INIT("options"),
                TEXT_INIT("options "),
                TEXT_INIT("options\t"),
                TEXT_INIT("nameserver "),
                TEXT_INIT("nameserver"),
                TEXT_INIT("domain "),
                TEXT_INIT("search "),
                TEXT_INIT("sortlist "),
                TEXT_INIT("\n"),
                TEXT_INIT("\n"),
                TEXT_INIT("\n"),
                TEXT_INIT("\r\n"),
                TEXT_INIT(" "),
                TEXT_INIT("\t"),
                TEXT_INIT("\v"),
                TEXT_INIT("\0"),
                TEXT_INIT("#"),
                TEXT_INIT(";"),
                TEXT_INIT(","),
                TEXT_INIT("-"),
                TEXT_INIT("rotate"),
                TEXT_INIT("edns0"),
                TEXT_INIT("single-request-reopen"),
                TEXT_INIT("single-request"),
                TEXT_INIT("no_tld_query"),
                TEXT_INIT("no-tld-query"),
                TEXT_INIT("no-reload"),
                TEXT_INIT("use-vc"),
                TEXT_INIT("trust-ad"),
                TEXT_INIT("no-aaaa"),
                TEXT_INIT("inet6"),
                TEXT_INIT("debug"),
                TEXT_INIT("ndots:"),
                TEXT_INIT("timeout:"),
                TEXT_INIT("attempts:"),
                TEXT_INIT("7"),
                TEXT_INIT("99"),
                TEXT_INIT("-1"),
                TEXT_INIT("+2"),
                TEXT_INIT("99999999999999999999"),
                TEXT_INIT("1.2.3.4"),
                TEXT_INIT("::1"),
                TEXT_INIT("fe80::1%lo"),
                TEXT_INIT("%"),
                TEXT_INIT("1.2"),
                TEXT_INIT("0x1"),
        };
        unsigned seed = 20170222;

        if (!judge_ready())
                return;

        for (size_t n = 0; n < 2000; n++) {
                _cleanup_buffer_ struct buffer text = { 0 }, environment = { 0 };
                struct text list;

                for (int i = rand_r(&seed) % 30; i >= 0; i--)
                        buffer_add_text(&text, parts[(size_t) rand_r(&seed) % ARRAY_SIZE(parts)]);
                for (int i = rand_r(&seed) % 4; i > 0; i--) {
                        buffer_add_text(&environment, parts[(size_t) rand_r(&seed) % ARRAY_SIZE(parts)]);
                        buffer_add_char(&environment, " \n"[rand_r(&seed) % 8 == 0]);
                }
                list = (struct text){ environment.data ? environment.data : "",
                                      environment.data ? strlen(environment.data) : 0 };
                compare((struct text){ text.data, text.len }, list);
        }
}

TEST(versions)
{
        const struct text text =
                TEXT("options single-request-reopen -rotate rotate no-aaaa trust-ad no-reload\n"
                     "nameserver 1.1.1.1\r\noptions -no-aaaa\n");
        static const struct {
                unsigned glibc_minor, flags;
                size_t n_used;
        } versions[] = {
                { 8, ROTATE, 1 },
                { 12, REOPEN | ROTATE, 1 },
                { 17, REOPEN | ROTATE, 1 },
                { 28, REOPEN | ROTATE | 1U << RESOLV_NO_RELOAD, 1 },
                { 31, REOPEN | ROTATE | 1U << RESOLV_NO_RELOAD | 1U << RESOLV_TRUST_AD, 0 },
                { 36, REOPEN | ROTATE | 1U << RESOLV_NO_RELOAD | 1U << RESOLV_TRUST_AD | 1U << RESOLV_NO_AAAA,
                  0 },
                { GLIBC_MINOR_NEWEST, REOPEN | ROTATE | 1U << RESOLV_NO_RELOAD | 1U << RESOLV_TRUST_AD, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
                _cleanup_resolv_conf_ struct resolv_conf *conf = parse(text, versions[i].glibc_minor);
                struct resolv_options options;

                resolv_conf_options(conf, TEXT(""), &options);
                CHECK_INT(options.flags, versions[i].flags);
                CHECK_INT(conf->n_used, versions[i].n_used);
        }
}

TEST(model)
{
        _cleanup_resolv_conf_ struct resolv_conf *conf =
                parse(TEXT("# x\n\nsearch a b \nnameserver fe80::1%eth0\n options rotate\nnameserver x\n"
                           "domain c d\nresolver 1\noptions\n \noptions  rotate\nsearch \n"),
                      36);
        struct resolv_options options;

        CHECK_INT(conf->n_lines, 12);
        CHECK_INT(conf->lines[0].kind, RESOLV_COMMENT);
        CHECK_INT(conf->lines[1].kind, RESOLV_BLANK);
        CHECK_TEXT(conf->nameservers[0].address, "fe80::1");
        CHECK_TEXT(conf->nameservers[0].scope, "eth0");
        CHECK_STRING(conf->lines[4].error, "blank in front of the keyword, glibc ignores the line");
        CHECK_STRING(conf->lines[5].error, "not an IP address, glibc ignores the line");
        CHECK_STRING(conf->lines[7].error, "unknown keyword, glibc ignores the line");
        CHECK_STRING(conf->lines[8].error, "keyword is not followed by a blank, glibc ignores the line");
        CHECK_INT(conf->lines[9].kind, RESOLV_BLANK);
        CHECK_TEXT(conf->search, "c");
        CHECK_INT(conf->search_line, 7);
        resolv_conf_options(conf, TEXT(""), &options);
        CHECK_INT(options.lines[RESOLV_ROTATE], 11);
        CHECK_STRING(resolv_flag_name(RESOLV_NO_TLD_QUERY), "no-tld-query");
}

TEST(adding_an_option)
{
        static const struct {
                struct text before, after;
        } edits[] = {
                { TEXT_INIT(""), TEXT_INIT("options single-request-reopen\n") },
                { TEXT_INIT("nameserver 1.1.1.1"),
                  TEXT_INIT("nameserver 1.1.1.1\noptions single-request-reopen\n") },
                { TEXT_INIT(" options rotate\n# x\noptions\ttimeout:2  \r\noptions edns0\n"),
                  TEXT_INIT(" options rotate\n# x\noptions\ttimeout:2 single-request-reopen  \r\noptions "
                            "edns0\n") },
                { TEXT_INIT("options rotate\0x\n"), TEXT_INIT("options rotate single-request-reopen\0x\n") },
                { TEXT_INIT("options \n"), TEXT_INIT("options single-request-reopen \n") },
                { TEXT_INIT("options rotate single-request-reopen\n"),
                  TEXT_INIT("options rotate single-request-reopen\n") },
        };

        for (size_t i = 0; i < ARRAY_SIZE(edits); i++) {
                _cleanup_resolv_conf_ struct resolv_conf *conf = parse(edits[i].before, 17);

                CHECK_INT(resolv_conf_add_option(conf, TEXT("single-request-reopen")), 0);
                CHECK_INT(resolv_conf_add_option(conf, TEXT("single-request-reopen")), 0);
                check_print(conf, edits[i].after);
                CHECK_INT(resolv_conf_add_option(conf, TEXT("a b")), -EINVAL);
                CHECK_INT(resolv_conf_add_option(conf, TEXT("a\nb")), -EINVAL);
                CHECK_INT(resolv_conf_add_option(conf, TEXT("")), -EINVAL);
        }
}
