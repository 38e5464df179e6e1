/* SPDX-License-Identifier: Apache-2.0 */
#include "report/status.h"
#include "report/read-internal.h"

#include <string.h>

static const char *nth_verdict(unsigned i)
{
        return verdict_name((enum verdict) i);
}

static void print_verdict(struct read_result *result, struct json_object *summary,
                          const struct report_style *style, struct buffer *out)
{
        static const struct {
                const char *text;
                enum ink ink;
        } words[] = {
                [VERDICT_READY] = { "READY", INK_GREEN },
                [VERDICT_NOT_READY] = { "NOT READY", INK_RED },
                [VERDICT_UNKNOWN] = { "UNKNOWN", INK_YELLOW },
        };
        unsigned verdict = read_word(result, summary, "verdict", nth_verdict, VERDICT_COUNT);

        print_ink(out, style, words[verdict].ink, words[verdict].text);
        /* Lines of the same kind have the same columns. */
        buffer_addf(out, "%*s", (int) (strlen("NOT READY") + 2 - strlen(words[verdict].text)), "");
}

static void print_counts(struct read_result *result, struct json_object *summary, struct buffer *out)
{
        static const struct {
                const char *key, *text;
        } parts[] = {
                { "fail", "failed" },         { "unknown", "unknown" }, { "pass", "passed" },
                { "skip", "not applicable" }, { "waived", "waived" },
        };
        struct json_object *counts = read_object(result, summary, "counts");

        for (size_t i = 0; i < ARRAY_SIZE(parts) && result->error >= 0; i++) {
                int64_t n;

                if (json_get_int(counts, parts[i].key, &n) < 0)
                        read_bad(result, "the counts are none");
                else
                        buffer_addf(out, "%s%lld %s", i > 0 ? ", " : "", (long long) n, parts[i].text);
        }
        buffer_add_char(out, '\n');
}

/* A string of the reply, escaped; "-" for null. */
static void print_nullable(struct read_result *result, struct json_object *object, const char *key,
                           struct buffer *out)
{
        _cleanup_free_ char *text = NULL;

        read_nullable(result, object, key, &text);
        print_text(out, text ? text : "-");
}

static void print_daemon(struct read_result *result, struct json_object *status,
                         const struct report_style *style, struct buffer *out)
{
        _cleanup_free_ char *version = NULL, *state = NULL;

        read_string(result, read_object(result, status, "agent"), "version", &version);
        read_string(result, status, "state", &state);
        if (result->error < 0)
                return;
        if (string_equal(state, STATUS_NOT_RUNNING)) {
                print_ink(out, style, INK_YELLOW, "agentd does not run");
                buffer_add_char(out, '\n');
                return;
        }

        buffer_add_string(out, "agentd ");
        print_text(out, version);
        buffer_add_string(out, " is ");
        print_ink(out, style, INK_BOLD, state);
        buffer_add_string(out, ", started ");
        print_nullable(result, status, "started", out);
        buffer_add_char(out, '\n');
}

static void print_last_scan(struct read_result *result, struct json_object *status,
                            const struct report_style *style, struct buffer *out)
{
        struct json_object *summary;

        if (json_type_letter(status, "summary") == 'n') {
                buffer_add_string(out, "Nothing was judged since the boot.\n");
                return;
        }
        summary = read_object(result, status, "summary");
        print_verdict(result, summary, style, out);
        buffer_add_string(out, "at ");
        print_nullable(result, summary, "time", out);
        buffer_add_string(out, ": ");
        print_counts(result, summary, out);
}

static void print_warning_lines(struct read_result *result, struct json_object *status,
                                const struct report_style *style, struct buffer *out)
{
        struct json_object *warnings = read_array(result, status, "warnings");

        for (size_t i = 0; i < json_array_size(warnings) && result->error >= 0; i++) {
                _cleanup_free_ char *text = text_dup(json_item_text(warnings, i));

                if (json_item_letter(warnings, i) != 's')
                        read_bad(result, "a warning is none");
                out->failed = out->failed || !text;
                print_ink(out, style, INK_YELLOW, "warning");
                buffer_add_string(out, "    ");
                print_text(out, text ? text : "");
                buffer_add_char(out, '\n');
        }
}

static void print_delivery(struct read_result *result, struct json_object *status, struct buffer *out)
{
        _cleanup_free_ char *last = NULL;
        int64_t waiting = 0;

        read_nullable(result, status, "lastDelivery", &last);
        if (json_type_letter(status, "waitingReports") != 'n' &&
            json_get_int(status, "waitingReports", &waiting) < 0)
                read_bad(result, "a field is missing or of another type");
        if (last) {
                buffer_add_string(out, "A report was delivered last at ");
                print_text(out, last);
                buffer_add_string(out, ".\n");
        }
        if (waiting > 0)
                buffer_addf(out, "Reports that wait for delivery: %lld.\n", (long long) waiting);
}

static int finish(const struct read_result *result, const struct buffer *out, const char **reterr_cause)
{
        if (result->error < 0)
                *reterr_cause = result->cause;

        return result->error < 0 ? result->error : out->failed ? -ENOMEM : 0;
}

int status_write_text(struct json_object *status, const struct report_style *style, struct buffer *out,
                      const char **reterr_cause)
{
        struct read_result result = { 0 };

        print_daemon(&result, status, style, out);
        print_last_scan(&result, status, style, out);
        if (json_type_letter(status, "pendingReboot") != 'n' && read_bool(&result, status, "pendingReboot"))
                buffer_add_string(out, "A fix that was applied takes effect at the next boot.\n");
        print_warning_lines(&result, status, style, out);
        print_delivery(&result, status, out);

        return finish(&result, out, reterr_cause);
}

static void print_change(struct read_result *result, struct json_object *change, struct buffer *out)
{
        _cleanup_free_ char *key = NULL, *before = NULL, *after = NULL, *summary = NULL;
        struct json_object *finding = json_get_object(change, "finding");

        read_string(result, change, "key", &key);
        read_nullable(result, change, "before", &before);
        read_nullable(result, change, "after", &after);
        if (finding)
                read_string(result, finding, "summary", &summary);
        if (result->error < 0)
                return;

        print_text(out, key);
        buffer_add_string(out, "  ");
        print_text(out, before ? before : "new");
        buffer_add_string(out, " -> ");
        print_text(out, after ? after : "gone");
        if (summary) {
                buffer_add_string(out, "  ");
                print_text(out, summary);
        }
        buffer_add_char(out, '\n');
}

static void print_when(struct read_result *result, struct json_object *summary,
                       const struct report_style *style, struct buffer *out)
{
        print_nullable(result, summary, "time", out);
        buffer_add_string(out, "  ");
        print_verdict(result, summary, style, out);
}

int change_write_text(struct json_object *reply, const struct report_style *style, struct buffer *out,
                      const char **reterr_cause)
{
        struct read_result result = { 0 };
        struct json_object *summary = read_object(&result, reply, "summary");
        struct json_object *changes = read_array(&result, reply, "changes");

        if (result.error >= 0) {
                print_when(&result, summary, style, out);
                print_counts(&result, summary, out);
        }
        for (size_t i = 0; i < json_array_size(changes) && result.error >= 0; i++) {
                print_when(&result, summary, style, out);
                print_change(&result, json_array_item(changes, i), out);
        }

        return finish(&result, out, reterr_cause);
}
