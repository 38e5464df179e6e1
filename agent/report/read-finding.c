/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "engine/probe.h"
#include "engine/waiver.h"
#include "report/read-internal.h"
#include "report/read.h"

#include <limits.h>
#include <string.h>

struct read_findings {
        struct findings findings;
        struct waiver **waivers;
        size_t n_waivers;
};

int read_findings_new(struct read_findings **ret)
{
        struct read_findings *read = calloc(1, sizeof(*read));

        if (!read)
                return -ENOMEM;

        *ret = read;
        return 0;
}

void read_findings_free(struct read_findings *read)
{
        if (!read)
                return;

        findings_done(&read->findings);
        for (size_t i = 0; i < read->n_waivers; i++) {
                free(read->waivers[i]->reason);
                free(read->waivers[i]->until);
                free(read->waivers[i]);
        }
        free(read->waivers);
        free(read);
}

const struct findings *read_findings_get(const struct read_findings *read)
{
        return &read->findings;
}

static const struct probe *find_probe(struct text id)
{
        for (size_t i = 0; probe_table[i]; i++)
                if (text_equal(id, probe_table[i]->id))
                        return probe_table[i];

        return NULL;
}

/* What this version says about the probe has to be what was said. */
static const struct probe *read_probe(struct read_result *result, struct json_object *object)
{
        const struct probe *probe;
        const struct fixer *fixer;
        struct text id;

        probe = json_get_text(object, "probe", &id) >= 0 ? find_probe(id) : NULL;
        if (!probe) {
                read_bad(result, "a finding of a probe that this version does not know");
                return NULL;
        }

        fixer = fixer_for(probe->id);
        read_expect(result, object, "area", probe->area);
        read_expect(result, object, "reason", probe->reason);
        read_expect(result, object, "fixer", fixer ? fixer->id : NULL);
        read_expect(result, object, "guestosItem", probe->guestos_item);
        return result->error < 0 ? NULL : probe;
}

static unsigned read_line(struct read_result *result, struct json_object *object)
{
        char type = json_type_letter(object, "line");
        int64_t line = 0;

        if (type != 'n' && (json_get_int(object, "line", &line) < 0 || line < 1 || line > UINT_MAX))
                read_bad(result, "a line number is none");

        return (unsigned) line;
}

/* One of "waived" and "expiredWaiver", or none. The latter came later, and may be absent. */
static const struct waiver *read_waiver(struct read_result *result, struct read_findings *read,
                                        struct json_object *object)
{
        struct json_object *waived = json_get_object(object, "waived");
        struct json_object *expired = json_get_object(object, "expiredWaiver");
        struct waiver *waiver;

        if ((!waived && json_type_letter(object, "waived") != 'n') ||
            (!expired && !strchr("n", json_type_letter(object, "expiredWaiver"))) || (waived && expired))
                read_bad(result, "a waiver is none");
        if (result->error < 0 || (!waived && !expired))
                return NULL;

        waiver = calloc(1, sizeof(*waiver));
        if (!waiver || array_grow(&read->waivers, read->n_waivers, sizeof(*read->waivers)) < 0) {
                free(waiver);
                *result = (struct read_result){ -ENOMEM, "out of memory" };
                return NULL;
        }
        read->waivers[read->n_waivers++] = waiver;
        waiver->expired = expired != NULL;
        read_string(result, waived ? waived : expired, "reason", &waiver->reason);
        read_string(result, waived ? waived : expired, "until", &waiver->until);
        return waiver;
}

static void read_facts(struct read_result *result, struct json_object *object, struct finding *finding)
{
        struct json_object *facts = read_object(result, object, "facts");
        size_t n = json_object_size(facts);

        if (n == 0 || result->error < 0)
                return;
        finding->facts = calloc(n, sizeof(*finding->facts));
        for (size_t i = 0; finding->facts && i < n && result->error >= 0; i++) {
                const char *name = json_object_key(facts, i);

                finding->n_facts = i + 1;
                finding->facts[i].name = strdup(name);
                read_string(result, facts, name, &finding->facts[i].value);
        }
        if (!finding->facts || (result->error >= 0 && !finding->facts[finding->n_facts - 1].name))
                *result = (struct read_result){ -ENOMEM, "out of memory" };
}

/* An empty finding of the probe at the end of the set, which owns it. */
static struct finding *add(struct read_result *result, struct findings *findings, const struct probe *probe)
{
        struct finding *finding;

        if (array_grow(&findings->items, findings->n, sizeof(*findings->items)) < 0 ||
            !(finding = calloc(1, sizeof(*finding)))) {
                *result = (struct read_result){ -ENOMEM, "out of memory" };
                return NULL;
        }

        finding->probe = probe;
        findings->items[findings->n++] = finding;
        return finding;
}

static const char *nth_outcome(unsigned i)
{
        return outcome_name((enum outcome) i);
}

static const char *nth_severity(unsigned i)
{
        return severity_name((enum severity) i);
}

int read_finding(struct read_findings *read, struct json_object *object, const char **reterr_cause)
{
        struct read_result result = { 0 };
        const struct probe *probe = read_probe(&result, object);
        struct finding *finding = probe ? add(&result, &read->findings, probe) : NULL;

        if (finding) {
                finding->outcome =
                        (enum outcome) read_word(&result, object, "outcome", nth_outcome, OUTCOME_COUNT);
                finding->severity =
                        (enum severity) read_word(&result, object, "severity", nth_severity, SEVERITY_COUNT);
                finding->line = read_line(&result, object);
                read_string(&result, object, "key", &finding->key);
                read_string(&result, object, "summary", &finding->summary);
                read_nullable(&result, object, "path", &finding->path);
                read_nullable(&result, object, "actual", &finding->actual);
                read_nullable(&result, object, "required", &finding->required);
                finding->waiver = read_waiver(&result, read, object);
                read_facts(&result, object, finding);
        }
        if (result.error >= 0 && finding->waiver && finding->outcome != OUTCOME_FAIL)
                read_bad(&result, "a finding that does not fail is waived");
        if (result.error < 0)
                *reterr_cause = result.cause;

        return result.error;
}
