/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/json.h"
#include "control/acs-call.h"

/* The network and the metadata service are played: what was asked is kept, what is answered is said before.
 */
static struct {
        struct buffer asked; /* "POST URL", a line for each header, an empty one, the body */
        unsigned calls, wiped;
        int error; /* of the exchange */
        long status;
        const char *body;
        int64_t retry_after;
        time_t date;
        int credentials;
} stage;

static void set_stage(int error, long status, const char *body)
{
        buffer_done(&stage.asked);
        memset(&stage, 0, sizeof(stage));
        stage.error = error;
        stage.status = status;
        stage.body = body;
        stage.retry_after = -1;
}

int http_exchange(const struct http_request *request, struct http_answer *ret)
{
        stage.calls++;
        buffer_addf(&stage.asked, "%s %s\n", request->method, request->url);
        for (const char *const *header = request->headers; *header; header++)
                buffer_addf(&stage.asked, "%s\n", *header);
        buffer_add_char(&stage.asked, '\n');
        buffer_add_text(&stage.asked, request->body);
        CHECK(!request->plain);

        *ret = (struct http_answer){ .status = stage.status,
                                     .retry_after = stage.retry_after,
                                     .date = stage.date };
        if (stage.error < 0)
                ret->reason = strdup("the network says why");
        else
                buffer_add_string(&ret->body, stage.body);
        return stage.error;
}

void http_answer_done(struct http_answer *answer)
{
        buffer_done(&answer->body);
        free(answer->reason);
}

int credentials_get(const struct metadata_options *options, struct credentials *ret, char **ret_reason,
                    int64_t *ret_wait)
{
        if (stage.credentials < 0) {
                *ret_reason = strdup("no role is attached");
                *ret_wait = 77;
                return stage.credentials;
        }
        *ret = (struct credentials){ strdup("STS.id"), strdup("the-secret"), strdup("the-token"), 0 };
        return 0;
}

void credentials_done(struct credentials *credentials)
{
        stage.wiped += credentials->access_key_secret != NULL;
        free(credentials->access_key_id);
        free(credentials->access_key_secret);
        free(credentials->security_token);
}

#define REPORT(verdict, findings)                                                                            \
        "{\"schema\":\"io.ecsguest.report/1\",\"profile\":\"boot\",\"time\":\"2026-11-22T21:05:00Z\","       \
        "\"digest\":\"sha256:aa\",\"verdict\":\"" verdict "\",\"findings\":[" findings "]}"
#define FINDING(key, outcome, severity, waived)                                                              \
        "{\"key\":\"" key "\",\"outcome\":\"" outcome "\",\"severity\":\"" severity "\",\"waived\":" waived  \
        "}"

static struct metadata here = { .instance_id = (char *) "i-bp1", .region_id = (char *) "cn-hangzhou" };

/* Delivers a report with one setting, NULL for none. */
static void deliver(const struct sink_kind *kind, const char *report, const struct metadata *metadata,
                    const char *key, const char *value, struct sink_result *ret)
{
        struct sink_setting setting = { (char *) key, (char *) value };
        struct sink sink = { (char *) "s", kind, &setting, key ? 1 : 0, NULL };
        struct event event = { "1", 1, "2026-11-22T21:05:00Z", NULL, NULL, metadata };
        const char *cause;

        *ret = (struct sink_result){ DELIVERY_STOP, -1, NULL };
        CHECK_INT(json_parse(report, strlen(report), 65536, &event.report, &cause), 0);
        CHECK_INT(kind->deliver(&sink, &event, ret), 0);
        json_free(event.report);
}

static void check_asked(const char *words)
{
        if (!stage.asked.data || !strstr(stage.asked.data, words))
                test_failed(__FILE__, __LINE__, "'%s' is not in: %s", words,
                            stage.asked.data ? stage.asked.data : "");
}

/* The delivery, and words of the reason; NULL for no reason at all. */
static void check_result(struct sink_result *result, enum delivery delivery, const char *words)
{
        CHECK_INT(result->delivery, delivery);
        if (!words)
                CHECK_STRING(result->reason, NULL);
        else if (!result->reason || !strstr(result->reason, words))
                test_failed(__FILE__, __LINE__, "'%s' is not in '%s'", words,
                            result->reason ? result->reason : "NULL");
        if (result->reason && (strstr(result->reason, "secret") || strstr(result->reason, "the-token")))
                test_failed(__FILE__, __LINE__, "a secret is in '%s'", result->reason);
        free(result->reason);
}

#define DONE "{\"RequestId\":\"R-1\"}"

