/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit-internal.h"

#include <assert.h>
#include <string.h>

/* From two lists of tokens to operations on the sources that the old one comes from. */

static size_t offset_of(const struct kernel_cmdline *cmdline, const struct kernel_cmdline_token *token)
{
        return (size_t) (token->raw.data - cmdline->copy);
}

/* Sources may have been added meanwhile. */
static int make_room(struct boot_edit_compare *compare)
{
        for (; compare->n_wanted < compare->work->n_sources; compare->n_wanted++) {
                if (array_grow(&compare->wanted, compare->n_wanted, sizeof(*compare->wanted)) < 0)
                        return -ENOMEM;
                compare->wanted[compare->n_wanted].items = NULL;
                compare->wanted[compare->n_wanted].n = 0;
        }

        return 0;
}

int boot_edit_want(struct boot_edit_compare *compare, size_t source, struct boot_edit_operation operation)
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

static int replace(struct boot_edit_compare *compare, size_t old, size_t new)
{
        const struct boot_edit_place *place = &compare->line->places[old];
        struct text token = compare->line->wanted->tokens[new].raw;

        compare->origins[new] = old;
        return boot_edit_want(compare, place->source,
                              (struct boot_edit_operation){ BOOT_EDIT_REPLACE, false, place->at, token });
}

static int remove_token(struct boot_edit_compare *compare, size_t old)
{
        const struct boot_edit_place *place = &compare->line->places[old];

        return boot_edit_want(compare, place->source,
                              (struct boot_edit_operation){ BOOT_EDIT_REMOVE, false, place->at, TEXT("") });
}

/* Old tokens from first up to end are gone, and new ones from fresh up to fresh_end stand in their place.
 * What is more than those stays with the last of them. */
static int take_gap(struct boot_edit_compare *compare, size_t first, size_t end, size_t fresh,
                    size_t fresh_end)
{
        int r = 0;

        for (size_t old = first; old < end && r >= 0; old++)
                r = fresh < fresh_end ? replace(compare, old, fresh++) : remove_token(compare, old);
        for (; fresh < fresh_end && r >= 0; fresh++)
                if (end > first)
                        r = boot_edit_insert_behind(compare, end - 1, fresh);

        return r;
}

/* What was put in the place of a token still has the blanks that stood before it. */
static bool find_replaced(const struct boot_edit_compare *compare, size_t fresh, size_t first, size_t end,
                          size_t *ret)
{
        const struct kernel_cmdline *old = compare->line->line->cmdline, *new = compare->line->wanted;

        for (size_t i = first; i < end; i++)
                if (new->tokens[fresh].separator.data - new->copy ==
                    old->tokens[i].separator.data - old->copy) {
                        *ret = i;
                        return true;
                }

        return false;
}

/* The same as take_gap(), with each replaced token in its own place. */
static int split_gap(struct boot_edit_compare *compare, size_t first, size_t end, size_t fresh,
                     size_t fresh_end)
{
        size_t replaced;
        int r = 0;

        for (size_t i = fresh; i < fresh_end && r >= 0; i++) {
                if (!find_replaced(compare, i, first, end, &replaced))
                        continue;
                r = take_gap(compare, first, replaced, fresh, i);
                if (r >= 0)
                        r = replace(compare, replaced, i);
                first = replaced + 1;
                fresh = i + 1;
        }

        return r < 0 ? r : take_gap(compare, first, end, fresh, fresh_end);
}

/* What the fixer left alone still points into the copy of the line. */
static int find_gaps(struct boot_edit_compare *compare)
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
                        compare->origins[i] = kept;
                }
                r = split_gap(compare, from, kept, fresh, i);
                if (r < 0)
                        return r;
                from = kept + 1;
                fresh = i + 1;
        }

        return 0;
}

/* The order in which they are met in the bytes of the source. */
static size_t position(const struct boot_edit_operation *operation)
{
        return operation->at * 3 + (operation->kind != BOOT_EDIT_INSERT ? 2 : operation->behind ? 0 : 1);
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
static int merge_source(struct boot_edit_compare *compare, size_t index)
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
                if (same(items, n, source->operations, source->n_operations))
                        return 0;
                r = boot_edit_refuse_source(source, "boot entries that share it need different changes");
                return r == -EPERM ? 0 : r;
        }

        source->operations = take_ptr(compare->wanted[index].items);
        source->n_operations = n;
        return 0;
}

static int merge(struct boot_edit_compare *compare)
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

static int find_operations(struct boot_edit_compare *compare)
{
        size_t n = compare->line->wanted->n_tokens;
        int r;

        compare->origins = calloc(n + 1, sizeof(*compare->origins));
        compare->slots = calloc(n + 1, sizeof(*compare->slots));
        if (!compare->origins || !compare->slots)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                compare->origins[i] = BOOT_EDIT_NEW;

        r = find_gaps(compare);
        for (size_t i = 0; i < n && r >= 0; i++)
                if (compare->origins[i] == BOOT_EDIT_NEW && !compare->slots[i].known)
                        r = boot_edit_insert(compare, i);
        return r;
}

static void compare_done(struct boot_edit_compare *compare)
{
        for (size_t i = 0; i < compare->n_wanted; i++)
                free(compare->wanted[i].items);
        free(compare->wanted);
        free(compare->origins);
        free(compare->slots);
}

int boot_edit_compare(struct boot_edit_work *work, struct boot_edit_line *line)
{
        _cleanup_(compare_done) struct boot_edit_compare compare = { .work = work, .line = line };
        int r;

        r = line->wanted ? find_operations(&compare) : 0;
        return r < 0 ? r : merge(&compare);
}
