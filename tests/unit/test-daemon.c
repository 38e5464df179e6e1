/* SPDX-License-Identifier: Apache-2.0 */

/* The daemon's parts by themselves: what is compared, watched and asked for, and how a worker talks. */

#include "base/json.h"
#include "base/loop.h"
#include "control/events.h"
#include "daemon/previous.h"
#include "daemon/publish.h"
#include "daemon/request.h"
#include "daemon/watch-list.h"
#include "daemon/watcher.h"
#include "daemon/worker.h"
#include "test.h"
#include "tree.h"

#include <signal.h>
#include <sys/wait.h>

static struct json_object *parse(const char *text)
{
        struct json_object *object = NULL;
        const char *cause = NULL;

        tree_need(json_parse(text, strlen(text), strlen(text), &object, &cause) == 0, text);
        return object;
}

/* What has changed, as "key:before>after ". */
static void note_change(const struct known *before, const struct known *after, void *userdata)
{
        buffer_addf(userdata, "%s:%s>%s ", after ? after->key : before->key,
                    before ? outcome_name(before->outcome) : "", after ? outcome_name(after->outcome) : "");
}

static void check_compare(const char *before, const char *after, const char *expected)
{
        _cleanup_json_ struct json_object *old = parse(before), *new = parse(after);
        _cleanup_known_set_ struct known_set olds = { 0 }, news = { 0 };
        _cleanup_buffer_ struct buffer changes = { 0 };

        CHECK_INT(known_of_document(old, &olds), 0);
        CHECK_INT(known_of_document(new, &news), 0);
        known_compare(&olds, &news, note_change, &changes);
        CHECK_STRING(changes.data ? changes.data : "", expected);
}

#define FINDINGS(list) "{\"findings\":[" list "]}"
#define F(key, outcome) "{\"key\":\"" key "\",\"outcome\":\"" outcome "\"}"

TEST(what_has_changed)
{
        check_compare("{}", "{}", "");
        check_compare("{}", FINDINGS(F("a", "fail")), "a:>fail ");
        check_compare(FINDINGS(F("a", "fail")), "{}", "a:fail> ");
        check_compare(FINDINGS(F("b", "pass") "," F("a", "fail")),
                      FINDINGS(F("a", "fail") "," F("b", "pass")), "");
        check_compare(FINDINGS(F("a", "pass") "," F("b", "fail")),
                      FINDINGS(F("a", "unknown") "," F("c", "fail")), "a:pass>unknown b:fail> c:>fail ");
        /* What is no finding is passed over. */
        check_compare("{\"findings\":5}", FINDINGS("1,null,{\"key\":1}," F("a", "nosuch") "," F("b", "skip")),
                      "b:>skip ");
        /* Accepted, by a report and by our own form of it. */
        check_compare(FINDINGS(F("a", "fail")),
                      FINDINGS("{\"key\":\"a\",\"outcome\":\"fail\",\"waived\":{\"reason\":\"x\"}}"),
                      "a:fail>fail ");
        check_compare(FINDINGS("{\"key\":\"a\",\"outcome\":\"fail\",\"waived\":true}"),
                      FINDINGS("{\"key\":\"a\",\"outcome\":\"fail\",\"waived\":{\"reason\":\"x\"}}"), "");
}

/* "DIRECTORY:NAME,NAME;" of a watch list, "*" for any. */
static char *list_watches(struct root *root)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = watch_list_to_json(root, &builder);
        struct json_object *watches = json_get_array(object, "watches");
        _cleanup_buffer_ struct buffer out = { 0 };
        char *result = NULL;

        CHECK(!builder.failed);
        for (size_t i = 0; i < json_array_size(watches); i++) {
                struct json_object *watch = json_array_item(watches, i);
                struct json_object *names = json_get_array(watch, "names");
                struct text directory = TEXT("?");

                CHECK_INT(json_get_text(watch, "directory", &directory), 0);
                buffer_add_text(&out, directory);
                buffer_add_char(&out, ':');
                for (size_t j = 0; j < json_array_size(names); j++) {
                        buffer_add_string(&out, j > 0 ? "," : "");
                        buffer_add_text(&out, json_item_text(names, j));
                }
                buffer_add_string(&out, names ? ";" : "*;");
        }
        tree_need(buffer_finish(&out, &result, NULL) == 0, "memory");
        return result;
}

