/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/unified-diff-internal.h"

#include <string.h>

/* The time is at most a small multiple of COST_MAX * LINES_MAX, the memory of COST_MAX squared. */
enum { COST_MAX = 500, LINES_MAX = 100000 };

/* What is left of the two texts without the common lines at both ends. */
struct middle {
        struct text before, after;
        size_t line; /* lines above */
};

/* One side of the middle, line by line. */
struct side {
        struct text *lines;
        int n;
};

/* A line under a number that equal lines share. */
struct numbered {
        struct text line;
        int *number;
};

/* The common start, up to the end of a line. */
static size_t common_head(struct text a, struct text b)
{
        size_t max = a.len < b.len ? a.len : b.len, len = 0;

        while (len < max && a.data[len] == b.data[len])
                len++;
        while (len > 0 && a.data[len - 1] != '\n')
                len--;

        return len;
}

static bool starts_line(struct text text, size_t at)
{
        return at == 0 || text.data[at - 1] == '\n';
}

/* The common end, from the start of a line. */
static size_t common_tail(struct text a, struct text b)
{
        size_t max = a.len < b.len ? a.len : b.len, len = 0;

        while (len < max && a.data[a.len - len - 1] == b.data[b.len - len - 1])
                len++;
        while (len > 0 && !(starts_line(a, a.len - len) && starts_line(b, b.len - len)))
                len--;

        return len;
}

static struct middle find_middle(struct text before, struct text after)
{
        size_t head = common_head(before, after);
        struct middle middle = { .before = { before.data + head, before.len - head },
                                 .after = { after.data + head, after.len - head } };
        size_t tail = common_tail(middle.before, middle.after);

        middle.before.len -= tail;
        middle.after.len -= tail;
        middle.line = diff_count_lines((struct text){ before.data, head });
        return middle;
}

static int split(struct text text, struct side *ret)
{
        size_t n = diff_count_lines(text);

        ret->lines = calloc(n + 1, sizeof(*ret->lines));
        if (!ret->lines)
                return -ENOMEM;

        ret->n = (int) n;
        for (size_t i = 0; i < n; i++)
                (void) text_next_line(&text, ret->lines + i);
        /* Where the lines end is a place as well. */
        ret->lines[n] = text;
        return 0;
}

static int compare_lines(const void *one, const void *other)
{
        const struct numbered *a = one, *b = other;

        if (a->line.len != b->line.len)
                return a->line.len < b->line.len ? -1 : 1;

        return memcmp(a->line.data, b->line.data, a->line.len);
}

/* Gives equal lines equal numbers, which are compared from then on: however long the lines, and however alike
 * someone made them, it is paid for once. The numbers of b follow those of a. */
static int number_lines(const struct side *a, const struct side *b, int **ret)
{
        _cleanup_free_ struct numbered *sorted = NULL;
        _cleanup_free_ int *numbers = NULL;
        int n = a->n + b->n, number = 0;

        numbers = calloc((size_t) n + 1, sizeof(*numbers));
        sorted = calloc((size_t) n + 1, sizeof(*sorted));
        if (!numbers || !sorted)
                return -ENOMEM;

        for (int i = 0; i < n; i++) {
                sorted[i].line = i < a->n ? a->lines[i] : b->lines[i - a->n];
                sorted[i].number = numbers + i;
        }
        qsort(sorted, (size_t) n, sizeof(*sorted), compare_lines);
        for (int i = 0; i < n; i++) {
                number += i > 0 && compare_lines(sorted + i - 1, sorted + i) != 0;
                *sorted[i].number = number;
        }

        *ret = take_ptr(numbers);
        return 0;
}

/* Eugene Myers, "An O(ND) Difference Algorithm and Its Variations" (1986): how far along "before" one comes
 * with d lines removed or added, for each diagonal (lines of before minus lines of after) -d, -d + 2 .. d.
 * The rows of all d stay, since the way back reads them. */
struct search {
        const int *a, *b;
        int n_a, n_b;
        int *reached;
        size_t n_reached;
};

static int *row(const struct search *search, int d)
{
        return search->reached + (size_t) d * ((size_t) d + 1) / 2;
}

static int add_row(struct search *search, int d)
{
        for (int i = 0; i <= d; i++) {
                int r = array_grow(&search->reached, search->n_reached, sizeof(*search->reached));
                if (r < 0)
                        return r;
                search->n_reached++;
        }

        return 0;
}

/* Whether the best way to diagonal i of row d adds a line of "after" as its last step (or else removes one of
 * "before"). The previous row is shorter by one. */
static bool comes_by_adding(const int *previous, int d, int i)
{
        return i == 0 || (i < d && previous[i - 1] < previous[i]);
}

