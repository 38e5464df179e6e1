/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "engine/finding.h"
#include "engine/probe.h"

#include <time.h>

static const struct probe probe = { .id = "p", .severity = SEVERITY_WARNING };

static _printf_(4, 5) struct finding *add(struct findings *findings, const char *suffix, unsigned line,
                                          const char *format, ...)
{
        struct finding *finding;
        va_list arguments;

        va_start(arguments, format);
        finding = findings_add(findings, &probe, OUTCOME_FAIL, suffix, format, arguments);
        va_end(arguments);
        if (finding)
                finding->line = line;
        return finding;
}

static void check_keys(const struct findings *findings, const char *const *expected)
{
        size_t n = 0;

        while (expected[n])
                n++;
        CHECK(!findings->failed);
        CHECK_INT(findings->n, n);
        for (size_t i = 0; i < n && i < findings->n; i++)
                CHECK_STRING(findings->items[i]->key, expected[i]);
}

TEST(keys_that_occur_twice_are_numbered_by_line)
{
        static const char *const expected[] = { "p:/a", "p:/b", "p:/a#2", "p:/a#3", "p", "p#2", NULL };
        struct findings findings = { 0 };

        add(&findings, NULL, 8, "sixth");
        add(&findings, "/a", 3, "third");
        add(&findings, "/a", 1, "first");
        add(&findings, "/a", 4, "fourth");
        add(&findings, "/b", 2, "second");
        add(&findings, NULL, 7, "fifth");
        findings_sort(&findings);
        check_keys(&findings, expected);
        CHECK_STRING(findings.items[0]->summary, "first");
        CHECK_STRING(findings.items[3]->summary, "fourth");
        findings_done(&findings);
}

/* A mount point may be called "/a#2". */
TEST(a_number_that_is_taken_is_passed_over)
{
        static const char *const before[] = { "p:/a#2", "p:/a", "p:/a#3", "p:/a#4", NULL };
        static const char *const after[] = { "p:/a", "p:/a#2", "p:/a#2#2", "p:/a#2#3", "p:/a#3", NULL };
        struct findings findings = { 0 };

        add(&findings, "/a#2", 1, "x");
        add(&findings, "/a", 2, "x");
        add(&findings, "/a", 3, "x");
        add(&findings, "/a", 4, "x");
        findings_sort(&findings);
        check_keys(&findings, before);
        findings_done(&findings);

        add(&findings, "/a", 1, "x");
        add(&findings, "/a", 2, "x");
        add(&findings, "/a#2", 3, "x");
        add(&findings, "/a#2", 4, "x");
        add(&findings, "/a", 5, "x");
        findings_sort(&findings);
        check_keys(&findings, after);
        findings_done(&findings);
}

/* A hostile fstab makes tens of thousands of findings, of one key or of many. */
TEST(many_findings_take_no_time)
{
        enum { N = 50000 };
        struct findings findings = { 0 };
        clock_t start;

        for (unsigned i = 0; i < N; i++) {
                char suffix[16];

                (void) snprintf(suffix, sizeof(suffix), "/%u", i);
                add(&findings, i % 2 ? suffix : "/same", i + 1, "x");
        }
        start = clock();
        findings_sort(&findings);
        CHECK((clock() - start) / CLOCKS_PER_SEC < 10);
        CHECK(!findings.failed);
        CHECK_STRING(findings.items[N - 2]->key, "p:/same#25000");
        CHECK_STRING(findings.items[N - 1]->key, "p:/49999");
        findings_done(&findings);
}

/* What is not listed still counts: a critical failure among it decides the verdict. */
TEST(beyond_the_limit_there_is_one_finding_for_each_verdict)
{
        enum { BEFORE = 3, MORE = 10 };
        struct findings findings = { 0 };
        size_t n = BEFORE + FINDINGS_OF_PROBE;
        struct finding *critical;

        for (unsigned i = 0; i < n; i++)
                add(&findings, "x", i, "x");
        findings_limit(&findings, BEFORE);
        CHECK_INT(findings.n, n);

        for (unsigned i = 0; i < MORE; i++)
                add(&findings, "x", i, "x");
        critical = add(&findings, "worst", 9, "x");
        critical->severity = SEVERITY_CRITICAL;
        findings_limit(&findings, BEFORE);
        CHECK(!findings.failed);
        CHECK_INT(findings.n, n + 2);
        CHECK_STRING(findings.items[n]->key, "p:more");
        CHECK_INT(findings.items[n]->severity, SEVERITY_CRITICAL);
        CHECK_INT(findings.items[n + 1]->severity, SEVERITY_WARNING);
        CHECK_INT(findings.items[n + 1]->outcome, OUTCOME_FAIL);
        CHECK_STRING(findings.items[n + 1]->facts[0].name, "count");
        CHECK_STRING(findings.items[n + 1]->facts[0].value, "10");
        findings_done(&findings);
}
