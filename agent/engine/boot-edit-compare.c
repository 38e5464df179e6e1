/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit-internal.h"

#include <assert.h>
#include <string.h>

/* From two lists of tokens to operations on the sources that the old one comes from. */

struct compare {
        struct boot_edit_work *work;
        struct boot_edit_line *line;
        /* By source: what this line wants of it. */
        struct {
                struct boot_edit_operation *items;
                size_t n;
        } * wanted;
        size_t n_wanted;
};

static size_t offset_of(const struct kernel_cmdline *cmdline, const struct kernel_cmdline_token *token)
{
        return (size_t) (token->raw.data - cmdline->copy);
}

/* Sources may have been added meanwhile. */
static int make_room(struct compare *compare)
{
        for (; compare->n_wanted < compare->work->n_sources; compare->n_wanted++) {
                if (array_grow(&compare->wanted, compare->n_wanted, sizeof(*compare->wanted)) < 0)
                        return -ENOMEM;
                compare->wanted[compare->n_wanted].items = NULL;
                compare->wanted[compare->n_wanted].n = 0;
        }

        return 0;
}

static int want(struct compare *compare, size_t source, struct boot_edit_operation operation)
{
        int r;

        r = make_room(compare);
        if (r >= 0)
                r = array_grow(&compare->wanted[source].items, compare->wanted[source].n, sizeof(operation));
        if (r < 0)
                return r;

        compare->wanted[source].items[compare->wanted[source].n++] = operation;
        return 0;
}

int boot_edit_rank(const struct boot_edit_source *source)
{
        if (source->refused)
                return -1;

        return source->variable && strcmp(source->variable, "kernelopts") == 0 ? 0 : 1;
}

/* A slot is in front of token `at` of the line, behind the one before it or before the one after it. */
struct slot {
        size_t token; /* of the line */
        bool behind;
        int rank; /* negative: there is none */
        size_t distance;
};

static void try_slot(const struct compare *compare, size_t token, bool behind, size_t distance,
                     struct slot *best)
{
        const struct boot_edit_place *place = &compare->line->places[token];
        int rank = boot_edit_rank(&compare->work->sources[place->source]);

        if (rank < 0 ||
            (best->rank >= 0 && (best->rank < rank || (best->rank == rank && best->distance <= distance))))
                return;
        *best = (struct slot){ token, behind, rank, distance };
}

/* Whether the parameter is of this one's key: then their order counts. */
static bool is_related(const struct compare *compare, size_t token, struct text fresh)
{
        const struct kernel_cmdline_token *other = &compare->line->line->cmdline->tokens[token];
        struct text key = fresh, rest;
        _cleanup_free_ char *name = NULL;

        (void) text_split(fresh, '=', &key, &rest);
        name = text_dup(key);
        return !name || kernel_cmdline_key_equal(other->key, name);
}

/* The place itself, when it is in the middle of one source, or next to a parameter of the same key. */
static void try_here(const struct compare *compare, size_t at, struct text fresh, struct slot *best)
{
        const struct kernel_cmdline *old = compare->line->line->cmdline;
        const struct boot_edit_place *places = compare->line->places;
        bool before = at > 0, behind = at < old->n_tokens;

        if (before && behind && places[at - 1].source == places[at].source &&
            places[at - 1].at + 1 == places[at].at)
                try_slot(compare, at, false, 0, best);
        if (best->rank < 0 && before && is_related(compare, at - 1, fresh))
                try_slot(compare, at - 1, true, 0, best);
        if (best->rank < 0 && behind && is_related(compare, at, fresh))
                try_slot(compare, at, false, 0, best);
}

/* Where a parameter goes that is to stand in front of token `at`: there, or into the best source that can be
 * reached without changing the order of parameters of one key. */
static struct slot find_slot(const struct compare *compare, size_t at, struct text fresh)
{
        const struct kernel_cmdline *old = compare->line->line->cmdline;
        struct slot best = { .rank = -1 };

        try_here(compare, at, fresh, &best);
        if (best.rank >= 0)
                return best;

        for (size_t i = at; i > 0; i--) {
                try_slot(compare, i - 1, true, at - i, &best);
                if (is_related(compare, i - 1, fresh))
                        break;
        }
        for (size_t i = at; i < old->n_tokens; i++) {
                try_slot(compare, i, false, i - at, &best);
                if (i >= old->n_kernel || is_related(compare, i, fresh))
                        break;
        }
        return best;
}