static int step(const int *previous, int d, int i)
{
        if (d == 0)
                return 0;

        return comes_by_adding(previous, d, i) ? previous[i] : previous[i - 1] + 1;
}

/* The least number of lines to remove and add, -ERANGE beyond COST_MAX. */
static int search_forward(struct search *search)
{
        for (int d = 0; d <= COST_MAX; d++) {
                int r = add_row(search, d);
                if (r < 0)
                        return r;

                for (int i = 0; i <= d; i++) {
                        int x = step(d > 0 ? row(search, d - 1) : NULL, d, i);
                        int y = x - (2 * i - d);

                        while (x < search->n_a && y < search->n_b && search->a[x] == search->b[y]) {
                                x++;
                                y++;
                        }
                        row(search, d)[i] = x;
                        if (x == search->n_a && y == search->n_b)
                                return d;
                }
        }

        return -ERANGE;
}

/* Marks the lines that go and come, from the end to the start. */
static void walk_back(const struct search *search, int d, bool *removed, bool *added)
{
        int i = (search->n_a - search->n_b + d) / 2;

        for (; d > 0; d--) {
                const int *previous = row(search, d - 1);

                if (comes_by_adding(previous, d, i))
                        added[previous[i] - (2 * i - (d - 1))] = true;
                else
                        removed[previous[--i]] = true;
        }
}

static int add_change(struct diff *diff, const struct change *change)
{
        int r = array_grow(&diff->changes, diff->n_changes, sizeof(*diff->changes));
        if (r < 0)
                return r;

        diff->changes[diff->n_changes++] = *change;
        return 0;
}

/* Takes the lines in a row that are marked. */
static struct text take_marked(const struct side *side, const bool *marked, int *at)
{
        struct text text = { side->lines[*at].data, 0 };

        for (; *at < side->n && marked[*at]; (*at)++)
                text.len += side->lines[*at].len;

        return text;
}

static int collect(struct diff *diff, size_t line, const struct side *a, const bool *removed,
                   const struct side *b, const bool *added)
{
        int x = 0, y = 0;

        while (x < a->n || y < b->n) {
                struct change change = { .line_before = line + (size_t) x, .line_after = line + (size_t) y };
                int x_start = x, y_start = y, r;

                change.removed = take_marked(a, removed, &x);
                change.added = take_marked(b, added, &y);
                change.n_removed = (size_t) (x - x_start);
                change.n_added = (size_t) (y - y_start);
                if (change.n_removed == 0 && change.n_added == 0) {
                        x++;
                        y++;
                        continue;
                }
                r = add_change(diff, &change);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* All of the middle at once. */
static int replace_middle(struct diff *diff, const struct middle *middle)
{
        struct change change = { .removed = middle->before,
                                 .added = middle->after,
                                 .n_removed = diff_count_lines(middle->before),
                                 .n_added = diff_count_lines(middle->after),
                                 .line_before = middle->line,
                                 .line_after = middle->line };

        return add_change(diff, &change);
}

static int mark_and_collect(struct diff *diff, size_t line, const struct side *a, const struct side *b,
                            const struct search *search, int d)
{
        _cleanup_free_ bool *removed = calloc((size_t) a->n + 1, sizeof(*removed));
        _cleanup_free_ bool *added = calloc((size_t) b->n + 1, sizeof(*added));

        if (!removed || !added)
                return -ENOMEM;

        walk_back(search, d, removed, added);
        return collect(diff, line, a, removed, b, added);
}

/* -ERANGE when it would cost too much. */
static int compare_sides(struct diff *diff, size_t line, const struct side *a, const struct side *b)
{
        _cleanup_free_ int *numbers = NULL, *reached = NULL;
        struct search search = { .n_a = a->n, .n_b = b->n };
        int r, d;

        r = number_lines(a, b, &numbers);
        if (r < 0)
                return r;

        search.a = numbers;
        search.b = numbers + a->n;
        d = search_forward(&search);
        reached = search.reached;
        return d < 0 ? d : mark_and_collect(diff, line, a, b, &search, d);
}

static int compare_middle(struct diff *diff, const struct middle *middle)
{
        _cleanup_free_ struct text *lines_a = NULL, *lines_b = NULL;
        struct side a, b;
        int r;

        if (diff_count_lines(middle->before) + diff_count_lines(middle->after) > LINES_MAX)
                return replace_middle(diff, middle);

        r = split(middle->before, &a);
        if (r < 0)
                return r;
        lines_a = a.lines;
        r = split(middle->after, &b);
        if (r < 0)
                return r;
        lines_b = b.lines;

        r = compare_sides(diff, middle->line, &a, &b);
        return r == -ERANGE ? replace_middle(diff, middle) : r;
}

int diff_find_changes(struct diff *diff)
{
        struct middle middle = find_middle(diff->before, diff->after);

        return compare_middle(diff, &middle);
}
