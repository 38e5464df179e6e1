/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/finding.h"
#include "engine/probe.h"
#include "engine/waiver.h"

#include <search.h>
#include <string.h>

static const char *const severity_names[] = {
        [SEVERITY_CRITICAL] = "critical",
        [SEVERITY_WARNING] = "warning",
        [SEVERITY_NOTE] = "note",
};
_Static_assert(ARRAY_SIZE(severity_names) == SEVERITY_COUNT, "a name for each severity");

static const char *const outcome_names[] = {
        [OUTCOME_PASS] = "pass",
        [OUTCOME_FAIL] = "fail",
        [OUTCOME_SKIP] = "skip",
        [OUTCOME_UNKNOWN] = "unknown",
};
_Static_assert(ARRAY_SIZE(outcome_names) == OUTCOME_COUNT, "a name for each outcome");

/* Worst first. */
static const unsigned outcome_rank[] = {
        [OUTCOME_FAIL] = 0,
        [OUTCOME_UNKNOWN] = 1,
        [OUTCOME_PASS] = 2,
        [OUTCOME_SKIP] = 3,
};

const char *severity_name(enum severity severity)
{
        return severity_names[severity];
}

const char *outcome_name(enum outcome outcome)
{
        return outcome_names[outcome];
}

bool finding_is_waived(const struct finding *finding)
{
        return finding->waiver && !finding->waiver->expired;
}

static struct finding *finding_free(struct finding *finding)
{
        if (!finding)
                return NULL;

        for (size_t i = 0; i < finding->n_facts; i++) {
                free(finding->facts[i].name);
                free(finding->facts[i].value);
        }
        free(finding->facts);
        free(finding->key);
        free(finding->summary);
        free(finding->path);
        free(finding->actual);
        free(finding->required);
        free(finding);
        return NULL;
}

struct finding *findings_add(struct findings *findings, const struct probe *probe, enum outcome outcome,
                             const char *key_suffix, const char *format, va_list arguments)
{
        struct finding *finding;

        if (array_grow(&findings->items, findings->n, sizeof(*findings->items)) < 0) {
                findings->failed = true;
                return NULL;
        }
        finding = calloc(1, sizeof(*finding));
        if (!finding) {
                findings->failed = true;
                return NULL;
        }

        finding->probe = probe;
        finding->outcome = outcome;
        finding->severity = probe->severity;
        finding->key = key_suffix ? string_format("%s:%s", probe->id, key_suffix) : strdup(probe->id);
        finding->summary = string_formatv(format, arguments);
        if (!finding->key || !finding->summary) {
                findings->failed = true;
                return finding_free(finding);
        }

        findings->items[findings->n++] = finding;
        return finding;
}

static _printf_(4, 5) struct finding *add(struct findings *findings, const struct probe *probe,
                                          enum outcome outcome, const char *format, ...)
{
        struct finding *finding;
        va_list arguments;

        va_start(arguments, format);
        finding = findings_add(findings, probe, outcome, "more", format, arguments);
        va_end(arguments);
        return finding;
}

static void add_more(struct findings *findings, const struct probe *probe, enum severity severity,
                     enum outcome outcome, size_t n)
{
        struct finding *finding;

        finding = add(findings, probe, outcome, "%zu more like these, which are not listed", n);
        if (!finding)
                return;

        finding->severity = severity;
        finding->facts = calloc(1, sizeof(*finding->facts));
        if (finding->facts) {
                finding->facts[0] = (struct fact){ strdup("count"), string_format("%zu", n) };
                finding->n_facts = 1;
        }
        if (!finding->facts || !finding->facts[0].name || !finding->facts[0].value)
                findings->failed = true;
}

void findings_limit(struct findings *findings, size_t first)
{
        size_t counts[SEVERITY_COUNT][OUTCOME_COUNT] = { 0 };
        const struct probe *probe;

        if (findings->n - first <= FINDINGS_OF_PROBE)
                return;

        probe = findings->items[first]->probe;
        while (findings->n > first + FINDINGS_OF_PROBE) {
                struct finding *finding = findings->items[--findings->n];

                counts[finding->severity][finding->outcome]++;
                (void) finding_free(finding);
        }
        for (enum severity severity = 0; severity < SEVERITY_COUNT; severity++)
                for (enum outcome outcome = 0; outcome < OUTCOME_COUNT; outcome++)
                        if (counts[severity][outcome] > 0)
                                add_more(findings, probe, severity, outcome, counts[severity][outcome]);
}

static int compare_numbers(size_t a, size_t b)
{
        return (a > b) - (a < b);
}

