/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "engine/probe.h"
#include "report/json.h"

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

struct json_object *list_to_json(struct json_builder *builder, bool probes, bool fixers)
{
        struct json_object *object = json_new_object(builder), *array = json_new_array(builder);

        json_add_string(builder, object, "schema", "io.ecsguest.list/1");
        for (size_t i = 0; probes && probe_table[i]; i++)
                json_append(builder, array, probe_to_json(builder, probe_table[i]));
        json_add(builder, object, "probes", array);

        array = json_new_array(builder);
        for (size_t i = 0; fixers && fixer_table[i]; i++)
                json_append(builder, array, fixer_to_json(builder, fixer_table[i]));
        json_add(builder, object, "fixers", array);

        return object;
}