TEST(where_files_lie)
{
        _cleanup_free_ char *watches = NULL;
        _cleanup_root_ struct root *root = NULL;
        const struct root_file *file;
        const char *const *names;
        struct root_stat stat;
        struct tree tree;
        size_t n;

        tree_new(&tree);
        tree_need(mkdirat(tree.fd, "etc", 0755) == 0 && mkdirat(tree.fd, "etc/d", 0755) == 0 &&
                          mkdirat(tree.fd, "run", 0755) == 0 && mkdirat(tree.fd, "var", 0755) == 0 &&
                          mkdirat(tree.fd, "var/lib", 0755) == 0 &&
                          mkdirat(tree.fd, "var/lib/ecs-guest-agent", 0755) == 0 &&
                          mkdirat(tree.fd, "var/lib/ecs-guest-agent/reporter", 0755) == 0,
                  "mkdirat");
        tree_need(symlinkat("../run/real", tree.fd, "etc/link") == 0, "symlinkat");
        tree_need(mknodat(tree.fd, "run/real", S_IFREG | 0644, 0) == 0, "mknodat");
        tree_need(root_open(tree.name, ROOT_LIVE, &root) == 0, "root_open");

        CHECK_INT(root_read(root, "/etc/link", &file), 0);
        CHECK_INT(root_list(root, "/etc/d", &names, &n), 0);
        CHECK_INT(root_stat(root, "/etc/d/missing", &stat), -ENOENT);
        CHECK_INT(root_stat(root, "/no/such/file", &stat), -ENOENT);
        (void) !root_stat(root, "/proc/cmdline", &stat);
        watches = list_watches(root);
        /* The link, and what it leads to; a directory that is listed has any name; of what is not there, the
         * first part; nothing of the kernel's; the place of waivers; and what the reporter knows of the
         * instance. */
        CHECK_STRING(watches, "/:no;/etc:d,ecs-guest-agent,link;/etc/d:*;/run:real;"
                              "/var/lib/ecs-guest-agent/reporter:metadata.json;");

        root = root_free(root);
        tree_done(&tree);
}

static void changed(void *userdata)
{
        ++*(unsigned *) userdata;
}

/* How often it was told, within so long, that something has changed. */
static unsigned count_changes(struct loop *loop, unsigned *n)
{
        *n = 0;
        for (uint64_t until = loop_now() + 200; loop_now() < until;)
                tree_need(loop_step(loop, 20) >= 0, "loop_step");
        return *n;
}

