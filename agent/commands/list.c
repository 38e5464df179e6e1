/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "commands/command.h"
#include "engine/fixer.h"
#include "engine/probe.h"

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

static struct json_object *profiles_to_json(struct json_builder *builder, const struct probe *probe)
{
        struct json_object *array = json_new_array(builder);

        if (!(probe->flags & PROBE_CAPTURE))
                json_append_string(builder, array, profile_name(PROFILE_BOOT));
        json_append_string(builder, array, profile_name(PROFILE_CAPTURE));
        return array;
}

static struct json_object *fixers_of(struct json_builder *builder, const struct probe *probe)
{
        struct json_object *array = json_new_array(builder);

        for (size_t i = 0; fixer_table[i]; i++)
                if (string_in_list(probe->id, fixer_table[i]->fixes))
                        json_append_string(builder, array, fixer_table[i]->id);

        return array;
}

static struct json_object *probe_to_json(struct json_builder *builder, const struct probe *probe)
{
        struct json_object *object = json_new_object(builder);

        json_add_string(builder, object, "id", probe->id);
        json_add_string(builder, object, "area", probe->area);
        json_add_string(builder, object, "title", probe->title);
        json_add_string(builder, object, "severity", severity_name(probe->severity));
        json_add_bool(builder, object, "offline", probe->flags & PROBE_OFFLINE);
        json_add_bool(builder, object, "live", probe->flags & PROBE_LIVE);
        json_add_bool(builder, object, "active", probe->flags & PROBE_ACTIVE);
        json_add(builder, object, "profiles", profiles_to_json(builder, probe));
        json_add_string(builder, object, "guestosItem", probe->guestos_item);
        json_add(builder, object, "fixers", fixers_of(builder, probe));
        return object;
}

static struct json_object *fixer_to_json(struct json_builder *builder, const struct fixer *fixer)
{
        struct json_object *object = json_new_object(builder);
        struct json_object *fixes = json_new_array(builder);

        for (const char *const *id = fixer->fixes; id && *id; id++)
                json_append_string(builder, fixes, *id);
        json_add_string(builder, object, "id", fixer->id);
        json_add_string(builder, object, "title", fixer->title);
        json_add(builder, object, "fixes", fixes);
        json_add_string(builder, object, "risk", risk_name(fixer->risk));
        json_add_bool(builder, object, "offline", fixer->flags & FIXER_OFFLINE);
        return object;
}

static int print_json(struct buffer *out, bool probes, bool fixers)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);
        struct json_object *array;

        json_add_string(&builder, object, "schema", "io.ecsguest.list/1");
        array = json_new_array(&builder);
        for (size_t i = 0; probes && probe_table[i]; i++)
                json_append(&builder, array, probe_to_json(&builder, probe_table[i]));
        json_add(&builder, object, "probes", array);

        array = json_new_array(&builder);
        for (size_t i = 0; fixers && fixer_table[i]; i++)
                json_append(&builder, array, fixer_to_json(&builder, fixer_table[i]));
        json_add(&builder, object, "fixers", array);

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
