/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/console.h"

#include <string.h>

/* Nobody reads more of them than that. */
#define FAULTS_MAX 64

void console_faults_done(struct console_faults *faults)
{
        free(faults->items);
}

const char *console_fault_path(const struct console_fault_place *fault)
{
        return fault->part ? fault->part->path : fault->line->path;
}

static bool is_known(const struct console_faults *faults, const struct console_fault_place *fault)
{
        for (size_t i = 0; i < faults->n; i++) {
                const struct console_fault_place *known = &faults->items[i];

                if (known->line->role == fault->line->role &&
                    text_same(known->console.value, fault->console.value) &&
                    strcmp(console_fault_path(known), console_fault_path(fault)) == 0)
                        return true;
        }

        return false;
}

static int collect(struct console_faults *faults, const struct boot_line *line)
{
        struct console_fault_place fault = { .line = line };
        size_t index = 0;

        while (console_next(line, &index, &fault.token, &fault.console)) {
                if (fault.console.fault == CONSOLE_FAULT_NONE)
                        continue;
                fault.part = boot_line_part(line, fault.token);
                if (is_known(faults, &fault))
                        continue;
                if (faults->n == FAULTS_MAX)
                        return 0;
                if (array_grow(&faults->items, faults->n, sizeof(*faults->items)) < 0)
                        return -ENOMEM;
                faults->items[faults->n++] = fault;
        }

        return 0;
}

int console_find_faults(const struct boot *boot, struct console_faults *ret)
{
        for (size_t i = 0; i < boot->n_lines; i++) {
                const struct boot_line *line = &boot->lines[i];
                int r;

                if (line->uncertain || !boot_line_counts(line))
                        continue;
                r = collect(ret, line);
                if (r < 0)
                        return r;
        }

        return 0;
}
