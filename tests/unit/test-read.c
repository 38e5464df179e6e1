/* SPDX-License-Identifier: Apache-2.0 */

/* What is read from documents: that whole ones give what they say is held by tests/read-roots.c; here are
 * those that are wrong. */

#include "test.h"

#include "engine/fixer.h"
#include "engine/host.h"
#include "engine/probe.h"
#include "engine/waiver.h"
#include "report/json.h"
#include "report/read.h"

static struct json_object *parse(const char *text)
{
        struct json_object *object = NULL;
        const char *cause = "no memory";

        if (json_parse(text, strlen(text), 1 << 20, &object, &cause) < 0)
                test_failed(__FILE__, __LINE__, "%s: %s", cause, text);

        return object;
}

static char *print(const struct json_builder *builder, struct json_object *object)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        char *text = NULL;

        CHECK_INT(json_print(builder, object, JSON_PLAIN, &out), 0);
        CHECK_INT(buffer_finish(&out, &text, NULL), 0);
        return text;
}

/* A report with a finding that is waived, one that is no longer, and one with all there is to say. */
static char *make_report(void)
{
        struct fact facts[] = { { (char *) "owner", (char *) "root" }, { (char *) "mode", (char *) "0644" } };
        struct waiver waiver = { .reason = (char *) "known", .until = (char *) "2027-01-31" };
        struct waiver expired = { .reason = (char *) "old", .until = (char *) "2020-01-31", .expired = true };
        struct finding items[] = {
                { .probe = probe_table[0], .outcome = OUTCOME_FAIL, .waiver = &waiver },
                { .probe = probe_table[1], .outcome = OUTCOME_FAIL, .waiver = &expired },
                { .probe = probe_table[2], .outcome = OUTCOME_UNKNOWN, .line = 7, .path = (char *) "/etc/x" },
        };
        struct finding *list[] = { &items[0], &items[1], &items[2] };
        struct findings findings = { .items = list, .n = 3 };
        struct host host = { .live = true,
                             .os_id = (char *) "x",
                             .os_version = (char *) "1",
                             .os_name = (char *) "X",
                             .kernel = (char *) "5",
                             .arch = (char *) "arm",
                             .boot_id = (char *) "b" };
        struct report report = { .root = "/",
                                 .host = &host,
                                 .findings = &findings,
                                 .time = 1795390000,
                                 .instance = { .id = "i-1", .region = "cn-x", .image = "m-1" } };
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = NULL;

        for (size_t i = 0; i < 3; i++) {
                items[i].key = (char *) items[i].probe->id;
                items[i].summary = (char *) "it is so";
        }
        items[2].facts = facts;
        items[2].n_facts = 2;
        items[2].actual = (char *) "a";
        items[2].required = (char *) "b";
        report.summary = findings_summary(&findings, SEVERITY_CRITICAL);
        memset(report.digest, 'a', DIGEST_HEX_SIZE - 1);
        object = report_to_json(&builder, &report);
        return print(&builder, object);
}

static int read_one(struct json_object *document)
{
        _cleanup_read_report_ struct read_report *read = NULL;
        const struct report *report;
        const char *cause = NULL;
        int r;

        CHECK_INT(read_report_new(&read), 0);
        r = read_report_document(read, document, &report, &cause);
        CHECK(r >= 0 || cause);
        return r;
}

TEST(report)
{
        _cleanup_free_ char *text = make_report(), *again = NULL;
        _cleanup_json_ struct json_object *document = parse(text), *written = NULL;
        _cleanup_read_report_ struct read_report *read = NULL;
        struct json_builder builder = { 0 };
        const struct report *report = NULL;
        const char *cause = NULL;

        CHECK_INT(read_report_new(&read), 0);
        CHECK_INT(read_report_document(read, document, &report, &cause), 0);
        written = report_to_json(&builder, report);
        again = print(&builder, written);
        CHECK_STRING(again, text);
}

/* Where `from` stands in the text, `to` stands in the result. */
static char *replace(const char *text, const char *from, const char *to)
{
        const char *at = strstr(text, from);

        if (!at)
                test_failed(__FILE__, __LINE__, "'%s' is not in %s", from, text);

        return at ? string_format("%.*s%s%s", (int) (at - text), text, to, at + strlen(from)) : NULL;
}

static void check_refused(const char *text, const char *from, const char *to)
{
        _cleanup_free_ char *wrong = replace(text, from, to);
        _cleanup_json_ struct json_object *document = wrong ? parse(wrong) : NULL;

        if (document && read_one(document) != -EBADMSG)
                test_failed(__FILE__, __LINE__, "'%s' in the place of '%s' is taken", to, from);
}

