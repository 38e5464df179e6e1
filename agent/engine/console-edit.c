/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/console-edit.h"
#include "engine/diag.h"

#include <string.h>

/* The list as it is, and as it should be. */
struct edit {
        struct kernel_cmdline *cmdline;
        size_t end;               /* where the parameters of the kernel end */
        size_t old[CONSOLES_MAX]; /* places in cmdline */
        size_t n_old;
        struct kernel_cmdline *required;
        /* How many tokens have to be touched to make the first j of the new list of the first i of the old.
         */
        unsigned short *cost;
};

static void edit_done(struct edit *edit)
{
        kernel_cmdline_free(edit->required);
        free(edit->cost);
}

/* Nothing is guessed: a value that means nothing is neither kept beside a new console nor taken away. */
static bool is_understood(struct text value)
{
        _cleanup_buffer_ struct buffer corrected = { 0 };
        struct console_argument console = console_parse(value);

        return console_print_corrected(&console, &corrected) >= 0;
}

static int find_old(struct edit *edit, struct diag *diag)
{
        const struct kernel_cmdline_token *token;
        size_t index = 0;

        while ((token = kernel_cmdline_next(edit->cmdline, "console", &index))) {
                if (!token->has_value)
                        continue;
                if (!is_understood(token->value))
                        return diag_set(diag, -EPERM, NULL, 0, "it cannot be told what was meant by '%.*s'",
                                        TEXT_ARGS(token->raw));
                if (edit->n_old == CONSOLES_MAX)
                        return diag_set(diag, -EPERM, NULL, 0, "it has more consoles than the kernel takes");
                edit->old[edit->n_old++] = index - 1;
        }

        return 0;
}

static int find_required(struct edit *edit, const struct boot_line *line, const char *serial)
{
        _cleanup_buffer_ struct buffer list = { 0 };

        console_print_required(line, serial, &list);
        if (list.failed)
                return -ENOMEM;

        return kernel_cmdline_parse(list.data, list.len, &edit->required);
}

static unsigned short *cost_of(const struct edit *edit, size_t i, size_t j)
{
        return &edit->cost[i * (edit->required->n_tokens + 1) + j];
}

static bool is_kept(const struct edit *edit, size_t i, size_t j)
{
        const struct kernel_cmdline_token *old = &edit->cmdline->tokens[edit->old[i]];
        const struct kernel_cmdline_token *new = &edit->required->tokens[j];

        return kernel_cmdline_key_equal(new->key, "console") && text_same(old->value, new->value);
}

static unsigned short least(unsigned short a, unsigned short b, unsigned short c)
{
        unsigned short n = a < b ? a : b;

        return n < c ? n : c;
}

static int fill_costs(struct edit *edit)
{
        size_t n_new = edit->required->n_tokens;

        edit->cost = calloc((edit->n_old + 1) * (n_new + 1), sizeof(*edit->cost));
        if (!edit->cost)
                return -ENOMEM;

        for (size_t i = 0; i <= edit->n_old; i++)
                for (size_t j = 0; j <= n_new; j++)
                        if (i == 0 || j == 0)
                                *cost_of(edit, i, j) = (unsigned short) (i + j);
                        else if (is_kept(edit, i - 1, j - 1))
                                *cost_of(edit, i, j) = *cost_of(edit, i - 1, j - 1);
                        else
                                *cost_of(edit, i, j) =
                                        1 + least(*cost_of(edit, i - 1, j - 1), *cost_of(edit, i - 1, j),
                                                  *cost_of(edit, i, j - 1));

        return 0;
}

/* New ones go in front of the old one that follows, the last behind the last, and all to the end of a line
 * that has none. */
static int insert(struct edit *edit, size_t i, size_t j)
{
        size_t place = edit->end;

        if (i < edit->n_old)
                place = edit->old[i];
        else if (edit->n_old > 0)
                place = edit->old[i - 1] + 1;
        return kernel_cmdline_insert(edit->cmdline, place, edit->required->tokens[j].raw);
}

/* From the end to the front, so that places stay what they are. */
static int apply(struct edit *edit)
{
        size_t i = edit->n_old, j = edit->required->n_tokens;
        int r = 0;

        while ((i > 0 || j > 0) && r >= 0) {
                unsigned cost = *cost_of(edit, i, j);

                if (i > 0 && j > 0 && is_kept(edit, i - 1, j - 1))
                        i--, j--;
                else if (i > 0 && j > 0 && cost == 1u + *cost_of(edit, i - 1, j - 1)) {
                        i--, j--;
                        r = kernel_cmdline_replace(edit->cmdline, edit->old[i],
                                                   edit->required->tokens[j].raw);
                } else if (i > 0 && cost == 1u + *cost_of(edit, i - 1, j))
                        kernel_cmdline_remove(edit->cmdline, edit->old[--i]);
                else {
                        j--;
                        r = insert(edit, i, j);
                }
        }

        return r;
}

int console_edit_list(struct kernel_cmdline *cmdline, const struct boot_line *line, const char *serial,
                      struct diag *diag)
{
        _cleanup_(edit_done) struct edit edit = { .cmdline = cmdline, .end = cmdline->n_kernel };
        int r;

        r = find_old(&edit, diag);
        if (r >= 0)
                r = find_required(&edit, line, serial);
        if (r >= 0)
                r = fill_costs(&edit);
        if (r < 0)
                return r;

        if (*cost_of(&edit, edit.n_old, edit.required->n_tokens) == 0)
                return 0;
        r = apply(&edit);
        return r < 0 ? r : 1;
}

/* 1 when the token at that place was malformed. */
static int correct(struct kernel_cmdline *cmdline, size_t place)
{
        struct console_argument console = console_parse(cmdline->tokens[place].value);
        _cleanup_buffer_ struct buffer token = { 0 };
        _cleanup_free_ char *glued = NULL;
        int r;

        buffer_add_string(&token, "console=");
        if (console.fault == CONSOLE_FAULT_NONE || console_print_corrected(&console, &token) < 0)
                return 0;
        glued = text_dup(console.glued);
        if (!glued || token.failed)
                return -ENOMEM;

        r = kernel_cmdline_replace(cmdline, place, (struct text){ token.data, token.len });
        if (r >= 0 && glued[0])
                r = kernel_cmdline_insert(cmdline, place + 1, text_from_string(glued));
        return r < 0 ? r : 1;
}

int console_edit_values(struct kernel_cmdline *cmdline)
{
        int changed = 0;

        for (size_t i = 0; i < cmdline->n_kernel; i++) {
                const struct kernel_cmdline_token *token = &cmdline->tokens[i];
                int r;

                if (!token->has_value || !kernel_cmdline_key_equal(token->key, "console"))
                        continue;
                r = correct(cmdline, i);
                if (r < 0)
                        return r;
                changed = changed || r;
        }

        return changed;
}