static int compare(const void *left, const void *right)
{
        const struct finding *a = *(struct finding *const *) left, *b = *(struct finding *const *) right;
        int r;

        r = compare_numbers(a->severity, b->severity);
        if (r == 0)
                r = compare_numbers(a->order, b->order);
        if (r == 0)
                r = compare_numbers(a->line, b->line);
        if (r == 0)
                r = strcmp(a->key, b->key);
        if (r == 0)
                r = compare_numbers(outcome_rank[a->outcome], outcome_rank[b->outcome]);
        if (r == 0)
                r = strcmp(a->summary, b->summary);

        return r;
}

/* The place of each one's probe in the table. Findings of one probe mostly stand together. */
static void set_order(struct findings *findings)
{
        size_t order = 0;

        for (size_t i = 0; i < findings->n; i++) {
                const struct probe *probe = findings->items[i]->probe;

                if (probe_table[order] != probe)
                        for (order = 0; probe_table[order] && probe_table[order] != probe; order++)
                                ;
                findings->items[i]->order = order;
        }
}

/* A key that is taken, and the number that the next finding of the same key tries. */
struct taken_key {
        const char *key; /* borrowed from the finding */
        unsigned next;
};

static int compare_taken(const void *left, const void *right)
{
        const struct taken_key *a = left, *b = right;

        return strcmp(a->key, b->key);
}

/* The entry of a key in the tree; *ret_added says whether it is new there, and then it borrows the key. */
static struct taken_key *take_key(void **tree, const char *key, bool *ret_added)
{
        _cleanup_free_ struct taken_key *fresh = malloc(sizeof(*fresh));
        struct taken_key **node;

        if (!fresh)
                return NULL;
        *fresh = (struct taken_key){ .key = key, .next = 2 };

        node = tsearch(fresh, tree, compare_taken);
        if (!node)
                return NULL;

        *ret_added = *node == fresh;
        return *ret_added ? take_ptr(fresh) : *node;
}

static int make_key_unique(void **tree, struct finding *finding)
{
        struct taken_key *taken;
        bool added;

        taken = take_key(tree, finding->key, &added);
        while (taken && !added) {
                _cleanup_free_ char *key = string_format("%s#%u", taken->key, taken->next++);

                /* The number may belong to a key that ends like this by itself: then the next one is tried.
                 */
                if (!key || !take_key(tree, key, &added))
                        return -ENOMEM;
                if (added) {
                        free(finding->key);
                        finding->key = take_ptr(key);
                }
        }

        return taken ? 0 : -ENOMEM;
}

static int compare_keys(const void *left, const void *right)
{
        const struct finding *a = *(struct finding *const *) left, *b = *(struct finding *const *) right;

        return strcmp(a->key, b->key);
}

/* Nearly always each key is there once, and nothing has to be numbered. True when in doubt. */
static bool have_equal_keys(const struct findings *findings)
{
        _cleanup_free_ struct finding **sorted = malloc(findings->n * sizeof(*sorted));

        if (!sorted)
                return true;

        memcpy(sorted, findings->items, findings->n * sizeof(*sorted));
        qsort(sorted, findings->n, sizeof(*sorted), compare_keys);
        for (size_t i = 1; i < findings->n; i++)
                if (compare_keys(&sorted[i - 1], &sorted[i]) == 0)
                        return true;

        return false;
}

void findings_sort(struct findings *findings)
{
        /* A balanced tree and not a table of hashes: a hostile image chooses what is in the keys. */
        void *tree = NULL;

        if (findings->n == 0)
                return;

        set_order(findings);
        qsort(findings->items, findings->n, sizeof(*findings->items), compare);
        if (!have_equal_keys(findings))
                return;

        for (size_t i = 0; i < findings->n; i++)
                if (make_key_unique(&tree, findings->items[i]) < 0)
                        findings->failed = true;
        tdestroy(tree, free);
}

size_t findings_count(const struct findings *findings, const struct probe *probe)
{
        size_t n = 0;

        for (size_t i = 0; i < findings->n; i++)
                n += findings->items[i]->probe == probe;

        return n;
}

enum outcome findings_worst(const struct findings *findings, const char *id)
{
        enum outcome worst = OUTCOME_COUNT;

        for (size_t i = 0; i < findings->n; i++) {
                const struct finding *finding = findings->items[i];

                if (string_equal(finding->probe->id, id) &&
                    (worst == OUTCOME_COUNT || outcome_rank[finding->outcome] < outcome_rank[worst]))
                        worst = finding->outcome;
        }

        return worst;
}

void findings_done(struct findings *findings)
{
        for (size_t i = 0; i < findings->n; i++)
                (void) finding_free(findings->items[i]);
        free(findings->items);
        *findings = (struct findings){ 0 };
}