/* Without any token the place is that of the line itself. */
static int insert_alone(struct compare *compare, struct text fresh)
{
        const struct boot_line *line = compare->line->line;
        struct boot_edit_operation operation = { BOOT_EDIT_INSERT, true, 0, fresh };
        size_t source;
        int r;

        r = boot_edit_source(compare->work, line->path, line->line, NULL, &source);
        return r < 0 ? r : want(compare, source, operation);
}

/* Whether no later token comes from the same variable. */
static bool is_end(const struct compare *compare, size_t token)
{
        const struct boot_edit_source *sources = compare->work->sources;
        const struct boot_edit_place *places = compare->line->places;
        const char *variable = sources[places[token].source].variable;

        for (size_t i = token + 1; variable && i < compare->line->line->cmdline->n_tokens; i++) {
                const char *other = sources[places[i].source].variable;

                if (other && strcmp(variable, other) == 0)
                        return false;
        }

        return variable != NULL;
}

static int insert(struct compare *compare, size_t at, struct text fresh)
{
        const struct boot_edit_place *place;
        struct boot_edit_operation operation;
        struct slot slot;
        size_t own;
        int r;

        if (compare->line->line->cmdline->n_tokens == 0)
                return insert_alone(compare, fresh);

        slot = find_slot(compare, at, fresh);
        /* Without any, the source next to it says why. */
        if (slot.rank < 0)
                slot = (struct slot){ .token = at > 0 ? at - 1 : 0, .behind = true };
        place = &compare->line->places[slot.token];
        operation =
                (struct boot_edit_operation){ BOOT_EDIT_INSERT, slot.behind, place->at + slot.behind, fresh };
        if (!slot.behind || !is_end(compare, slot.token))
                return want(compare, place->source, operation);

        r = boot_edit_own_default(compare->work, place->source, &own);
        if (r > 0)
                operation.at = 0;
        return r < 0 ? r : want(compare, r > 0 ? own : place->source, operation);
}

static int replace(struct compare *compare, size_t old, struct text fresh)
{
        const struct boot_edit_place *place = &compare->line->places[old];
        struct boot_edit_operation operation = { BOOT_EDIT_REPLACE, false, place->at, fresh };

        return want(compare, place->source, operation);
}

/* Old tokens from first up to end are gone, and n new ones stand in their place. */
static int take_gap(struct compare *compare, size_t first, size_t end,
                    const struct kernel_cmdline_token *fresh, size_t n)
{
        const struct boot_edit_place *places = compare->line->places;
        size_t n_gone = end - first;
        int r = 0;

        for (size_t i = 0; i < n_gone && r >= 0; i++)
                if (i < n)
                        r = replace(compare, first + i, fresh[i].raw);
                else
                        r = want(compare, places[first + i].source,
                                 (struct boot_edit_operation){ BOOT_EDIT_REMOVE, false, places[first + i].at,
                                                               TEXT("") });
        for (size_t i = n_gone; i < n && r >= 0; i++)
                if (n_gone == 0)
                        r = insert(compare, first, fresh[i].raw);
                else
                        r = want(compare, places[end - 1].source,
                                 (struct boot_edit_operation){ BOOT_EDIT_INSERT, true, places[end - 1].at + 1,
                                                               fresh[i].raw });

        return r;
}

/* What was put in the place of a token still has the blanks that stood before it. */
static bool find_replaced(const struct compare *compare, const struct kernel_cmdline_token *fresh,
                          size_t first, size_t end, size_t *ret)
{
        const struct kernel_cmdline *old = compare->line->line->cmdline, *new = compare->line->wanted;

        for (size_t i = first; i < end; i++)
                if (fresh->separator.data - new->copy == old->tokens[i].separator.data - old->copy) {
                        *ret = i;
                        return true;
                }

        return false;
}

