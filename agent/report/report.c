/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"
#include "engine/host.h"
#include "engine/root.h"

int report_make(struct context *context, time_t now, struct report *ret)
{
        struct report report = {
                .root = root_name(context_root(context)),
                .host = context_host(context),
                .findings = context_findings(context),
                .profile = context_options(context)->profile,
                .block_on = context_options(context)->block_on,
                .time = now,
        };
        int r;

        report.summary = findings_summary(report.findings, report.block_on);
        r = root_digest(context_root(context), report.digest);
        if (r < 0)
                return r;

        *ret = report;
        return 0;
}

const struct report_format report_formats[] = {
        { "text", report_write_text },
        { "json", report_write_json },
        { "oneline", report_write_oneline },
        { "html", report_write_html },
        { "junit", report_write_junit },
        { "prometheus", report_write_prometheus },
        { "cloudevent", report_write_cloudevent },
        { NULL },
};

const struct report_format *report_format_find(const char *name)
{
        for (const struct report_format *format = report_formats; format->name; format++)
                if (string_equal(name, format->name))
                        return format;

        return NULL;
}
