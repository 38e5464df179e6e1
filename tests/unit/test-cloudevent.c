/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "control/sink.h"
#include "report/event.h"
#include "test.h"

#define BOOT_ID "00112233445566778899aabbccddeeff"
#define DIGEST "sha256:f00fc7c8aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const char document[] =
        "{\"schema\":\"io.ecsguest.report/1\",\"host\":{\"root\":\"/\",\"bootId\":\"" BOOT_ID "\","
        "\"instanceId\":null,\"regionId\":null},\"profile\":\"capture\",\"time\":\"2026-11-22T21:05:00Z\","
        "\"digest\":\"" DIGEST "\",\"verdict\":\"not_ready\",\"findings\":["
        "{\"key\":\"a\",\"outcome\":\"fail\",\"severity\":\"critical\"},"
        "{\"key\":\"b\",\"outcome\":\"fail\",\"severity\":\"note\"},"
        "{\"key\":\"c\",\"outcome\":\"pass\",\"severity\":\"critical\"},"
        "{\"key\":\"d\",\"outcome\":\"skip\",\"severity\":\"warning\"},"
        "{\"key\":\"e\",\"outcome\":\"unknown\",\"severity\":\"warning\"},"
        "{\"key\":\"f\",\"outcome\":\"pass\",\"severity\":\"note\"}]}";

static struct json_object *parse(const char *text)
{
        struct json_object *object = NULL;
        const char *cause = "";

        if (json_parse(text, strlen(text), (size_t) 1 << 20, &object, &cause) < 0)
                test_failed(__FILE__, __LINE__, "no JSON (%s): %s", cause, text);
        return object;
}

static void check_member(struct json_object *object, const char *key, const char *expected)
{
        _cleanup_free_ char *value = NULL;

        (void) !json_dup_string(object, key, &value);
        test_check_string(__FILE__, __LINE__, key, value, expected);
}

/* The event that is made of the report with the metadata. */
static struct json_object *make(struct event event, const char *report, size_t max)
{
        _cleanup_json_ struct json_object *object = parse(report);
        _cleanup_buffer_ struct buffer out = { 0 };

        event.report = object;
        if (event_to_cloudevent(&event, max, &out) < 0)
                return NULL;
        CHECK(max == 0 || out.len <= max);
        CHECK(!strchr(out.data, '\n'));
        return parse(out.data);
}

static const struct event plain = { .id = "1", .sequence = 42, .time = "2026-11-22T21:05:01Z" };

TEST(has_the_attributes)
{
        struct metadata metadata = { .instance_id = (char *) "i-bp1example",
                                     .region_id = (char *) "cn-hangzhou",
                                     .owner_account_id = (char *) "1234567890" };
        struct event event = plain;
        _cleanup_json_ struct json_object *object = NULL;
        struct json_object *data;

        event.metadata = &metadata;
        object = make(event, document, 0);
        check_member(object, "specversion", "1.0");
        check_member(object, "id", "1");
        check_member(object, "source", "acs:ecs:cn-hangzhou:1234567890:instance/i-bp1example");
        check_member(object, "type", "io.ecsguest.readiness.v1");
        check_member(object, "subject", "capture");
        check_member(object, "time", "2026-11-22T21:05:01Z");
        check_member(object, "datacontenttype", "application/json");
        check_member(object, "sequence", "00000000000000000042");
        data = json_get_object(object, "data");
        check_member(data, "schema", "io.ecsguest.report/1");
        check_member(data, "digest", DIGEST);
        CHECK_INT(json_array_size(json_get_array(data, "findings")), 6);
        CHECK_INT(json_type_letter(data, "dropped"), '\0');
        /* What the one who judged did not know. */
        check_member(json_get_object(data, "host"), "instanceId", "i-bp1example");
        check_member(json_get_object(data, "host"), "bootId", BOOT_ID);
        CHECK_INT(json_type_letter(json_get_object(data, "host"), "imageId"), '\0');
}

TEST(source_without_metadata)
{
        static const struct {
                const char *report, *source;
        } cases[] = {
                { document, "urn:uuid:00112233-4455-6677-8899-aabbccddeeff" },
                { "{\"digest\":\"" DIGEST "\"}", "urn:uuid:f00fc7c8-aaaa-8aaa-9aaa-aaaaaaaaaaaa" },
                { "{\"host\":{\"bootId\":\"0011\"},\"digest\":\"sha256:f00f\"}", "/ecs-guest-agent" },
                { "{\"host\":{\"bootId\":\"0011223344556677 8899aabbccddeef\"}}", "/ecs-guest-agent" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_json_ struct json_object *object = make(plain, cases[i].report, 0);

                check_member(object, "source", cases[i].source);
        }
}

TEST(metadata_that_is_no_name_is_not_in_the_source)
{
        static const char *const bad[] = {
                "",
                "i bp1",
                "i/1",
                "i\n",
                "i\xff",
                "i:1",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        };

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                struct event_instance instance = { .id = bad[i], .region = "r", .account = "1" };
                _cleanup_json_ struct json_object *report = parse(document);
                _cleanup_free_ char *source = report_event_source(&instance, report);

                CHECK_STRING(source, "urn:uuid:00112233-4455-6677-8899-aabbccddeeff");
        }
}

