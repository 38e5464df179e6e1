/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/probe.h"
#include "report/report.h"

#include <string.h>

/* The limit of a tag value that the line is made for. */
enum { LIMIT = 128 };

static const char *const words[] = {
        [VERDICT_READY] = "READY",
        [VERDICT_NOT_READY] = "NOT-READY",
        [VERDICT_UNKNOWN] = "UNKNOWN",
};

/* A key without blanks and control characters, so that it stays one word; a character of several bytes is
 * one, and so is a byte that is none, which documents have as one. */
static void add_key(struct buffer *out, const char *key)
{
        struct text rest = text_from_string(key);

        while (rest.len > 0) {
                size_t n = utf8_sequence(rest);

                buffer_add_char(out, *rest.data > 0x20 && *rest.data < 0x7f ? *rest.data : '_');
                rest.data += n > 0 ? n : 1;
                rest.len -= n > 0 ? n : 1;
        }
}

/* The first finding that speaks against the image. */
static const struct finding *first_against(const struct report *report)
{
        enum outcome outcome = report->summary.verdict == VERDICT_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_FAIL;

        for (size_t i = 0; i < report->findings->n; i++) {
                const struct finding *finding = report->findings->items[i];

                if (finding->severity <= report->block_on && finding->outcome == outcome &&
                    !finding_is_waived(finding))
                        return finding;
        }

        return NULL;
}

/* Appends " name=value" when all of it fits. */
static void add_word(struct buffer *out, const struct buffer *word)
{
        if (out->len + 1 + word->len > LIMIT)
                return;

        buffer_add_char(out, ' ');
        buffer_add(out, word->data, word->len);
}

static void add_count(struct buffer *out, const char *name, size_t n)
{
        _cleanup_buffer_ struct buffer word = { 0 };

        buffer_addf(&word, "%s=%zu", name, n);
        out->failed = out->failed || word.failed;
        add_word(out, &word);
}

int report_write_oneline(const struct report *report, const struct report_style *style, struct buffer *out)
{
        const struct summary *summary = &report->summary;
        const struct finding *first = first_against(report);
        _cleanup_buffer_ struct buffer line = { 0 };
        _cleanup_buffer_ struct buffer word = { 0 };

        (void) style;
        buffer_addf(&line, "%s ecs-guest-agent/%s digest=%.12s", words[summary->verdict], VERSION_SHORT,
                    report->digest);
        if (summary->failed[SEVERITY_CRITICAL] > 0)
                add_count(&line, "crit", summary->failed[SEVERITY_CRITICAL]);
        add_count(&line, "warn", summary->failed[SEVERITY_WARNING]);
        if (summary->outcomes[OUTCOME_UNKNOWN] > 0)
                add_count(&line, "unknown", summary->outcomes[OUTCOME_UNKNOWN]);
        if (first) {
                buffer_add_string(&word, "first=");
                add_key(&word, first->key);
                /* A key that does not fit is replaced by the id, which does. */
                if (line.len + 1 + word.len > LIMIT) {
                        buffer_done(&word);
                        buffer_addf(&word, "first=%s", first->probe->id);
                }
                add_word(&line, &word);
        }
        buffer_add_char(&line, '\n');

        buffer_add(out, line.data, line.len);
        return line.failed || word.failed || out->failed ? -ENOMEM : 0;
}