TEST(tags)
{
        struct sink_result result;

        set_stage(0, 200, DONE);
        deliver(&sink_ecs_tags,
                REPORT("not_ready", FINDING("fstab-a", "fail", "critical", "{\"reason\":\"x\"}") "," FINDING(
                                            "fstab-b:/data", "fail", "critical", "null")),
                &here, NULL, NULL, &result);
        check_result(&result, DELIVERY_DONE, NULL);
        check_asked("POST https://ecs-vpc.cn-hangzhou.aliyuncs.com/?RegionId=cn-hangzhou&ResourceId.1=i-bp1&"
                    "ResourceType=instance&Tag.1.Key=ecs-guest-agent%3Averdict&Tag.1.Value=NOT-READY&"
                    "Tag.2.Key=ecs-guest-agent%3Adigest&Tag.2.Value=sha256%3Aaa&"
                    "Tag.3.Key=ecs-guest-agent%3Achecked&Tag.3.Value=2026-11-22T21%3A05%3A00Z&"
                    "Tag.4.Key=ecs-guest-agent%3Afirst&Tag.4.Value=fstab-b%3A%2Fdata\n");
        check_asked("\nx-acs-action: TagResources\n");
        check_asked("\nx-acs-version: 2014-05-26\n");
        check_asked("\nx-acs-security-token: the-token\n");
        check_asked(
                "\nx-acs-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n");
        check_asked(
                "\nauthorization: ACS3-HMAC-SHA256 Credential=STS.id,SignedHeaders=host;x-acs-action;"
                "x-acs-content-sha256;x-acs-date;x-acs-security-token;x-acs-signature-nonce;x-acs-version,");
        CHECK(!strstr(stage.asked.data, "content-type"));
        CHECK(!strstr(stage.asked.data, "the-secret"));
        CHECK_INT(stage.wiped, 1);
}

TEST(nonce_is_new_each_time)
{
        struct sink_result result;
        char first[33] = "", second[33] = "";

        for (int i = 0; i < 2; i++) {
                set_stage(0, 200, DONE);
                deliver(&sink_ecs_tags, REPORT("ready", ""), &here, NULL, NULL, &result);
                check_result(&result, DELIVERY_DONE, NULL);
                CHECK(sscanf(strstr(stage.asked.data, "nonce: "), "nonce: %32[0-9a-f]", i ? second : first) ==
                      1);
        }
        CHECK_INT(strlen(first), 32);
        CHECK_INT(strlen(second), 32);
        CHECK(!string_equal(first, second));
}

