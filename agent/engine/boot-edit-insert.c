/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit-internal.h"

#include <string.h>

/* Where a parameter that is new goes: where the fixer has put it, or, when that is between two sources, into
 * the one that the release takes for the truth, as long as the order of parameters of one key stays. */

static int rank_of(const struct boot_edit_source *source)
{
        if (source->refused)
                return -1;

        return source->variable && strcmp(source->variable, "kernelopts") == 0 ? 0 : 1;
}

/* The best so far. */
struct choice {
        size_t old; /* token that it stands behind, or in front of */
        bool behind;
        int rank; /* negative: there is none */
        size_t distance;
};

static const struct boot_edit_place *place_of(const struct boot_edit_compare *compare, size_t old)
{
        return &compare->line->places[old];
}

static bool is_new(const struct boot_edit_compare *compare, size_t token)
{
        return compare->origins[token] == BOOT_EDIT_NEW;
}

static void try_place(const struct boot_edit_compare *compare, size_t old, bool behind, size_t distance,
                      struct choice *best)
{
        int rank = rank_of(&compare->work->sources[place_of(compare, old)->source]);

        if (rank >= 0 &&
            (best->rank < 0 || rank < best->rank || (rank == best->rank && distance < best->distance)))
                *best = (struct choice){ old, behind, rank, distance };
}

static char to_dash(char c)
{
        return c == '_' ? '-' : c;
}

static bool is_related(const struct boot_edit_compare *compare, size_t a, size_t b)
{
        struct text one = compare->line->wanted->tokens[a].key, other = compare->line->wanted->tokens[b].key;

        if (one.len != other.len)
                return false;
        for (size_t i = 0; i < one.len; i++)
                if (to_dash(one.data[i]) != to_dash(other.data[i]))
                        return false;

        return true;
}

/* In the middle of one source. */
static void try_middle(const struct boot_edit_compare *compare, size_t token, struct choice *best)
{
        const struct boot_edit_place *before, *behind;
        size_t from = token, to = token;

        while (from > 0 && is_new(compare, from))
                from--;
        while (to < compare->line->wanted->n_tokens && is_new(compare, to))
                to++;
        if (is_new(compare, from) || to == compare->line->wanted->n_tokens)
                return;

        before = place_of(compare, compare->origins[from]);
        behind = place_of(compare, compare->origins[to]);
        if (before->source == behind->source && before->at + 1 == behind->at)
                try_place(compare, compare->origins[to], false, 0, best);
}

/* Beside one of the same key: "console=" stays with "console=". */
static void try_neighbours(const struct boot_edit_compare *compare, size_t token, struct choice *best)
{
        size_t next = token + 1;

        if (token > 0 && !is_new(compare, token - 1) && is_related(compare, token, token - 1))
                try_place(compare, compare->origins[token - 1], true, 0, best);
        if (best->rank < 0 && next < compare->line->wanted->n_tokens && !is_new(compare, next) &&
            is_related(compare, token, next))
                try_place(compare, compare->origins[next], false, 0, best);
}

/* To the left as far as nothing of the same key is in the way. A new one of it that is there is followed: its
 * number is returned, or BOOT_EDIT_NEW. */
static size_t try_left(const struct boot_edit_compare *compare, size_t token, struct choice *best)
{
        for (size_t i = token; i > 0; i--) {
                if (!is_new(compare, i - 1))
                        try_place(compare, compare->origins[i - 1], true, token - i, best);
                if (is_related(compare, token, i - 1))
                        return is_new(compare, i - 1) ? i - 1 : BOOT_EDIT_NEW;
        }

        return BOOT_EDIT_NEW;
}

static void try_right(const struct boot_edit_compare *compare, size_t token, struct choice *best)
{
        const struct kernel_cmdline *wanted = compare->line->wanted;

        for (size_t i = token + 1; i < wanted->n_tokens; i++) {
                if (!is_new(compare, i))
                        try_place(compare, compare->origins[i], false, i - token - 1, best);
                if (i >= wanted->n_kernel || is_related(compare, token, i))
                        return;
        }
}

/* Where no source may be edited, the nearest one says why. */
static struct choice take_nearest(const struct boot_edit_compare *compare, size_t token)
{
        for (size_t i = token; i > 0; i--)
                if (!is_new(compare, i - 1))
                        return (struct choice){ .old = compare->origins[i - 1], .behind = true };
        for (size_t i = token + 1; i < compare->line->wanted->n_tokens; i++)
                if (!is_new(compare, i))
                        return (struct choice){ .old = compare->origins[i] };

        /* Not reached: of what is gone, something is replaced by what is new. */
        return (struct choice){ .old = 0 };
}

/* Whether no later token of the line comes from the same variable. */
static bool is_end(const struct boot_edit_compare *compare, size_t old)
{
        const struct boot_edit_source *sources = compare->work->sources;
        const char *variable = sources[place_of(compare, old)->source].variable;

        for (size_t i = old + 1; variable && i < compare->line->line->cmdline->n_tokens; i++) {
                const char *other = sources[place_of(compare, i)->source].variable;

                if (other && strcmp(variable, other) == 0)
                        return false;
        }

        return variable != NULL;
}

/* Puts the token there. */
static int insert_at(struct boot_edit_compare *compare, size_t token, struct boot_edit_slot slot)
{
        struct boot_edit_operation operation = { BOOT_EDIT_INSERT, slot.behind, slot.at,
                                                 compare->line->wanted->tokens[token].raw };

        slot.known = true;
        compare->slots[token] = slot;
        return boot_edit_want(compare, slot.source, operation);
}

int boot_edit_insert_behind(struct boot_edit_compare *compare, size_t old, size_t token)
{
        const struct boot_edit_place *place = place_of(compare, old);

        return insert_at(compare, token, (struct boot_edit_slot){ place->source, place->at + 1, true });
}

/* What is added at the end of a package's file goes into one of our own. */
static int insert_by(struct boot_edit_compare *compare, size_t token, const struct choice *choice)
{
        const struct boot_edit_place *place = place_of(compare, choice->old);
        struct boot_edit_slot slot = { place->source, place->at + choice->behind, choice->behind };
        int r;

        if (choice->behind && is_end(compare, choice->old)) {
                r = boot_edit_own_default(compare->work, place->source, &slot.source);
                if (r < 0)
                        return r;
                if (r > 0)
                        slot.at = 0;
        }

        return insert_at(compare, token, slot);
}

/* Without any token the place is that of the line itself. */
static int insert_alone(struct boot_edit_compare *compare, size_t token)
{
        const struct boot_line *line = compare->line->line;
        struct boot_edit_slot slot = { 0, 0, true };
        int r;

        r = boot_edit_source(compare->work, line->path, line->line, NULL, &slot.source);
        return r < 0 ? r : insert_at(compare, token, slot);
}

int boot_edit_insert(struct boot_edit_compare *compare, size_t token)
{
        size_t n_old = compare->line->line->cmdline->n_tokens, leader = BOOT_EDIT_NEW;
        struct choice best = { .rank = -1 };

        if (n_old == 0)
                return insert_alone(compare, token);

        try_middle(compare, token, &best);
        if (best.rank < 0)
                try_neighbours(compare, token, &best);
        if (best.rank < 0) {
                leader = try_left(compare, token, &best);
                if (leader == BOOT_EDIT_NEW)
                        try_right(compare, token, &best);
        }
        if (leader != BOOT_EDIT_NEW)
                return insert_at(compare, token, compare->slots[leader]);
        if (best.rank < 0)
                best = take_nearest(compare, token);

        return insert_by(compare, token, &best);
}
