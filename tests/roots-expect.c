/* SPDX-License-Identifier: Apache-2.0 */
#include "roots.h"

#include <string.h>

/* By object. */
static const struct field report_fields[] = {
        { "schema", "s" }, { "agent", "o" },    { "host", "o" },    { "profile", "s" },
        { "time", "s" },   { "digest", "s" },   { "verdict", "s" }, { "blockOn", "s" },
        { "counts", "o" }, { "findings", "a" }, { NULL },
};
static const struct field host_fields[] = {
        { "root", "s" },
        { "live", "b" },
        { "osId", "s" },
        { "osVersion", "s" },
        { "osName", "s" },
        { "kernel", "sn" },
        { "arch", "s" },
        { "bootId", "sn" },
        { "instanceId", "sn" },
        { "instanceType", "sn" },
        { "regionId", "sn" },
        { "imageId", "sn" },
        { NULL },
};
static const struct field count_fields[] = {
        { "pass", "i" }, { "fail", "i" }, { "skip", "i" }, { "unknown", "i" }, { "waived", "i" }, { NULL },
};
static const struct field finding_fields[] = {
        { "probe", "s" },
        { "area", "s" },
        { "key", "s" },
        { "outcome", "s" },
        { "severity", "s" },
        { "summary", "s" },
        { "reason", "s" },
        { "path", "sn" },
        { "line", "in" },
        { "actual", "sn" },
        { "required", "sn" },
        { "fixer", "sn" },
        { "guestosItem", "sn" },
        { "waived", "on" },
        { "expiredWaiver", "on" },
        { "facts", "o" },
        { NULL },
};

void check_fields(struct json_object *object, const char *what, const struct field *fields,
                  struct buffer *complaints)
{
        size_t n = 0;

        for (; fields->name; fields++, n++) {
                char type = json_type_letter(object, fields->name);

                if (type == '\0' && fields->types[0] == '?')
                        n--;
                else if (type == '\0')
                        buffer_addf(complaints, "%s has no field '%s'\n", what, fields->name);
                else if (!strchr(fields->types, type))
                        buffer_addf(complaints, "field '%s' of %s has type %c\n", fields->name, what, type);
        }
        if (json_object_size(object) != n)
                buffer_addf(complaints, "%s has fields beyond the interface\n", what);
}

struct text string_of(struct json_object *object, const char *key)
{
        struct text text = TEXT("(none)");

        return json_get_text(object, key, &text) < 0 ? TEXT("(none)") : text;
}

static size_t rank(struct text severity)
{
        static const char *const order[] = { "critical", "warning", "note" };
        size_t i = 0;

        while (i < ARRAY_SIZE(order) && !text_equal(severity, order[i]))
                i++;

        return i;
}

static const struct field waived_fields[] = { { "reason", "s" }, { "until", "s" }, { NULL } };

void check_finding_fields(struct json_object *finding, struct buffer *complaints)
{
        struct json_object *waived = json_get_object(finding, "waived");

        if (waived)
                check_fields(waived, "waived", waived_fields, complaints);
        if (waived && !text_equal(string_of(finding, "outcome"), "fail"))
                buffer_addf(complaints, "'%.*s' is waived and does not fail\n",
                            TEXT_ARGS(string_of(finding, "key")));
        check_fields(finding, "a finding", finding_fields, complaints);
}

void check_contract(struct json_object *report, struct buffer *complaints)
{
        static const char *const outcomes[] = { "pass", "fail", "skip", "unknown" };
        struct json_object *findings = json_get_array(report, "findings"), *counts, *last = NULL;
        int64_t expected[ARRAY_SIZE(outcomes)] = { 0 }, n_waived = 0, said;

        check_fields(report, "the report", report_fields, complaints);
        check_fields(json_get_object(report, "host"), "host", host_fields, complaints);
        counts = json_get_object(report, "counts");
        check_fields(counts, "counts", count_fields, complaints);

        for (size_t i = 0; i < json_array_size(findings); i++) {
                struct json_object *finding = json_array_item(findings, i);
                struct text key = string_of(finding, "key"), summary = string_of(finding, "summary");

                check_finding_fields(finding, complaints);
                for (size_t o = 0; o < ARRAY_SIZE(outcomes); o++)
                        expected[o] += !json_get_object(finding, "waived") &&
                                       text_equal(string_of(finding, "outcome"), outcomes[o]);
                n_waived += json_get_object(finding, "waived") != NULL;
                for (size_t n = 0; n < i; n++)
                        if (text_same(key, string_of(json_array_item(findings, n), "key")))
                                buffer_addf(complaints, "key '%.*s' occurs twice\n", TEXT_ARGS(key));
                if (last && rank(string_of(finding, "severity")) < rank(string_of(last, "severity")))
                        buffer_addf(complaints, "'%.*s' is out of order\n", TEXT_ARGS(key));
                if (summary.len == 0 || text_ends(summary, ".") || text_contains(summary, "\n"))
                        buffer_addf(complaints, "summary of '%.*s' is not one sentence: '%.*s'\n",
                                    TEXT_ARGS(key), TEXT_ARGS(summary));
                last = finding;
        }

        for (size_t o = 0; o < ARRAY_SIZE(outcomes); o++)
                if (json_get_int(counts, outcomes[o], &said) < 0 || said != expected[o])
                        buffer_addf(complaints, "count of '%s' is not %lld\n", outcomes[o],
                                    (long long) expected[o]);
        if (json_get_int(counts, "waived", &said) < 0 || said != n_waived)
                buffer_addf(complaints, "count of 'waived' is not %lld\n", (long long) n_waived);
}

