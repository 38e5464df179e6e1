/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/json.h"
#include "control/outbox.h"
#include "control/state.h"
#include "engine/host.h"
#include "engine/probe.h"
#include "engine/root.h"
#include "outbox/last.h"
#include "outbox/put.h"
#include "outbox/status.h"
#include "report/report.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define HOME "var/lib/ecs-guest-agent"

struct tree {
        char name[64];
        int fd;
};

static void tree_need(bool condition, const char *what)
{
        if (condition)
                return;

        fprintf(stderr, "cannot prepare the test: %s: %s\n", what, strerror(errno));
        exit(1);
}

static void tree_new(struct tree *tree)
{
        (void) snprintf(tree->name, sizeof(tree->name), "/tmp/test-outbox-XXXXXX");
        tree_need(mkdtemp(tree->name) && chmod(tree->name, 0755) == 0, "mkdtemp");
        tree->fd = open(tree->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        tree_need(tree->fd >= 0, tree->name);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static void tree_done(struct tree *tree)
{
        (void) close(tree->fd);
        tree_need(nftw(tree->name, remove_one, 64, FTW_DEPTH | FTW_PHYS) == 0, tree->name);
}

/* A system, and what was found in it. */
struct fixture {
        struct tree tree;
        struct root *root;
        int home, outbox;
        struct outbox_order order;
        struct host host;
        struct findings findings;
        struct report report;
};

static void put_file(int at, const char *name, const char *content)
{
        int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        tree_need(fd >= 0 && write(fd, content, strlen(content)) == (ssize_t) strlen(content), name);
        (void) close(fd);
}

static void set_sinks(struct fixture *fixture, const char *text)
{
        fixture->order.sinks = text_from_string(text);
}

static void begin(struct fixture *fixture)
{
        *fixture = (struct fixture){ 0 };
        set_sinks(fixture, "sinks");
        tree_new(&fixture->tree);
        tree_need(mkdirat(fixture->tree.fd, "etc", 0755) == 0 &&
                          mkdirat(fixture->tree.fd, "var", 0755) == 0 &&
                          mkdirat(fixture->tree.fd, "var/lib", 0755) == 0 &&
                          mkdirat(fixture->tree.fd, HOME, 0755) == 0 &&
                          mkdirat(fixture->tree.fd, HOME "/outbox", 0770) == 0,
                  "directories");
        put_file(fixture->tree.fd, "etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        fixture->home = openat(fixture->tree.fd, HOME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        fixture->outbox = openat(fixture->home, "outbox", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK_INT(root_open(fixture->tree.name, ROOT_LIVE, &fixture->root), 0);
        fixture->report = (struct report){
                .root = "/", .host = &fixture->host, .findings = &fixture->findings, .time = 1795000000
        };
}

static void end(struct fixture *fixture)
{
        (void) root_free(fixture->root);
        (void) close(fixture->outbox);
        (void) close(fixture->home);
        tree_done(&fixture->tree);
}

static int try_to_put(struct fixture *fixture, enum verdict verdict)
{
        fixture->report.summary.verdict = verdict;
        fixture->report.time++;
        fixture->order.report = &fixture->report;
        return outbox_put(fixture->root, &fixture->order, NULL);
}

static void put(struct fixture *fixture, enum verdict verdict)
{
        CHECK(try_to_put(fixture, verdict) >= 0);
}

/* As "agentctl report --send" does; its sequence. */
static uint64_t ask(struct fixture *fixture, enum verdict verdict, bool aside)
{
        struct outbox_order order = fixture->order;
        uint64_t sequence = 0;

        fixture->report.summary.verdict = verdict;
        fixture->report.time++;
        order.report = &fixture->report;
        order.asked = true;
        order.aside = aside;
        CHECK_INT(outbox_put(fixture->root, &order, &sequence), 1);
        return sequence;
}

static size_t count(const struct fixture *fixture)
{
        _cleanup_outbox_list_ struct outbox_list list = { 0 };

        CHECK_INT(outbox_list(fixture->outbox, &list), 0);
        return list.n;
}

static void read_newest(const struct fixture *fixture, struct outbox_event *ret)
{
        _cleanup_outbox_list_ struct outbox_list list = { 0 };
        const char *cause = "";

        CHECK_INT(outbox_list(fixture->outbox, &list), 0);
        CHECK(list.n > 0);
        if (list.n > 0)
                CHECK_INT(outbox_read(fixture->outbox, &list.items[list.n - 1], ret, &cause), 0);
}

TEST(only_what_is_news_is_put_there)
{
        struct fixture fixture;
        _cleanup_outbox_event_ struct outbox_event first = { 0 }, second = { 0 };
        struct text verdict;

        begin(&fixture);
        put(&fixture, VERDICT_READY);
        CHECK_INT(count(&fixture), 1);
        read_newest(&fixture, &first);
        CHECK_INT(first.sequence, 1);
        CHECK_STRING(first.time, "2026-11-18T11:06:41Z");
        CHECK_INT(json_get_text(first.report, "verdict", &verdict), 0);
        CHECK_TEXT(verdict, "ready");
        put(&fixture, VERDICT_READY);
        CHECK_INT(count(&fixture), 1);
        put(&fixture, VERDICT_NOT_READY);
        CHECK_INT(count(&fixture), 2);
        read_newest(&fixture, &second);
        CHECK_INT(second.sequence, 2);
        CHECK(first.id && second.id && strcmp(first.id, second.id) != 0);
        CHECK_INT(strlen(second.id), 36);
        end(&fixture);
}

TEST(another_finding_that_fails_is_news)
{
        static const struct probe probe = { .id = "a" };
        struct finding finding = {
                .probe = &probe, .key = (char *) "a:b", .summary = (char *) "", .outcome = OUTCOME_PASS
        };
        struct finding *items[] = { &finding };
        struct fixture fixture;

        begin(&fixture);
        fixture.findings = (struct findings){ .items = items, .n = 1 };
        put(&fixture, VERDICT_READY);
        put(&fixture, VERDICT_READY);
        CHECK_INT(count(&fixture), 1);
        finding.outcome = OUTCOME_FAIL;
        finding.severity = SEVERITY_WARNING;
        put(&fixture, VERDICT_READY);
        CHECK_INT(count(&fixture), 2);
        finding.outcome = OUTCOME_SKIP;
        put(&fixture, VERDICT_READY);
        CHECK_INT(count(&fixture), 3);
        end(&fixture);
}

TEST(without_a_sink_there_is_nothing)
{
        struct fixture fixture;
        struct stat st;

        begin(&fixture);
        set_sinks(&fixture, "");
        put(&fixture, VERDICT_READY);
        CHECK_INT(count(&fixture), 0);
        CHECK(fstatat(fixture.home, OUTBOX_LAST_NAME, &st, 0) < 0);
        end(&fixture);
}

/* Delivered and taken away, or not: the same event, as long as it says the same. */
TEST(what_was_interrupted_is_the_same_event)
{
        struct fixture fixture;
        struct outbox_last last;
        _cleanup_outbox_event_ struct outbox_event first = { 0 }, second = { 0 };

        begin(&fixture);
        put(&fixture, VERDICT_READY);
        read_newest(&fixture, &first);
        CHECK_INT(outbox_last_read(fixture.home, &last), 0);
        CHECK(last.written);
        last.written = false;
        CHECK_INT(outbox_last_write(fixture.home, &last), 0);
        CHECK_INT(unlinkat(fixture.outbox, "0000000000000001.json", 0), 0);
        put(&fixture, VERDICT_READY);
        read_newest(&fixture, &second);
        CHECK_STRING(second.id, first.id);
        CHECK_STRING(second.time, first.time);
        CHECK_INT(second.sequence, 1);
        CHECK_INT(unlinkat(fixture.outbox, "0000000000000001.json", 0), 0);
        put(&fixture, VERDICT_READY);
        CHECK_INT(count(&fixture), 0);
        end(&fixture);
}

TEST(another_sink_gets_the_same_event)
{
        struct fixture fixture;
        _cleanup_outbox_event_ struct outbox_event first = { 0 }, second = { 0 };

        begin(&fixture);
        put(&fixture, VERDICT_READY);
        read_newest(&fixture, &first);
        CHECK_INT(unlinkat(fixture.outbox, "0000000000000001.json", 0), 0);
        set_sinks(&fixture, "others");
        put(&fixture, VERDICT_READY);
        read_newest(&fixture, &second);
        CHECK_STRING(second.id, first.id);
        end(&fixture);
}

TEST(a_copy_of_the_machine_starts_afresh)
{
        struct fixture fixture;
        _cleanup_outbox_event_ struct outbox_event event = { 0 };

        begin(&fixture);
        put(&fixture, VERDICT_READY);
        put(&fixture, VERDICT_NOT_READY);
        put_file(fixture.tree.fd, "etc/machine-id", "fedcba9876543210fedcba9876543210\n");
        put(&fixture, VERDICT_NOT_READY);
        CHECK_INT(count(&fixture), 1);
        read_newest(&fixture, &event);
        CHECK_INT(event.sequence, 3);
        end(&fixture);
}

/* Sequences that a sink has seen are never used again. */
TEST(a_lost_record_is_made_up_for)
{
        struct fixture fixture;
        _cleanup_outbox_event_ struct outbox_event event = { 0 };
        _cleanup_state_ struct state state = { 0 };
        int reporter;

        begin(&fixture);
        tree_need(mkdirat(fixture.home, "reporter", 0750) == 0, "reporter");
        reporter = openat(fixture.home, "reporter", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        state_get(&state, "a")->sequence = 41;
        state_find(&state, "a")->settings = strdup("x");
        CHECK_INT(state_write(reporter, &state), 0);
        put(&fixture, VERDICT_READY);
        read_newest(&fixture, &event);
        CHECK_INT(event.sequence, 42);
        (void) close(reporter);
        end(&fixture);
}

TEST(what_is_absurd_is_not_believed)
{
        struct fixture fixture;
        _cleanup_outbox_event_ struct outbox_event event = { 0 };

        begin(&fixture);
        put_file(fixture.outbox, "4503599627370495.json", "x");
        put(&fixture, VERDICT_READY);
        CHECK_INT(count(&fixture), 1);
        read_newest(&fixture, &event);
        CHECK_INT(event.sequence, 1);
        end(&fixture);
}

TEST(no_more_than_so_many)
{
        struct fixture fixture;
        _cleanup_outbox_list_ struct outbox_list list = { 0 };

        begin(&fixture);
        for (unsigned i = 0; i < 150; i++)
                put(&fixture, i % 2 ? VERDICT_READY : VERDICT_NOT_READY);
        CHECK_INT(outbox_list(fixture.outbox, &list), 0);
        CHECK_INT(list.n, OUTBOX_ENTRIES_MAX);
        CHECK_INT(list.items[0].sequence, 150 - OUTBOX_ENTRIES_MAX + 1);
        CHECK_INT(list.items[list.n - 1].sequence, 150);
        end(&fixture);
}

TEST(no_more_bytes_than_that)
{
        struct fixture fixture;
        char name[OUTBOX_NAME_SIZE];

        begin(&fixture);
        for (unsigned i = 1; i <= 12; i++) {
                int fd;

                outbox_name(i, name);
                fd = openat(fixture.outbox, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
                tree_need(fd >= 0 && ftruncate(fd, i == 12 ? 9 << 20 : 1 << 20) == 0, name);
                (void) close(fd);
        }
        CHECK_INT(outbox_bound(fixture.outbox, 12), 0);
        /* Too large by itself, and the newest. */
        CHECK_INT(count(&fixture), 1);
        end(&fixture);
}

/* Whatever the reporter may do there. */
TEST(a_hostile_outbox)
{
        struct fixture fixture;
        struct stat st;

        begin(&fixture);
        put_file(fixture.tree.fd, "victim", "as it was");
        CHECK_INT(symlinkat("../../../../victim", fixture.outbox, "0000000000000001.json"), 0);
        CHECK_INT(mkfifoat(fixture.outbox, "0000000000000002.json", 0600), 0);
        put(&fixture, VERDICT_READY);
        CHECK_INT(fstatat(fixture.tree.fd, "victim", &st, 0), 0);
        CHECK_INT(st.st_size, 9);
        CHECK_INT(fstatat(fixture.outbox, "0000000000000001.json", &st, AT_SYMLINK_NOFOLLOW), 0);
        CHECK(S_ISREG(st.st_mode));
        CHECK_INT(st.st_mode & 07777, 0640);
        CHECK_INT(count(&fixture), 1);
        end(&fixture);
}

TEST(an_outbox_that_is_a_link)
{
        struct fixture fixture;
        struct stat st;

        begin(&fixture);
        CHECK_INT(unlinkat(fixture.home, "outbox", AT_REMOVEDIR), 0);
        CHECK_INT(mkdirat(fixture.tree.fd, "elsewhere", 0755), 0);
        CHECK_INT(symlinkat("../../../elsewhere", fixture.home, "outbox"), 0);
        CHECK(try_to_put(&fixture, VERDICT_READY) < 0);
        CHECK(fstatat(fixture.tree.fd, "elsewhere/0000000000000001.json", &st, 0) < 0);
        end(&fixture);
}

/* What somebody asks for is sent, news or not. */
TEST(what_is_asked_for)
{
        struct fixture fixture;
        _cleanup_outbox_event_ struct outbox_event first = { 0 }, second = { 0 };

        begin(&fixture);
        put(&fixture, VERDICT_READY);
        read_newest(&fixture, &first);
        CHECK(!first.asked);
        CHECK_INT(ask(&fixture, VERDICT_READY, false), 2);
        read_newest(&fixture, &second);
        CHECK(second.asked);
        CHECK(strcmp(first.id, second.id) != 0);
        /* It was no news to the daemon, and it is none now. */
        put(&fixture, VERDICT_READY);
        CHECK_INT(count(&fixture), 2);
        /* What it said is known, and only something else is news. */
        CHECK_INT(ask(&fixture, VERDICT_NOT_READY, false), 3);
        put(&fixture, VERDICT_NOT_READY);
        CHECK_INT(count(&fixture), 3);
        put(&fixture, VERDICT_READY);
        CHECK_INT(count(&fixture), 4);
        set_sinks(&fixture, "");
        CHECK_INT(try_to_put(&fixture, VERDICT_NOT_READY), 0);
        end(&fixture);
}

/* The verdict on an image is not followed by the one on the system, as if something had changed. */
TEST(what_is_judged_by_another_profile)
{
        struct fixture fixture;
        struct outbox_last last;
        _cleanup_outbox_event_ struct outbox_event event = { 0 };
        char id[OUTBOX_ID_SIZE];

        begin(&fixture);
        put(&fixture, VERDICT_READY);
        CHECK_INT(ask(&fixture, VERDICT_NOT_READY, true), 2);
        put(&fixture, VERDICT_READY);
        CHECK_INT(count(&fixture), 2);
        /* A new sink gets the verdict of now, not another report under an id that was used. */
        CHECK_INT(outbox_last_read(fixture.home, &last), 0);
        (void) memcpy(id, last.id, sizeof(id));
        set_sinks(&fixture, "others");
        put(&fixture, VERDICT_READY);
        read_newest(&fixture, &event);
        CHECK_INT(event.sequence, 3);
        CHECK(event.id && strcmp(event.id, id) != 0);
        /* News are news. */
        CHECK_INT(ask(&fixture, VERDICT_NOT_READY, true), 4);
        put(&fixture, VERDICT_NOT_READY);
        CHECK_INT(count(&fixture), 5);
        end(&fixture);
}

TEST(another_profile_on_a_machine_that_nothing_is_known_of)
{
        struct fixture fixture;

        begin(&fixture);
        CHECK_INT(ask(&fixture, VERDICT_READY, true), 1);
        put(&fixture, VERDICT_READY);
        CHECK_INT(count(&fixture), 2);
        put_file(fixture.tree.fd, "etc/machine-id", "fedcba9876543210fedcba9876543210\n");
        CHECK_INT(ask(&fixture, VERDICT_READY, true), 3);
        CHECK_INT(count(&fixture), 1);
        put(&fixture, VERDICT_READY);
        CHECK_INT(count(&fixture), 2);
        end(&fixture);
}

/* agentctl and the daemon at once. */
TEST(two_at_once_take_no_sequence_twice)
{
        enum { ROUNDS = 20 };
        struct fixture fixture;
        _cleanup_outbox_list_ struct outbox_list list = { 0 };
        int status = 0;
        pid_t child;

        begin(&fixture);
        child = fork();
        if (child == 0) {
                for (unsigned i = 0; i < ROUNDS; i++)
                        (void) ask(&fixture, VERDICT_READY, false);
                _exit(0);
        }
        for (unsigned i = 0; i < ROUNDS; i++)
                (void) ask(&fixture, VERDICT_NOT_READY, false);
        CHECK_INT(waitpid(child, &status, 0), child);
        CHECK_INT(status, 0);
        CHECK_INT(outbox_list(fixture.outbox, &list), 0);
        CHECK_INT(list.n, 2 * ROUNDS);
        CHECK_INT(list.items[list.n - 1].sequence, 2 * ROUNDS);
        end(&fixture);
}

TEST(a_touch_is_seen)
{
        struct timespec old[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
        struct fixture fixture;
        struct stat st;

        begin(&fixture);
        CHECK_INT(outbox_count_waiting(fixture.root), 0);
        put(&fixture, VERDICT_READY);
        CHECK_INT(outbox_count_waiting(fixture.root), 1);
        CHECK_INT(futimens(fixture.outbox, old), 0);
        outbox_touch(fixture.root);
        CHECK_INT(fstat(fixture.outbox, &st), 0);
        CHECK(st.st_mtime > 1);
        end(&fixture);
}

TEST(names)
{
        char name[OUTBOX_NAME_SIZE];

        outbox_name(17, name);
        CHECK_STRING(name, "0000000000000017.json");
        CHECK_INT(outbox_sequence(name), 17);
        CHECK_INT(outbox_sequence("17.json"), 0);
        CHECK_INT(outbox_sequence("00000000000000-7.json"), 0);
        CHECK_INT(outbox_sequence("0000000000000017.jsox"), 0);
        CHECK_INT(outbox_sequence("0000000000000000.json"), 0);
        CHECK_INT(outbox_sequence("9999999999999999.json"), 0);
        CHECK_INT(outbox_sequence(".000000000000017.json"), 0);
}

TEST(a_broken_record)
{
        static const char *const contents[] = { "", "{", "[]", "{\"sequence\":7}", "\xff" };
        struct fixture fixture;

        begin(&fixture);
        for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
                put_file(fixture.home, OUTBOX_LAST_NAME, contents[i]);
                put(&fixture, VERDICT_READY);
                CHECK_INT(count(&fixture), i + 1);
        }
        end(&fixture);
}