/* Every field under another name, and with a value of another type. */
static void check_fields(const char *text, const char *const *keys)
{
        for (; *keys; keys++) {
                _cleanup_free_ char *key = string_format("\"%s\":", *keys);
                _cleanup_free_ char *renamed = string_format("\"x%s\":", *keys);
                _cleanup_free_ char *retyped = string_format("\"%s\":true,\"x\":", *keys);

                check_refused(text, key, renamed);
                check_refused(text, key, retyped);
        }
}

TEST(report_fields)
{
        static const char *const keys[] = {
                "schema",   "agent",  "version", "host",    "root",       "osId",     "osVersion",
                "osName",   "kernel", "arch",    "bootId",  "profile",    "time",     "digest",
                "verdict",  "counts", "pass",    "fail",    "skip",       "unknown",  "waived",
                "findings", "probe",  "area",    "key",     "outcome",    "severity", "summary",
                "reason",   "path",   "line",    "actual",  "required",   "fixer",    "guestosItem",
                "facts",    "until",  "blockOn", "imageId", "instanceId", "owner",    NULL,
        };
        _cleanup_free_ char *text = make_report();

        /* A fact may have any name. */
        check_fields(text, (const char *const[]){ "schema", NULL });
        for (size_t i = 0; keys[i]; i++)
                if (!string_equal(keys[i], "owner"))
                        check_fields(text, (const char *const[]){ keys[i], NULL });
        check_refused(text, "\"owner\":\"root\"", "\"owner\":1");
        check_refused(text, "\"live\":true", "\"live\":\"true\"");
        check_refused(text, "\"expiredWaiver\":null", "\"expiredWaiver\":3");
}

TEST(report_values)
{
        _cleanup_free_ char *text = make_report();
        _cleanup_free_ char *version = string_format("\"version\":\"%s\"", VERSION);
        _cleanup_free_ char *probe = string_format("\"probe\":\"%s\"", probe_table[0]->id);

        check_refused(text, "report/1", "report/2");
        check_refused(text, version, "\"version\":\"999.0\"");
        check_refused(text, probe, "\"probe\":\"of-a-newer-daemon\"");
        check_refused(text, "\"fail\":1", "\"fail\":2");
        check_refused(text, "\"waived\":1", "\"waived\":0");
        check_refused(text, "\"instanceId\":\"i-1\"", "\"instanceId\":1");
        check_refused(text, "\"instanceType\":null", "\"instanceType\":1");
        check_refused(text, "\"line\":7", "\"line\":0");
        check_refused(text, "\"line\":7", "\"line\":4294967296");
        check_refused(text, "sha256:a", "sha256:g");
        check_refused(text, "sha256:a", "sha256:");
        check_refused(text, "sha256:", "sha512:");
        check_refused(text, "\"outcome\":\"fail\"", "\"outcome\":\"failed\"");
        check_refused(text, "\"outcome\":\"fail\"", "\"outcome\":\"pass\"");
        check_refused(text, "\"reason\":\"", "\"reason\":\"x");
        check_refused(text, "\"waived\":null", "\"waived\":{\"reason\":\"a\",\"until\":\"b\"}");
        check_refused(text, "\"findings\":[", "\"findings\":[1,");
        check_refused(text, "\"findings\":[", "\"findings\":[null,");
}

TEST(verdict)
{
        _cleanup_free_ char *text = make_report();

        if (strstr(text, "\"verdict\":\"ready\""))
                check_refused(text, "\"verdict\":\"ready\"", "\"verdict\":\"not_ready\"");
        else
                check_refused(text, "\"verdict\":\"", "\"verdict\":\"ready\",\"x\":\"");
}

TEST(times)
{
        static const char *const wrong[] = { "2026-11-22",
                                             "2026-11-22T21:05:00",
                                             "2026-11-22T24:00:00Z",
                                             "2026-11-22T21:60:00Z",
                                             "2026-02-30T21:05:00Z",
                                             "2026-11-22 21:05:00Z",
                                             "2026-11-22T21:05:00Zx",
                                             "2026-11-22T2",
                                             "" };
        _cleanup_free_ char *text = make_report();
        const char *time = strstr(text, "\"time\":\"");
        _cleanup_free_ char *said = time ? strndup(time, strlen("\"time\":\"2026-11-22T21:05:00Z\"")) : NULL;

        for (size_t i = 0; said && i < ARRAY_SIZE(wrong); i++) {
                _cleanup_free_ char *field = string_format("\"time\":\"%s\"", wrong[i]);

                check_refused(text, said, field);
        }
}