/* The same as take_gap(), with each replaced token in its own place. */
static int split_gap(struct compare *compare, size_t first, size_t end,
                     const struct kernel_cmdline_token *fresh, size_t n)
{
        size_t done = 0, replaced;
        int r = 0;

        for (size_t i = 0; i < n && r >= 0; i++) {
                if (!find_replaced(compare, &fresh[i], first, end, &replaced))
                        continue;
                r = take_gap(compare, first, replaced, fresh + done, i - done);
                if (r >= 0)
                        r = replace(compare, replaced, fresh[i].raw);
                first = replaced + 1;
                done = i + 1;
        }

        return r < 0 ? r : take_gap(compare, first, end, fresh + done, n - done);
}

/* What the fixer left alone still points into the copy of the line. */
static int find_gaps(struct compare *compare)
{
        const struct kernel_cmdline *old = compare->line->line->cmdline, *new = compare->line->wanted;
        size_t from = 0, fresh = 0;

        for (size_t i = 0; i <= new->n_tokens; i++) {
                size_t kept = old->n_tokens;
                int r;

                if (i < new->n_tokens) {
                        if (new->tokens[i].owned)
                                continue;
                        kept = from;
                        while (kept < old->n_tokens &&
                               offset_of(old, &old->tokens[kept]) != offset_of(new, &new->tokens[i]))
                                kept++;
                        assert(kept < old->n_tokens);
                }
                r = split_gap(compare, from, kept, &new->tokens[fresh], i - fresh);
                if (r < 0)
                        return r;
                from = kept + 1;
                fresh = i + 1;
        }

        return 0;
}

/* The order in which they are met in the bytes of the source. */
static unsigned position(const struct boot_edit_operation *operation)
{
        return (unsigned) operation->at * 3 + (operation->kind != BOOT_EDIT_INSERT ? 2
                                               : operation->behind                 ? 0
                                                                                   : 1);
}

static void sort(struct boot_edit_operation *items, size_t n)
{
        for (size_t i = 1; i < n; i++)
                for (size_t k = i; k > 0 && position(&items[k - 1]) > position(&items[k]); k--) {
                        struct boot_edit_operation other = items[k];

                        items[k] = items[k - 1];
                        items[k - 1] = other;
                }
}

static bool same(const struct boot_edit_operation *a, size_t n_a, const struct boot_edit_operation *b,
                 size_t n_b)
{
        if (n_a != n_b)
                return false;
        for (size_t i = 0; i < n_a; i++)
                if (position(&a[i]) != position(&b[i]) || a[i].kind != b[i].kind ||
                    !text_same(a[i].token, b[i].token))
                        return false;

        return true;
}

/* Every line that has text from a source has a say in it, also the one that wants nothing. */
static int merge_source(struct compare *compare, size_t index)
{
        struct boot_edit_source *source = &compare->work->sources[index];
        struct boot_edit_line *line = compare->line;
        struct boot_edit_operation *items = compare->wanted[index].items;
        size_t n = compare->wanted[index].n;
        int r;

        if (n > 0) {
                r = array_grow(&line->touched, line->n_touched, sizeof(*line->touched));
                if (r < 0)
                        return r;
                line->touched[line->n_touched++] = index;
        }
        sort(items, n);
        if (source->n_lines++ > 0) {
                r = same(items, n, source->operations, source->n_operations)
                            ? 0
                            : boot_edit_refuse_source(source,
                                                      "boot entries that share it need different changes");
                return r == -EPERM ? 0 : r;
        }

        source->operations = take_ptr(compare->wanted[index].items);
        source->n_operations = n;
        return 0;
}

static int merge(struct compare *compare)
{
        const struct kernel_cmdline *old = compare->line->line->cmdline;
        int r = make_room(compare);

        for (size_t source = 0; source < compare->n_wanted && r >= 0; source++) {
                bool has = compare->wanted[source].n > 0;

                for (size_t i = 0; i < old->n_tokens && !has; i++)
                        has = compare->line->places[i].source == source;
                if (has)
                        r = merge_source(compare, source);
        }

        return r;
}

int boot_edit_compare(struct boot_edit_work *work, struct boot_edit_line *line)
{
        struct compare compare = { .work = work, .line = line };
        int r;

        r = line->wanted ? find_gaps(&compare) : 0;
        if (r >= 0)
                r = merge(&compare);
        for (size_t i = 0; i < compare.n_wanted; i++)
                free(compare.wanted[i].items);
        free(compare.wanted);
        return r;
}