static void touch(const struct tree *tree, const char *path)
{
        int fd = openat(tree->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        tree_need(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0, path);
}

TEST(noticing)
{
        _cleanup_json_ struct json_object *list = parse(
                "{\"watches\":[{\"directory\":\"/etc\",\"names\":[\"fstab\"]},{\"directory\":\"/etc/d\"},"
                "{\"directory\":\"/nosuch\"}]}");
        _cleanup_json_ struct json_object *none = parse("{\"watches\":[]}");
        struct watcher_options options = { .changed = changed };
        struct watcher *watcher = NULL;
        struct loop *loop = NULL;
        struct tree tree;
        unsigned n = 0;
        bool new = false;

        event_open(EVENT_TO_STDERR, "test-daemon");
        tree_new(&tree);
        tree_need(mkdirat(tree.fd, "etc", 0755) == 0 && mkdirat(tree.fd, "etc/d", 0755) == 0, "mkdirat");
        tree_need(loop_new(&loop) == 0, "loop_new");
        options.root = tree.name;
        options.userdata = &n;
        tree_need(watcher_new(loop, &options, &watcher) == 0, "watcher_new");
        CHECK_INT(watcher_set(watcher, list, &new), 0);
        CHECK(new);
        CHECK_INT(watcher_set(watcher, list, &new), 0);
        CHECK(!new);

        CHECK_INT(count_changes(loop, &n), 0);
        touch(&tree, "etc/other");
        CHECK_INT(count_changes(loop, &n), 0);
        touch(&tree, "etc/fstab");
        CHECK(count_changes(loop, &n) > 0);
        tree_need(renameat(tree.fd, "etc/other", tree.fd, "etc/fstab") == 0, "renameat");
        CHECK(count_changes(loop, &n) > 0);
        tree_need(fchmodat(tree.fd, "etc/fstab", 0600, 0) == 0, "fchmodat");
        CHECK(count_changes(loop, &n) > 0);
        touch(&tree, "etc/d/any");
        CHECK(count_changes(loop, &n) > 0);
        tree_need(unlinkat(tree.fd, "etc/d/any", 0) == 0, "unlinkat");
        CHECK(count_changes(loop, &n) > 0);
        /* A directory that goes, and one that comes in its place. */
        tree_need(unlinkat(tree.fd, "etc/d", AT_REMOVEDIR) == 0, "unlinkat");
        CHECK(count_changes(loop, &n) > 0);
        tree_need(mkdirat(tree.fd, "etc/d", 0755) == 0, "mkdirat");
        CHECK_INT(watcher_set(watcher, list, &new), 0);
        CHECK(new);
        touch(&tree, "etc/d/any");
        CHECK(count_changes(loop, &n) > 0);

        CHECK_INT(watcher_set(watcher, none, &new), 0);
        CHECK_INT(watcher_count(watcher), 0);
        touch(&tree, "etc/fstab");
        CHECK_INT(count_changes(loop, &n), 0);
        (void) watcher_free(watcher);
        (void) loop_free(loop);
        tree_done(&tree);
}

static int check_request(const char *text, enum request_names names, const char *expected_bad)
{
        _cleanup_json_ struct json_object *parameters = parse(text);
        struct request request = { 0 };
        const char *bad = NULL;
        int r = request_read(parameters, names, &request, &bad);

        if (r < 0)
                CHECK_STRING(bad, expected_bad);
        request_done(&request);
        return r;
}

TEST(requests)
{
        CHECK_INT(check_request("{}", REQUEST_PROBES, NULL), 0);
        CHECK_INT(
                check_request("{\"names\":null,\"profile\":null,\"transaction\":null}", REQUEST_PROBES, NULL),
                0);
        CHECK_INT(check_request("{\"names\":[\"dns\",\"fstab-root\"],\"profile\":\"capture\"}",
                                REQUEST_PROBES, NULL),
                  0);
        CHECK_INT(check_request("{\"names\":[\"swap-configured\"]}", REQUEST_FIXERS, NULL), 0);
        CHECK_INT(check_request("{\"names\":[\"dns\",\"nosuch\"]}", REQUEST_PROBES, "nosuch"), -ESRCH);
        CHECK_INT(check_request("{\"names\":[1]}", REQUEST_PROBES, "names"), -EINVAL);
        CHECK_INT(check_request("{\"names\":[\"\"]}", REQUEST_FIXERS, "names"), -EINVAL);
        CHECK_INT(check_request("{\"profile\":\"nosuch\"}", REQUEST_PROBES, "profile"), -EINVAL);
        CHECK_INT(check_request("{\"strategy\":\"nosuch\"}", REQUEST_FIXERS, "strategy"), -EINVAL);
        CHECK_INT(check_request("{\"digest\":\"sha256:00\"}", REQUEST_FIXERS, "digest"), -EINVAL);
        CHECK_INT(check_request("{\"digest\":\"md5:00\"}", REQUEST_FIXERS, "digest"), -EINVAL);
        CHECK_INT(check_request("{\"digest\":\"sha256:"
                                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}",
                                REQUEST_FIXERS, NULL),
                  0);
}

struct heard {
        struct loop *loop;
        struct worker *worker;
        struct buffer text; /* "TAG:MESSAGE;" */
        unsigned refuse;    /* so many messages are not taken at first */
        int status;
        bool ended;
};

static bool hear(struct worker *worker, enum worker_tag tag, struct text message, void *userdata)
{
        struct heard *heard = userdata;

        if (heard->refuse > 0) {
                heard->refuse--;
                return false;
        }
        buffer_addf(&heard->text, "%c:%.*s;", (char) tag, TEXT_ARGS(message));
        return true;
}

static void hear_end(struct worker *worker, int status, void *userdata)
{
        struct heard *heard = userdata;

        heard->ended = true;
        heard->status = status;
}

static void forked(void *userdata)
{
        loop_abandon(((struct heard *) userdata)->loop);
}