/* A plan of all kinds. */
static const char plan_text[] =
        "{\"schema\":\"io.ecsguest.plan/1\","
        "\"digest\":\"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\","
        "\"transaction\":\"20261122T210500Z-dns\",\"state\":\"pending_reboot\",\"reason\":\"so\","
        "\"risk\":\"boot\",\"reboot\":true,\"time\":\"2026-11-22T21:05:00Z\",\"fixers\":[\"a\",\"b\"],"
        "\"changes\":["
        "{\"fixer\":\"a\",\"kind\":\"write\",\"path\":\"/"
        "w\",\"argv\":null,\"diff\":\"+x\\n\",\"target\":null,"
        "\"creates\":false},"
        "{\"fixer\":null,\"kind\":\"symlink\",\"path\":\"/l\",\"argv\":null,\"diff\":null,\"target\":\"t\","
        "\"creates\":true},"
        "{\"fixer\":\"b\",\"kind\":\"run\",\"path\":null,\"argv\":[\"/bin/true\",\"\"],\"diff\":null,"
        "\"target\":null,\"creates\":false}],"
        "\"cures\":[\"k:1\",\"k:2\"],\"pending\":[\"k:2\"],"
        "\"refusals\":[{\"fixer\":null,\"key\":\"k:3\",\"reason\":\"no\"}],"
        "\"hints\":[\"Do it.\"],\"findings\":[]}";

static int read_plan_text(const char *text, struct plan_report *ret)
{
        _cleanup_json_ struct json_object *document = parse(text);
        const char *cause = NULL;
        int r = read_plan(document, true, ret, &cause);

        CHECK(r >= 0 || cause);
        return r;
}

TEST(plan)
{
        _cleanup_plan_report_ struct plan_report report = { 0 };
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = NULL;
        _cleanup_free_ char *again = NULL;

        CHECK_INT(read_plan_text(plan_text, &report), 0);
        object = plan_report_to_json(&builder, &report);
        again = print(&builder, object);
        CHECK_STRING(again, plan_text);
        CHECK_INT(report.n_cures, 2);
        CHECK(!report.cures[0].pending && report.cures[1].pending);
        CHECK_STRING(report.steps[2].argv[1], "");
        CHECK(!report.steps[2].argv[2]);
}

static void check_plan_refused(const char *from, const char *to)
{
        _cleanup_plan_report_ struct plan_report report = { 0 };
        _cleanup_free_ char *wrong = replace(plan_text, from, to);

        if (wrong && read_plan_text(wrong, &report) != -EBADMSG)
                test_failed(__FILE__, __LINE__, "'%s' in the place of '%s' is taken", to, from);
}

TEST(plan_fields)
{
        static const char *const keys[] = { "schema",  "digest",  "transaction", "state",  "reason",
                                            "risk",    "reboot",  "changes",     "fixer",  "kind",
                                            "path",    "argv",    "diff",        "target", "creates",
                                            "cures",   "pending", "refusals",    "key",    "hints",
                                            "findings" };

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                _cleanup_free_ char *key = string_format("\"%s\":", keys[i]);
                _cleanup_free_ char *renamed = string_format("\"x%s\":", keys[i]);
                _cleanup_free_ char *retyped = string_format("\"%s\":7,\"x\":", keys[i]);

                check_plan_refused(key, renamed);
                check_plan_refused(key, retyped);
        }
        check_plan_refused("\"time\":\"", "\"time\":3,\"x\":\"");
        check_plan_refused("\"fixers\":[\"a\"", "\"fixers\":[{}");
        check_plan_refused("\"kind\":\"write\"", "\"kind\":\"of-a-newer-daemon\"");
        check_plan_refused("\"kind\":\"write\"", "\"kind\":\"run\"");
        check_plan_refused("[\"/bin/true\",\"\"]", "[]");
        check_plan_refused("[\"/bin/true\",\"\"]", "[\"/bin/true\",null]");
        check_plan_refused("\"path\":\"/w\"", "\"path\":null");
        check_plan_refused("\"findings\":[]", "\"findings\":[{}]");
        check_plan_refused("\"refusals\":[", "\"refusals\":[4,");
        check_plan_refused("\"changes\":[", "\"changes\":[\"\",");
}

