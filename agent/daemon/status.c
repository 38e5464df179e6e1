/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox/status.h"
#include "base/json.h"
#include "daemon/calls.h"
#include "daemon/daemon.h"
#include "engine/root.h"

#include <string.h>

static const char *const state_names[] = {
        [DAEMON_IDLE] = "idle",
        [DAEMON_SCANNING] = "scanning",
        [DAEMON_APPLYING] = "applying",
};

static void add_started(struct json_builder *builder, struct json_object *object, time_t time)
{
        char text[sizeof("-2147483648-01-01T00:00:00Z")] = "";
        struct tm tm;

        if (gmtime_r(&time, &tm))
                (void) strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
        json_add_string(builder, object, "started", text);
}

static void add_summary(struct json_builder *builder, struct json_object *object, const char *summary)
{
        struct json_object *parsed = NULL;
        const char *cause;

        if (summary && json_parse(summary, strlen(summary), strlen(summary), &parsed, &cause) < 0)
                builder->failed = true;
        if (parsed)
                json_add(builder, object, "summary", parsed);
        else
                json_add_null(builder, object, "summary");
}

static struct json_object *make_warnings(struct json_builder *builder, const struct daemon *daemon)
{
        struct json_object *array = json_new_array(builder), *waivers = NULL;
        const struct warnings *warnings = &daemon->config.warnings;
        const char *cause;

        for (size_t i = 0; i < warnings->n; i++) {
                _cleanup_buffer_ struct buffer line = { 0 };

                warning_print(&warnings->items[i], &line);
                builder->failed = builder->failed || line.failed;
                json_append_string(builder, array, line.data);
        }
        /* Those of the waivers came with the scan. */
        if (daemon->keys &&
            json_parse(daemon->keys, strlen(daemon->keys), strlen(daemon->keys), &waivers, &cause) >= 0) {
                struct json_object *list = json_get_array(waivers, "warnings");

                for (size_t i = 0; i < json_array_size(list); i++)
                        json_append_string(builder, array, json_item_text(list, i).data);
        }
        json_free(waivers);
        return array;
}

static void add_outbox(const struct daemon *daemon, struct json_builder *builder, struct json_object *object,
                       struct json_object *warnings)
{
        _cleanup_root_ struct root *root = NULL;

        if (daemon_open_root(daemon, &root) < 0)
                builder->failed = true;
        else
                outbox_add_status(root, builder, object, warnings);
}

int handle_status(struct varlink_call *call, void *userdata)
{
        const struct daemon *daemon = userdata;
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = NULL;
        struct json_object *agent, *warnings;

        if (!caller_may_read(call, daemon) || !varlink_call_accepts(call, NULL))
                return 0;

        object = json_new_object(&builder);
        agent = json_new_object(&builder);
        json_add_string(&builder, agent, "version", VERSION);
        json_add(&builder, object, "agent", agent);
        add_started(&builder, object, daemon->started);
        json_add_string(&builder, object, "state", state_names[daemon_get_state(daemon)]);
        add_summary(&builder, object, daemon->summary);
        json_add_bool(&builder, object, "pendingReboot", daemon->pending_reboot);
        warnings = make_warnings(&builder, daemon);
        add_outbox(daemon, &builder, object, warnings);
        json_add(&builder, object, "warnings", warnings);
        varlink_call_reply(call, &builder, object);
        return 0;
}