static int talk(int out, void *userdata)
{
        for (int i = 0; i < 3; i++) {
                struct json_builder builder = { 0 };
                _cleanup_json_ struct json_object *object = json_new_object(&builder);

                json_add_int(&builder, object, "i", i);
                if (worker_say(out, i < 2 ? WORKER_PROGRESS : WORKER_REPLY, &builder, object) < 0)
                        return 1;
        }
        return 7;
}

static int stay(int out, void *userdata)
{
        while (out >= 0)
                (void) pause();

        return 0;
}

static void start(struct heard *heard, worker_task task, unsigned limit_ms, unsigned refuse)
{
        struct worker_options options = { .task = task,
                                          .limit_ms = limit_ms,
                                          .forked = forked,
                                          .forked_data = heard,
                                          .said = hear,
                                          .ended = hear_end,
                                          .userdata = heard };

        *heard = (struct heard){ .refuse = refuse };
        tree_need(loop_new(&heard->loop) == 0, "loop_new");
        tree_need(worker_start(heard->loop, &options, &heard->worker) == 0, "worker_start");
}

static void wait_for_end(struct heard *heard, unsigned milliseconds)
{
        for (uint64_t until = loop_now() + milliseconds; !heard->ended && loop_now() < until;)
                tree_need(loop_step(heard->loop, 50) >= 0, "loop_step");
}

static void stop(struct heard *heard)
{
        buffer_done(&heard->text);
        (void) loop_free(heard->loop);
}

TEST(a_worker_talks)
{
        struct heard heard;

        start(&heard, talk, 0, 0);
        wait_for_end(&heard, 10000);
        CHECK(heard.ended && WIFEXITED(heard.status) && WEXITSTATUS(heard.status) == 7);
        CHECK_STRING(heard.text.data, "P:{\"i\":0};P:{\"i\":1};R:{\"i\":2};");
        stop(&heard);
}

/* What cannot be taken waits, and with it the end. */
TEST(a_worker_waits)
{
        struct heard heard;

        start(&heard, talk, 0, 2);
        wait_for_end(&heard, 300);
        CHECK(!heard.ended && heard.text.len == 0);
        worker_continue(heard.worker);
        wait_for_end(&heard, 300);
        CHECK(!heard.ended && heard.text.len == 0);
        worker_continue(heard.worker);
        wait_for_end(&heard, 10000);
        CHECK(heard.ended);
        CHECK_STRING(heard.text.data, "P:{\"i\":0};P:{\"i\":1};R:{\"i\":2};");
        stop(&heard);
}

TEST(a_worker_takes_too_long)
{
        struct heard heard;

        start(&heard, stay, 100, 0);
        wait_for_end(&heard, 10000);
        CHECK(heard.ended && WIFSIGNALED(heard.status));
        stop(&heard);
        /* Also when it is the client that does not listen. */
        start(&heard, talk, 300, 1);
        wait_for_end(&heard, 10000);
        CHECK(heard.ended && heard.text.len == 0);
        stop(&heard);
}

TEST(a_worker_is_ended)
{
        struct heard heard;
        pid_t pid;

        start(&heard, stay, 0, 0);
        pid = worker_pid(heard.worker);
        CHECK_INT(kill(pid, 0), 0);
        heard.worker = worker_end(heard.worker);
        CHECK(kill(pid, 0) < 0 && errno == ESRCH);
        wait_for_end(&heard, 100);
        CHECK(!heard.ended);
        stop(&heard);
}

TEST(publishing)
{
        struct tree tree;
        struct stat stat;

        tree_new(&tree);
        CHECK_INT(publish_report(tree.name, TEXT("one"), 0644), 0);
        CHECK_INT(publish_report(tree.name, TEXT("two!"), 0600), 0);
        CHECK_INT(fstatat(tree.fd, "report.json", &stat, 0), 0);
        CHECK_INT(stat.st_size, 4);
        CHECK_INT(stat.st_mode & 07777, 0600);
        publish_nothing(tree.name);
        CHECK(fstatat(tree.fd, "report.json", &stat, 0) < 0);
        publish_nothing(tree.name);
        CHECK_INT(publish_report("/nosuch", TEXT("one"), 0644), -ENOENT);
        tree_done(&tree);
}