struct json_object *find_key(struct json_object *findings, struct text key)
{
        for (size_t i = 0; i < json_array_size(findings); i++) {
                struct json_object *finding = json_array_item(findings, i);

                if (text_same(string_of(finding, "key"), key))
                        return finding;
        }

        return NULL;
}

bool text_holds(struct text text, struct text needle)
{
        return needle.len == 0 ||
               (text.len >= needle.len && memmem(text.data, text.len, needle.data, needle.len));
}

static void check_strings(struct json_object *expected, struct json_object *actual, struct text key,
                          struct buffer *complaints)
{
        static const struct {
                const char *name;
                bool part; /* a substring is enough */
        } fields[] = {
                { "outcome", false }, { "severity", false }, { "path", false },
                { "summary", true },  { "actual", true },    { "required", true },
        };

        for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
                struct text wanted, found = string_of(actual, fields[i].name);

                if (json_get_text(expected, fields[i].name, &wanted) < 0)
                        continue;
                if (fields[i].part ? !text_holds(found, wanted) : !text_same(found, wanted))
                        buffer_addf(complaints, "%s of '%.*s' is '%.*s', expected '%.*s'\n", fields[i].name,
                                    TEXT_ARGS(key), TEXT_ARGS(found), TEXT_ARGS(wanted));
        }
}

/* A finding is waived as the case says, or not at all. */
static void check_waived(struct json_object *expected, struct json_object *actual, struct text key,
                         struct buffer *complaints)
{
        struct json_object *wanted = json_get_object(expected, "waived");
        struct json_object *found = json_get_object(actual, "waived");
        static const char *const fields[] = { "reason", "until" };

        if (!wanted != !found)
                buffer_addf(complaints, "'%.*s' is %swaived\n", TEXT_ARGS(key), found ? "" : "not ");
        for (size_t i = 0; wanted && found && i < ARRAY_SIZE(fields); i++)
                if (!text_same(string_of(wanted, fields[i]), string_of(found, fields[i])))
                        buffer_addf(complaints, "%s of the waiver of '%.*s' is '%.*s'\n", fields[i],
                                    TEXT_ARGS(key), TEXT_ARGS(string_of(found, fields[i])));
}

static void check_finding(struct json_object *expected, struct json_object *actual, struct buffer *complaints)
{
        struct text key = string_of(expected, "key");
        struct json_object *facts = json_get_object(expected, "facts");
        int64_t line, found = 0;

        check_strings(expected, actual, key, complaints);
        check_waived(expected, actual, key, complaints);
        if (json_get_int(expected, "line", &line) >= 0 &&
            (json_get_int(actual, "line", &found) < 0 || line != found))
                buffer_addf(complaints, "line of '%.*s' is %lld, expected %lld\n", TEXT_ARGS(key),
                            (long long) found, (long long) line);

        for (size_t i = 0; i < json_object_size(facts); i++) {
                const char *name = json_object_key(facts, i);
                struct text wanted = string_of(facts, name);
                struct text said = string_of(json_get_object(actual, "facts"), name);

                if (!text_same(wanted, said))
                        buffer_addf(complaints, "fact '%s' of '%.*s' is '%.*s', expected '%.*s'\n", name,
                                    TEXT_ARGS(key), TEXT_ARGS(said), TEXT_ARGS(wanted));
        }
}

static void check_skips(struct json_object *expected, struct json_object *findings, struct buffer *complaints)
{
        struct json_object *skips = json_get_array(expected, "skips");
        struct json_object *summaries = json_get_object(expected, "skipSummary");

        for (size_t i = 0; i < json_array_size(skips); i++) {
                struct text key = json_item_text(skips, i);
                struct json_object *finding = find_key(findings, key);

                if (!finding || !text_equal(string_of(finding, "outcome"), "skip"))
                        buffer_addf(complaints, "'%.*s' is not skipped\n", TEXT_ARGS(key));
        }
        for (size_t i = 0; i < json_object_size(summaries); i++) {
                const char *key = json_object_key(summaries, i);
                struct json_object *finding = find_key(findings, text_from_string(key));

                if (!finding || !text_holds(string_of(finding, "summary"), string_of(summaries, key)))
                        buffer_addf(complaints, "'%s' is not skipped for the reason expected\n", key);
        }
}

void check_findings(struct json_object *wanted, struct json_object *findings, unsigned flags,
                    struct buffer *complaints)
{
        for (size_t i = 0; i < json_array_size(wanted); i++) {
                struct json_object *item = json_array_item(wanted, i);
                struct json_object *finding = find_key(findings, string_of(item, "key"));

                if (finding)
                        check_finding(item, finding, complaints);
                else
                        buffer_addf(complaints, "missing: '%.*s'\n", TEXT_ARGS(string_of(item, "key")));
        }

        for (size_t i = 0; i < json_array_size(findings); i++) {
                struct json_object *finding = json_array_item(findings, i);
                struct text key = string_of(finding, "key"), outcome = string_of(finding, "outcome");

                if ((flags & EXPECT_FAILURES) ? !text_equal(outcome, "fail") : text_equal(outcome, "skip"))
                        continue;
                if (!find_key(wanted, key))
                        buffer_addf(complaints, "not expected: '%.*s' %.*s: %.*s\n", TEXT_ARGS(key),
                                    TEXT_ARGS(outcome), TEXT_ARGS(string_of(finding, "summary")));
        }
}

void check_expectations(struct json_object *expected, struct json_object *report, struct buffer *complaints)
{
        struct json_object *wanted = json_get_array(expected, "findings");
        struct json_object *findings = json_get_array(report, "findings");

        if (!wanted)
                buffer_addf(complaints, "the case has no list of findings\n");
        check_findings(wanted, findings, 0, complaints);
        check_skips(expected, findings, complaints);
}