TEST(source_is_never_too_long)
{
        static const char name[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        struct event_instance instance = { .id = name, .region = name, .account = "1" };
        _cleanup_json_ struct json_object *report = parse(document);
        _cleanup_free_ char *source = report_event_source(&instance, report);

        CHECK_STRING(source, "urn:uuid:00112233-4455-6677-8899-aabbccddeeff");
}

static void check_dropped(struct json_object *event, int64_t pass, int64_t skip, int64_t note,
                          size_t n_findings)
{
        struct json_object *data = json_get_object(event, "data");
        struct json_object *dropped = json_get_object(data, "dropped");
        const struct {
                const char *key;
                int64_t expected;
        } counts[] = { { "pass", pass }, { "skip", skip }, { "note", note } };

        for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
                int64_t n = 0;

                (void) !json_get_int(dropped, counts[i].key, &n);
                CHECK_INT(n, counts[i].expected);
        }
        CHECK_INT(json_array_size(json_get_array(data, "findings")), n_findings);
}

/* The length of the event that has dropped so many kinds is the least that they are dropped for. */
TEST(drops_what_matters_least)
{
        static const struct {
                int64_t pass, skip, note;
                size_t n_findings;
        } steps[] = { { 0, 0, 0, 6 }, { 2, 0, 0, 4 }, { 2, 1, 0, 3 }, { 2, 1, 1, 2 } };
        size_t max = 0;

        for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
                _cleanup_json_ struct json_object *event = make(plain, document, max);
                _cleanup_buffer_ struct buffer printed = { 0 };
                struct json_builder builder = { 0 };

                check_dropped(event, steps[i].pass, steps[i].skip, steps[i].note, steps[i].n_findings);
                CHECK_INT(json_print(&builder, event, JSON_PLAIN, &printed), 0);
                {
                        _cleanup_json_ struct json_object *same = make(plain, document, printed.len);

                        check_dropped(same, steps[i].pass, steps[i].skip, steps[i].note, steps[i].n_findings);
                }
                max = printed.len - 1;
        }
        {
                _cleanup_json_ struct json_object *report = parse(document);
                _cleanup_buffer_ struct buffer out = { 0 };
                struct event event = plain;

                event.report = report;
                CHECK_INT(event_to_cloudevent(&event, max, &out), -EMSGSIZE);
                CHECK_INT(out.len, 0);
        }
}

TEST(strings_are_what_the_rule_wants)
{
        struct event event = { .id = "a\x01\xc2\x85\xff"
                                     "b\xef\xbf\xbf\xef\xb7\x90\xf0\x9f\xbf\xbe\x7f\xc3\xa4",
                               .time = "yesterday" };
        _cleanup_json_ struct json_object *object =
                make(event, "{\"profile\":\"x\\u001b\\u009f\",\"time\":\"2026-11-22T21:05:00Z\"}", 0);

#define BAD "\xef\xbf\xbd"
        check_member(object, "id", "a" BAD BAD BAD "b" BAD BAD BAD BAD "\xc3\xa4");
        check_member(object, "subject", "x" BAD BAD);
        CHECK_INT(json_type_letter(object, "time"), '\0');
}

TEST(an_event_needs_an_id_and_a_report)
{
        _cleanup_json_ struct json_object *report = parse(document);
        _cleanup_buffer_ struct buffer out = { 0 };
        struct event event = { .id = "", .report = report };

        CHECK_INT(event_to_cloudevent(&event, 0, &out), -EINVAL);
        event = (struct event){ .id = "1" };
        CHECK_INT(event_to_cloudevent(&event, 0, &out), -EINVAL);
        CHECK_INT(out.len, 0);
}

TEST(without_what_is_not_known)
{
        _cleanup_json_ struct json_object *object = make((struct event){ .id = "1" }, "{\"digest\":null}", 0);

        CHECK_INT(json_type_letter(object, "subject"), '\0');
        CHECK_INT(json_type_letter(object, "time"), '\0');
        CHECK_INT(json_type_letter(object, "sequence"), '\0');
        CHECK_INT(json_type_letter(json_get_object(object, "data"), "digest"), 'n');
}
