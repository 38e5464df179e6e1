/* SPDX-License-Identifier: Apache-2.0 */
#include "report/readings.h"
#include "engine/context.h"
#include "engine/root.h"
#include "engine/waiver.h"
#include "report/json.h"
#include "report/read-internal.h"

#include <string.h>

void readings_done(struct readings *readings)
{
        for (size_t i = 0; i < readings->n; i++) {
                free(readings->items[i].path);
                free(readings->items[i].error);
        }
        free(readings->items);
        *readings = (struct readings){ 0 };
}

static struct reading *add(struct readings *readings)
{
        struct reading *reading;

        if (array_grow(&readings->items, readings->n, sizeof(*readings->items)) < 0)
                return NULL;
        reading = &readings->items[readings->n++];
        *reading = (struct reading){ 0 };
        return reading;
}

static bool is_reading(enum root_trace_kind kind)
{
        return kind == ROOT_TRACE_READ || kind == ROOT_TRACE_LINK || kind == ROOT_TRACE_LIST;
}

int readings_of_root(const struct root *root, struct readings *ret)
{
        _cleanup_readings_ struct readings readings = { 0 };
        struct root_trace trace;

        for (size_t i = 0; root_trace(root, i, &trace); i++) {
                struct reading *reading;

                if (!is_reading(trace.kind))
                        continue;
                reading = add(&readings);
                if (!reading)
                        return -ENOMEM;
                reading->path = strdup(trace.path);
                reading->error = trace.error < 0 ? strdup(strerror(-trace.error)) : NULL;
                if (!reading->path || (trace.error < 0 && !reading->error))
                        return -ENOMEM;
        }

        *ret = readings;
        readings = (struct readings){ 0 };
        return 0;
}

int readings_read(struct json_object *array, struct readings *ret, const char **reterr_cause)
{
        _cleanup_readings_ struct readings readings = { 0 };
        struct read_result result = { 0 };

        for (size_t i = 0; i < json_array_size(array) && result.error >= 0; i++) {
                struct json_object *object = json_array_item(array, i);
                struct reading *reading = add(&readings);

                if (!reading)
                        return -ENOMEM;
                read_string(&result, object, "path", &reading->path);
                read_nullable(&result, object, "error", &reading->error);
        }
        if (result.error < 0) {
                *reterr_cause = result.cause;
                return result.error;
        }

        *ret = readings;
        readings = (struct readings){ 0 };
        return 0;
}

struct json_object *readings_to_json(struct json_builder *builder, const struct readings *readings)
{
        struct json_object *array = json_new_array(builder);

        for (size_t i = 0; i < readings->n; i++) {
                struct json_object *object = json_new_object(builder);

                json_add_string(builder, object, "path", readings->items[i].path);
                json_add_string(builder, object, "error", readings->items[i].error);
                json_append(builder, array, object);
        }

        return array;
}

static struct json_object *warnings_to_json(struct json_builder *builder, const struct warnings *warnings)
{
        struct json_object *array = json_new_array(builder);

        for (size_t i = 0; i < warnings->n; i++) {
                _cleanup_buffer_ struct buffer line = { 0 };

                warning_print(&warnings->items[i], &line);
                builder->failed = builder->failed || line.failed;
                json_append_string(builder, array, line.data);
        }
        if (warnings->n_more > 0) {
                _cleanup_free_ char *more = string_format("and %zu more like these", warnings->n_more);

                builder->failed = builder->failed || !more;
                json_append_string(builder, array, more);
        }

        return array;
}

struct json_object *check_reply_to_json(struct json_builder *builder, const struct report *report,
                                        struct context *context)
{
        struct json_object *object = json_new_object(builder);
        _cleanup_readings_ struct readings readings = { 0 };

        if (readings_of_root(context_root(context), &readings) < 0)
                builder->failed = true;
        json_add(builder, object, "summary", report_summary_to_json(builder, report));
        json_add(builder, object, "read", readings_to_json(builder, &readings));
        json_add(builder, object, "warnings", warnings_to_json(builder, &context_waivers(context)->warnings));
        return object;
}
