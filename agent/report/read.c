/* SPDX-License-Identifier: Apache-2.0 */
#include "report/read.h"
#include "engine/host.h"
#include "report/read-internal.h"

#include <string.h>

struct read_report {
        struct read_findings *findings;
        struct host host;
        char *root;
        char *instance_id, *instance_type, *region_id, *image_id;
        struct report report;
};

int read_report_new(struct read_report **ret)
{
        struct read_report *read = calloc(1, sizeof(*read));
        int r;

        if (!read)
                return -ENOMEM;
        r = read_findings_new(&read->findings);
        if (r < 0) {
                free(read);
                return r;
        }

        *ret = read;
        return 0;
}

struct read_report *read_report_free(struct read_report *read)
{
        if (!read)
                return NULL;

        read_findings_free(read->findings);
        host_done(&read->host);
        free(read->root);
        free(read->instance_id);
        free(read->instance_type);
        free(read->region_id);
        free(read->image_id);
        free(read);
        return NULL;
}

int read_report_finding(struct read_report *read, struct json_object *finding, const char **reterr_cause)
{
        return read_finding(read->findings, finding, reterr_cause);
}

static void read_host(struct read_result *result, struct json_object *object, struct read_report *read)
{
        struct host *host = &read->host;

        read_string(result, object, "root", &read->root);
        host->live = read_bool(result, object, "live");
        read_string(result, object, "osId", &host->os_id);
        read_string(result, object, "osVersion", &host->os_version);
        read_string(result, object, "osName", &host->os_name);
        read_nullable(result, object, "kernel", &host->kernel);
        read_string(result, object, "arch", &host->arch);
        read_nullable(result, object, "bootId", &host->boot_id);
        read_nullable(result, object, "instanceId", &read->instance_id);
        read_nullable(result, object, "instanceType", &read->instance_type);
        read_nullable(result, object, "regionId", &read->region_id);
        read_nullable(result, object, "imageId", &read->image_id);
        read->report.instance = (struct report_instance){ read->instance_id, read->instance_type,
                                                          read->region_id, read->image_id };
}

static void expect_count(struct read_result *result, struct json_object *counts, const char *key, size_t n)
{
        int64_t count;

        if (result->error >= 0 && (json_get_int(counts, key, &count) < 0 || count < 0 || (size_t) count != n))
                read_bad(result, "the counts are not those of the findings");
}

/* What follows from the findings is not believed but compared. */
static void read_verdict(struct read_result *result, struct json_object *object, struct report *report)
{
        struct json_object *counts = read_object(result, object, "counts");

        report->summary = findings_summary(report->findings, report->block_on);
        read_expect(result, object, "verdict", verdict_name(report->summary.verdict));
        for (unsigned i = 0; i < OUTCOME_COUNT; i++)
                expect_count(result, counts, outcome_name((enum outcome) i), report->summary.outcomes[i]);
        expect_count(result, counts, "waived", report->summary.waived);
}

static const char *nth_profile(unsigned i)
{
        return profile_name((enum profile) i);
}

static const char *nth_severity(unsigned i)
{
        return severity_name((enum severity) i);
}

int read_report_summary(struct read_report *read, struct json_object *summary, const struct report **ret,
                        const char **reterr_cause)
{
        struct report *report = &read->report;
        struct read_result result = { 0 };
        _cleanup_free_ char *digest = NULL;

        read_expect(&result, summary, "schema", "io.ecsguest.report/1");
        read_expect(&result, read_object(&result, summary, "agent"), "version", VERSION);
        read_host(&result, read_object(&result, summary, "host"), read);
        report->root = read->root;
        report->host = &read->host;
        report->findings = read_findings_get(read->findings);
        report->profile = (enum profile) read_word(&result, summary, "profile", nth_profile, PROFILE_COUNT);
        report->block_on =
                (enum severity) read_word(&result, summary, "blockOn", nth_severity, SEVERITY_COUNT);
        report->time = read_time(&result, summary, "time");
        read_digest(&result, summary, "digest", false, &digest);
        read_verdict(&result, summary, report);
        if (result.error < 0) {
                *reterr_cause = result.cause;
                return result.error;
        }

        memcpy(report->digest, digest, sizeof(report->digest));
        *ret = report;
        return 0;
}

int read_report_document(struct read_report *read, struct json_object *document, const struct report **ret,
                         const char **reterr_cause)
{
        struct read_result result = { 0 };
        struct json_object *findings = read_array(&result, document, "findings");
        int r = 0;

        if (result.error < 0) {
                *reterr_cause = result.cause;
                return result.error;
        }
        for (size_t i = 0; i < json_array_size(findings) && r >= 0; i++)
                r = read_report_finding(read, json_array_item(findings, i), reterr_cause);

        return r < 0 ? r : read_report_summary(read, document, ret, reterr_cause);
}