TEST(values_within_the_limits_of_tags)
{
        static const struct {
                const char *key, *value;
        } cases[] = {
                { "acs:x", "acs_x" },
                { "ACS:x", "ACS_x" },
                { "a http://b https://c", "a%20http_%2F%2Fb%20https_%2F%2Fc" },
                { "HTTP://b", "HTTP_%2F%2Fb" },
                { "\\u00e9\\u0001\\u007f\\n", "____" },
                { "", "none" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_free_ char *report = string_format(
                        "{\"verdict\":\"x\",\"findings\":[{\"key\":\"%s\",\"outcome\":\"fail\"}]}",
                        cases[i].key);
                _cleanup_free_ char *value = string_format("Tag.4.Value=%s\n", cases[i].value);
                struct sink_result result;

                set_stage(0, 200, DONE);
                deliver(&sink_ecs_tags, report, &here, NULL, NULL, &result);
                check_result(&result, DELIVERY_DONE, NULL);
                check_asked(value);
                check_asked("Tag.1.Value=UNKNOWN&Tag.2.Key=ecs-guest-agent%3Adigest&Tag.2.Value=none&");
        }
}

TEST(a_value_is_cut)
{
        char key[200], value[160];
        _cleanup_free_ char *report = NULL;
        struct sink_result result;

        memset(key, 'k', sizeof(key));
        key[sizeof(key) - 1] = '\0';
        report = string_format(REPORT("not_ready", "{\"key\":\"%s\",\"outcome\":\"fail\"}"), key);
        set_stage(0, 200, DONE);
        deliver(&sink_ecs_tags, report, &here, "prefix", "a:b", &result);
        check_result(&result, DELIVERY_DONE, NULL);
        (void) snprintf(value, sizeof(value), "Tag.4.Value=%.128s\n", key);
        check_asked(value);
        check_asked("Tag.1.Key=a%3Ab%3Averdict&");
}

static bool takes(const struct sink_kind *kind, const char *key, const char *value)
{
        for (const struct sink_key *known = kind->keys; known->name; known++)
                if (string_equal(known->name, key))
                        return known->check ? known->check(value) : value[0] != '\0';

        return false;
}

TEST(settings)
{
        char prefix[66];

        CHECK(takes(&sink_ecs_tags, "prefix", "team:image/agent"));
        CHECK(!takes(&sink_ecs_tags, "prefix", "aliyun-x"));
        CHECK(!takes(&sink_ecs_tags, "prefix", "ACS:x"));
        CHECK(!takes(&sink_ecs_tags, "prefix", "http://x"));
        CHECK(!takes(&sink_ecs_tags, "prefix", "a b"));
        memset(prefix, 'p', 65);
        prefix[65] = '\0';
        CHECK(!takes(&sink_ecs_tags, "prefix", prefix));
        prefix[64] = '\0';
        CHECK(takes(&sink_ecs_tags, "prefix", prefix));
        CHECK(takes(&sink_ecs_tags, "endpoint", "ecs.cn-shanghai.aliyuncs.com"));
        CHECK(!takes(&sink_ecs_tags, "ca", "ca.pem"));
        CHECK(!takes(&sink_cloudmonitor, "proxy", "proxy.example"));
        CHECK(takes(&sink_cloudmonitor, "event-name", "images.ready"));
        CHECK(!takes(&sink_cloudmonitor, "event-name", "images ready"));
        CHECK(takes(&sink_cloudmonitor, "group", "7301"));
        CHECK(!takes(&sink_cloudmonitor, "group", "-1"));
}

TEST(hosts)
{
        static const char *const good[] = { "ecs.aliyuncs.com", "a", "127.0.0.1:8443", "x-1.example:1" };
        static const char *const bad[] = {
                "",          "A.example", "a/b",     "a:443", "a:0",   "a:65536", "a:08",
                "a:",        ":80",       "a:80:80", "u@a",   "a?b",   "a#b",     "a b",
                "https://a", ".a",        "a\nb",    "[::1]", "a%2eb", "-a",      "\xc3\xa9",
        };

        for (size_t i = 0; i < ARRAY_SIZE(good); i++)
                if (!acs_host_is_plain(good[i]))
                        test_failed(__FILE__, __LINE__, "'%s' is refused", good[i]);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                if (acs_host_is_plain(bad[i]))
                        test_failed(__FILE__, __LINE__, "'%s' is taken", bad[i]);
        CHECK(acs_region_is_plain("cn-hangzhou"));
        CHECK(!acs_region_is_plain("cn.evil"));
        CHECK(!acs_region_is_plain(""));
}

/* A region that would lead the credentials elsewhere, or none: nobody is asked anything. */
TEST(without_a_place_nothing_is_sent)
{
        struct metadata elsewhere = { .instance_id = (char *) "i-1",
                                      .region_id = (char *) "x.evil.example/#" };
        struct metadata nowhere = { .note = (char *) "this is no ECS instance" };
        struct sink_result result;

        set_stage(0, 200, DONE);
        deliver(&sink_ecs_tags, REPORT("ready", ""), &elsewhere, NULL, NULL, &result);
        check_result(&result, DELIVERY_RETRY, "is not known");
        deliver(&sink_ecs_tags, REPORT("ready", ""), &nowhere, NULL, NULL, &result);
        check_result(&result, DELIVERY_RETRY, "this is no ECS instance");
        deliver(&sink_ecs_tags, REPORT("ready", ""), &nowhere, "endpoint", "a.example", &result);
        check_result(&result, DELIVERY_RETRY, "is not known");
        deliver(&sink_cloudmonitor, REPORT("ready", ""), &nowhere, NULL, NULL, &result);
        check_result(&result, DELIVERY_RETRY, "this is no ECS instance");
        deliver(&sink_cloudmonitor, REPORT("ready", ""), NULL, NULL, NULL, &result);
        check_result(&result, DELIVERY_RETRY, "is not known");
        CHECK_INT(stage.calls, 0);
}

TEST(without_credentials_nothing_is_sent)
{
        struct sink_result result;

        set_stage(0, 200, DONE);
        stage.credentials = -ENOENT;
        deliver(&sink_ecs_tags, REPORT("ready", ""), &here, NULL, NULL, &result);
        check_result(&result, DELIVERY_RETRY, "no role is attached");
        CHECK_INT(result.retry_after, 77);
        CHECK_INT(stage.calls, 0);
}

TEST(events)
{
        struct sink_result result;

        /* Times are in UTC, wherever the machine is. */
        setenv("TZ", "HERE-8", 1);
        tzset();

        set_stage(0, 200, "{\"Code\":\"200\",\"Message\":\"success\",\"RequestId\":\"R-1\"}");
        deliver(&sink_cloudmonitor, REPORT("not_ready", ""), &here, "group", "17", &result);
        check_result(&result, DELIVERY_DONE, NULL);
        check_asked("POST https://metrics.cn-hangzhou.aliyuncs.com/\n");
        check_asked("\nx-acs-action: PutCustomEvent\n");
        check_asked("\nx-acs-version: 2019-01-01\n");
        check_asked("\ncontent-type: application/x-www-form-urlencoded\n");
        check_asked("SignedHeaders=content-type;host;");
        check_asked("\n\nEventInfo.1.Content=%7B%22");
        check_asked("&EventInfo.1.EventName=ecs_guest_agent_not_ready&EventInfo.1.GroupId=17&"
                    "EventInfo.1.Time=1795381500000");
        CHECK_INT(stage.wiped, 1);

        set_stage(0, 200, DONE);
        deliver(&sink_cloudmonitor, REPORT("ready", ""), &here, "event-name", "images", &result);
        check_result(&result, DELIVERY_DONE, NULL);
        check_asked("&EventInfo.1.EventName=images_ready&EventInfo.1.GroupId=0&");
}

TEST(answers)
{
        static const struct {
                int error;
                long status;
                const char *body;
                enum delivery delivery;
                const char *words;
        } cases[] = {
                { 0, 200, DONE, DELIVERY_DONE, NULL },
                { 0, 200, "{\"Code\":\"Success\",\"RequestId\":\"R\"}", DELIVERY_DONE, NULL },
                { 0, 200, "<html>welcome</html>", DELIVERY_RETRY, "none of the service" },
                { 0, 200, "{}", DELIVERY_RETRY, "none of the service" },
                { 0, 204, "", DELIVERY_RETRY, "none of the service" },
                { 0, 200, "{\"Code\":\"503\",\"RequestId\":\"R\"}", DELIVERY_RETRY, "answer 200 503" },
                { 0, 200, "{\"Code\":\"400\",\"RequestId\":\"R\"}", DELIVERY_PARK, "answer 200 400" },
                { 0, 200, "{\"Code\":\"0\",\"RequestId\":\"R\"}", DELIVERY_PARK, "answer 200 0" },
                { 0, 200, "{\"Code\":\"Throttling.User\",\"RequestId\":\"R\"}", DELIVERY_RETRY,
                  "too many calls" },
                { 0, 302, "", DELIVERY_PAUSE, "answer 302" },
                { 0, 400, "", DELIVERY_PARK, "answer 400" },
                { 0, 400, "{\"Code\":\"Throttling\"}", DELIVERY_RETRY, "400 Throttling, too many calls" },
                { 0, 429, "", DELIVERY_RETRY, "answer 429" },
                { 0, 408, "", DELIVERY_RETRY, "answer 408" },
                { 0, 413, "", DELIVERY_PARK, "answer 413" },
                { 0, 400, "{\"Code\":\"MissingParameter.RegionId\"}", DELIVERY_PARK,
                  "MissingParameter.RegionId" },
                { 0, 400, "{\"Code\":\"InvalidTagValue.Malformed\"}", DELIVERY_PARK, "a value is not taken" },
                { 0, 400, "{\"Code\":\"InvalidTagKey.Malformed\"}", DELIVERY_PAUSE, "prefix=" },
                { 0, 400, "{\"Code\":\"OperationDenied.QuotaExceed\"}", DELIVERY_PAUSE, "no more tags" },
                { 0, 403, "{\"Code\":\"QuotaExceed.Tags\"}", DELIVERY_PAUSE, "no more tags" },
                { 0, 403, "{\"Code\":\"NoPermission.Tag\",\"RequestId\":\"R-2\"}", DELIVERY_PAUSE,
                  "403 NoPermission.Tag, the role has no permission for this (request R-2)" },
                { 0, 403, "{\"Code\":\"Forbidden.RAM\"}", DELIVERY_PAUSE, "no permission" },
                { 0, 403, "", DELIVERY_PAUSE, "answer 403" },
                { 0, 404, "{\"Code\":\"InvalidResourceId.NotFound\"}", DELIVERY_PAUSE, "endpoint=" },
                { 0, 404, "not here", DELIVERY_PAUSE, "answer 404" },
                { 0, 400,
                  "{\"Code\":\"SignatureDoesNotMatch\",\"Message\":\"server string to sign is: secret\"}",
                  DELIVERY_PAUSE, "the signature is not taken" },
                { 0, 400, "{\"Code\":\"SignatureNonceUsed\"}", DELIVERY_RETRY, "seen before" },
                { 0, 400, "{\"Code\":\"InvalidSecurityToken.Expired\"}", DELIVERY_RETRY,
                  "credentials of the role" },
                { 0, 404, "{\"Code\":\"InvalidAccessKeyId.NotFound\"}", DELIVERY_RETRY,
                  "credentials of the role" },
                { 0, 500, "{\"Code\":\"InternalError\"}", DELIVERY_RETRY, "500 InternalError" },
                { 0, 503, "", DELIVERY_RETRY, "answer 503" },
                /* Whatever a broken server says besides. */
                { 0, 500, "{\"Code\":\"NoPermission\"}", DELIVERY_RETRY, "500 NoPermission" },
                { 0, 400, "{\"Code\":\"a\\u001b[31m\\nb\"}", DELIVERY_PARK, "400 a??31m?b" },
                { 0, 400, "{\"Code\":7}", DELIVERY_PARK, "answer 400" },
                { -ETIMEDOUT, 0, "", DELIVERY_RETRY, "the network says why" },
                { -EACCES, 0, "", DELIVERY_RETRY, "the network says why" },
                { -EMSGSIZE, 0, "", DELIVERY_RETRY, "the network says why" },
                { -EINVAL, 0, "", DELIVERY_PAUSE, "the network says why" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct sink_result result;

                set_stage(cases[i].error, cases[i].status, cases[i].body);
                deliver(&sink_ecs_tags, REPORT("ready", ""), &here, NULL, NULL, &result);
                check_result(&result, cases[i].delivery, cases[i].words);
        }
}

TEST(a_code_is_cut)
{
        char body[400] = "{\"Code\":\"";
        struct sink_result result;

        memset(body + 9, 'c', 300);
        memcpy(body + 309, "\"}", 3);
        set_stage(0, 400, body);
        deliver(&sink_ecs_tags, REPORT("ready", ""), &here, NULL, NULL, &result);
        CHECK(result.reason && strlen(result.reason) < 200);
        check_result(&result, DELIVERY_PARK, "cccc");
}

TEST(when_to_try_again)
{
        struct sink_result result;

        set_stage(0, 503, "");
        stage.retry_after = 17;
        deliver(&sink_ecs_tags, REPORT("ready", ""), &here, NULL, NULL, &result);
        CHECK_INT(result.retry_after, 17);
        check_result(&result, DELIVERY_RETRY, "answer 503");
}

TEST(a_wrong_clock_is_named)
{
        const struct acs_call call = { .host = "a.example", .action = "TagResources" };
        struct http_answer answer = { .status = 400, .retry_after = -1 };
        struct sink_result result;

        buffer_add_string(&answer.body, "{\"Code\":\"InvalidTimeStamp.Expired\",\"RequestId\":\"R\"}");
        CHECK_INT(acs_judge(&call, 0, &answer, 5000, &result), 0);
        check_result(&result, DELIVERY_RETRY, "the clock of this machine is suspect: the date");
        answer.date = 8600;
        CHECK_INT(acs_judge(&call, 0, &answer, 5000, &result), 0);
        check_result(&result, DELIVERY_RETRY,
                     "the clock of this machine is suspect: it is 3600 seconds behind");
        answer.date = 1400;
        CHECK_INT(acs_judge(&call, 0, &answer, 5000, &result), 0);
        check_result(&result, DELIVERY_RETRY, "it is 3600 seconds ahead of that of the service (request R)");
        http_answer_done(&answer);
}

/* The manual has a paragraph for each key, below its type. */
TEST(the_manual_has_every_key)
{
        static const struct sink_kind *const kinds[] = { &sink_ecs_tags, &sink_cloudmonitor };
        _cleanup_free_ char *data = calloc(1, 65536);
        FILE *file = fopen(MANUAL, "re");
        size_t n;

        CHECK(file && data);
        if (!file || !data)
                return;
        n = fread(data, 1, 65535, file);
        (void) fclose(file);
        CHECK(n > 0 && n < 65535);
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                _cleanup_free_ char *type = string_format(".Sy type=%s\n", kinds[i]->type);
                const char *at = strstr(data, type);

                CHECK(at);
                for (const struct sink_key *key = kinds[i]->keys; at && key->name; key++) {
                        _cleanup_free_ char *head = string_format("\n.It Sy %s Ns =\n", key->name);
                        const char *found = strstr(at, head), *next = strstr(at + 1, ".Sy type=");

                        if (!found || (next && found > next))
                                test_failed(__FILE__, __LINE__, "%s of %s is not in the manual", key->name,
                                            kinds[i]->type);
                }
        }
}
