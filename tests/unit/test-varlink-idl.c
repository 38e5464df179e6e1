/* SPDX-License-Identifier: Apache-2.0 */

/* The text of the interface against what is really sent: the fields of the documents, in their order. */

#include "test.h"

#include "engine/host.h"
#include "engine/probe.h"
#include "report/json.h"
#include "report/plan.h"
#include "report/readings.h"
#include "varlink/interfaces.h"

static const char *description(const char *name)
{
        for (const struct varlink_interface *i = varlink_interfaces; i->name; i++)
                if (string_equal(i->name, name))
                        return i->description;

        return NULL;
}

static void check_embedded(const struct varlink_interface *interface)
{
        _cleanup_free_ char *path = string_format("%s/%s.varlink", VARLINK_DIRECTORY, interface->name);
        _cleanup_free_ char *first = string_format("\ninterface %s\n", interface->name);
        _cleanup_buffer_ struct buffer text = { 0 };
        FILE *file = path ? fopen(path, "re") : NULL;
        char line[256];

        CHECK(file);
        if (!file || !first)
                return;
        while (fgets(line, sizeof(line), file))
                buffer_add_string(&text, line);
        fclose(file);
        CHECK_STRING(interface->description, text.data);
        CHECK(strstr(interface->description, first));
}

TEST(embedded)
{
        size_t n = 0;

        for (const struct varlink_interface *i = varlink_interfaces; i->name; i++, n++) {
                check_embedded(i);
                CHECK(!i[1].name || strcmp(i->name, i[1].name) < 0);
        }
        CHECK_INT(n, 2);
}

/* "a, b, c": the fields of a type, in order. */
static char *fields_of(const char *type)
{
        _cleanup_free_ char *head = string_format("\ntype %s (\n", type);
        struct buffer out = { 0 };
        struct text rest, line, name, tail;
        const char *begin = head ? strstr(description("io.ecsguest.Agent"), head) : NULL;
        char *text = NULL;

        if (!begin)
                return NULL;

        rest = text_from_string(begin + strlen(head));
        while (text_next_line(&rest, &line) && !text_starts(line, ")")) {
                line = text_trim(text_chomp(line));
                if (!text_starts(line, "#") && text_split(line, ':', &name, &tail)) {
                        buffer_add_string(&out, out.len > 0 ? ", " : "");
                        buffer_add_text(&out, name);
                }
        }
        return buffer_finish(&out, &text, NULL) < 0 ? NULL : text;
}

static void check_fields(const char *type, struct json_object *object, const char *but)
{
        _cleanup_free_ char *expected = fields_of(type);
        _cleanup_buffer_ struct buffer found = { 0 };
        const char *key;

        for (size_t i = 0; (key = json_object_key(object, i)); i++)
                if (!but || !string_equal(key, but)) {
                        buffer_add_string(&found, found.len > 0 ? ", " : "");
                        buffer_add_string(&found, key);
                }
        CHECK(found.len > 0);
        CHECK_STRING(expected, found.data);
}

TEST(finding)
{
        struct json_builder builder = { 0 };
        struct finding finding = { .probe = probe_table[0], .key = (char *) "k", .summary = (char *) "s" };
        _cleanup_json_ struct json_object *object = report_finding_to_json(&builder, &finding);

        check_fields("Finding", object, NULL);
        CHECK(!builder.failed);
}

TEST(summary)
{
        struct json_builder builder = { 0 };
        struct findings findings = { 0 };
        struct host host = { .live = true };
        struct report report = { .root = "/", .host = &host, .findings = &findings };
        _cleanup_json_ struct json_object *object = report_to_json(&builder, &report);

        check_fields("Summary", object, "findings");
        check_fields("Host", json_get_object(object, "host"), NULL);
        check_fields("Counts", json_get_object(object, "counts"), NULL);
        check_fields("AgentVersion", json_get_object(object, "agent"), NULL);
        CHECK(!builder.failed);
}

TEST(reading)
{
        struct json_builder builder = { 0 };
        struct reading item = { (char *) "/etc/x", NULL };
        struct readings readings = { &item, 1 };
        _cleanup_json_ struct json_object *array = readings_to_json(&builder, &readings);

        check_fields("Reading", json_array_item(array, 0), NULL);
        CHECK(!builder.failed);
}

TEST(plan)
{
        char *argv[] = { (char *) "/bin/true", NULL }, *fixers[] = { NULL };
        struct plan_step step = { .kind = CHANGE_RUN, .argv = argv };
        struct plan_report report = { .time = 1, .fixers = fixers, .steps = &step, .n_steps = 1 };
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = plan_report_to_json(&builder, &report);

        check_fields("FixPlan", object, NULL);
        check_fields("Change", json_array_item(json_get_array(object, "changes"), 0), NULL);
        CHECK(!builder.failed);
}

/* Each value of an enum, and each that a comment lists, is there; "(a, b, c)" at some place. */
static void check_text(const char *text)
{
        if (!strstr(description("io.ecsguest.Agent"), text))
                test_failed(__FILE__, __LINE__, "the interface does not say '%s'", text);
}

TEST(values)
{
        _cleanup_free_ char *outcomes = string_format("outcome: (%s, %s, %s, %s)", outcome_name(OUTCOME_PASS),
                                                      outcome_name(OUTCOME_FAIL), outcome_name(OUTCOME_SKIP),
                                                      outcome_name(OUTCOME_UNKNOWN));
        _cleanup_free_ char *severities =
                string_format("severity: (%s, %s, %s)", severity_name(SEVERITY_CRITICAL),
                              severity_name(SEVERITY_WARNING), severity_name(SEVERITY_NOTE));
        _cleanup_free_ char *verdicts =
                string_format("verdict: (%s, %s, %s)", verdict_name(VERDICT_READY),
                              verdict_name(VERDICT_NOT_READY), verdict_name(VERDICT_UNKNOWN));
        _cleanup_free_ char *profiles =
                string_format("profile: (%s, %s)", profile_name(PROFILE_BOOT), profile_name(PROFILE_CAPTURE));

        check_text(outcomes);
        check_text(severities);
        check_text(verdicts);
        check_text(profiles);
        for (int i = 0; i < PLAN_STATE_COUNT; i++)
                check_text(plan_state_name((enum plan_state) i));
        for (int i = 0; i < CHANGE_KIND_COUNT; i++)
                check_text(change_kind_name((enum change_kind) i));
}