/* A file without a diff is an empty one only for those to whom all is shown. */
TEST(hidden)
{
        _cleanup_free_ char *text = replace(plan_text, "\"+x\\n\"", "null");
        _cleanup_json_ struct json_object *document = parse(text);
        _cleanup_plan_report_ struct plan_report shown = { 0 }, hidden = { 0 };
        const char *cause;

        CHECK_INT(read_plan(document, true, &shown, &cause), 0);
        CHECK_INT(read_plan(document, false, &hidden, &cause), 0);
        CHECK(!shown.steps[0].hidden && hidden.steps[0].hidden);
        CHECK(!hidden.steps[1].hidden && !hidden.steps[2].hidden);
}

/* Words of documents, put where others were: what is taken is a document that is written the same again. */
static const char *const splices[] = {
        "null", "true", "7", "-1", "\"\"", "[]",      "{}",       "\"x\"",      "[null]",   "{\"a\":1}",
        "\"",   ",",    ":", "}",  "]",    "\\u0001", "\xc3\xa9", "\"waived\"", "\"fail\"", "\"skip\"",
};

static uint32_t next_random(void)
{
        static uint32_t state = 20261122;

        /* Numerical Recipes' generator: the same numbers in each run. */
        state = state * 1664525 + 1013904223;
        return state >> 8;
}

/* One or two places of the text are overwritten by another one's bytes, or by a word. */
static char *mutate(const char *text)
{
        size_t len = strlen(text), at = next_random() % len, n = next_random() % 12;
        const char *word = splices[next_random() % ARRAY_SIZE(splices)];
        size_t other = next_random() % len;

        n = at + n > len ? len - at : n;
        if (next_random() % 3 == 0)
                return string_format("%.*s%.*s%s", (int) at, text,
                                     (int) (len - other < 20 ? len - other : 20), text + other,
                                     text + at + n);

        return string_format("%.*s%s%s", (int) at, text, word, text + at + n);
}

static void try_report(struct json_object *document, size_t *n_taken)
{
        _cleanup_read_report_ struct read_report *read = NULL, *again = NULL;
        _cleanup_json_ struct json_object *written = NULL, *rewritten = NULL;
        _cleanup_free_ char *text = NULL, *other = NULL;
        struct json_builder builder = { 0 };
        const struct report *report;
        const char *cause;

        CHECK_INT(read_report_new(&read), 0);
        CHECK_INT(read_report_new(&again), 0);
        if (read_report_document(read, document, &report, &cause) < 0)
                return;
        ++*n_taken;
        written = report_to_json(&builder, report);
        text = print(&builder, written);
        CHECK_INT(read_report_document(again, written, &report, &cause), 0);
        rewritten = report_to_json(&builder, report);
        other = print(&builder, rewritten);
        CHECK_STRING(other, text);
}

static void try_plan(struct json_object *document, size_t *n_taken)
{
        _cleanup_plan_report_ struct plan_report report = { 0 }, again = { 0 };
        _cleanup_json_ struct json_object *written = NULL, *rewritten = NULL;
        _cleanup_free_ char *text = NULL, *other = NULL;
        struct report_style style = { .width = 80 };
        _cleanup_buffer_ struct buffer out = { 0 };
        struct json_builder builder = { 0 };
        const char *cause;

        if (read_plan(document, true, &report, &cause) < 0)
                return;
        ++*n_taken;
        plan_report_write_text(&report, &style, &out);
        written = plan_report_to_json(&builder, &report);
        text = print(&builder, written);
        CHECK_INT(read_plan(written, true, &again, &cause), 0);
        rewritten = plan_report_to_json(&builder, &again);
        other = print(&builder, rewritten);
        CHECK_STRING(other, text);
}

TEST(random)
{
        _cleanup_free_ char *report = make_report();
        size_t n_reports = 0, n_plans = 0, n_parsed = 0;

        for (unsigned i = 0; i < 40000; i++) {
                _cleanup_free_ char *text = mutate(i % 2 ? report : plan_text);
                _cleanup_json_ struct json_object *document = NULL;
                const char *cause;

                if (!text || json_parse(text, strlen(text), 1 << 20, &document, &cause) < 0)
                        continue;
                n_parsed++;
                if (i % 2)
                        try_report(document, &n_reports);
                else
                        try_plan(document, &n_plans);
        }
        /* Neither all nor none: it did try both ways. */
        CHECK(n_parsed > 1000);
        CHECK(n_reports > 10 && n_plans > 10 && n_reports + n_plans < n_parsed);
}
