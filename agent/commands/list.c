/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/command.h"
#include "engine/fixer.h"
#include "engine/probe.h"
#include "report/json.h"

#include <string.h>

static void print_probes(struct buffer *out)
{
        for (size_t i = 0; probe_table[i]; i++) {
                const struct probe *probe = probe_table[i];

                buffer_addf(out, "%-26s %-8s  %s%s%s  %s\n", probe->id, severity_name(probe->severity),
                            probe->flags & PROBE_LIVE ? "L" : "-", probe->flags & PROBE_OFFLINE ? "O" : "-",
                            probe->flags & PROBE_ACTIVE ? "A" : "-", probe->title);
        }
        buffer_add_string(
                out,
                "\nL judges the running system, O mounted images (--root), A sends packets (--active)\n");
}

static void print_fixers(struct buffer *out)
{
        if (!fixer_table[0])
                buffer_add_string(out, "This version has no fixers.\n");
        for (size_t i = 0; fixer_table[i]; i++)
                buffer_addf(out, "%-26s %-8s  %s\n", fixer_table[i]->id, risk_name(fixer_table[i]->risk),
                            fixer_table[i]->title);
}

static int print_json(struct buffer *out, bool probes, bool fixers)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = list_to_json(&builder, probes, fixers);

        return json_print(&builder, object, JSON_PRETTY, out);
}

int command_list(const struct arguments *arguments)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        const char *what = arguments->n_names > 0 ? arguments->names[0] : NULL;
        bool probes = !what || string_equal(what, "probes");
        bool fixers = !what || string_equal(what, "fixers");

        if (!probes && !fixers)
                return fail(EXIT_USAGE, "'%s' cannot be listed; there are probes and fixers", what);

        if (arguments->json) {
                if (print_json(&out, probes, fixers) < 0)
                        return fail_memory();
                return print_output(&out, EXIT_OK);
        }

        if (probes)
                print_probes(&out);
        if (probes && fixers)
                buffer_add_char(&out, '\n');
        if (fixers)
                print_fixers(&out);
        return print_output(&out, EXIT_OK);
}

void add_name_tables(struct buffer *out)
{
        for (size_t i = 0; probe_table[i]; i++) {
                const struct probe *probe = probe_table[i];

                /* The probes of an area stand together. */
                if (i == 0 || !string_equal(probe->area, probe_table[i - 1]->area))
                        buffer_addf(out, "area\t%s\tall of %s\n", probe->area, probe->area);
                buffer_addf(out, "probe\t%s\t%s\n", probe->id, probe->title);
        }
        for (size_t i = 0; fixer_table[i]; i++)
                buffer_addf(out, "fixer\t%s\t%s\n", fixer_table[i]->id, fixer_table[i]->title);
}
