/* SPDX-License-Identifier: Apache-2.0 */
#include "varlink/server-internal.h"

#include <string.h>

static const struct varlink_server_options *options_of(const struct varlink_call *call)
{
        return &call->connection->server->options;
}

static int handle_get_info(struct varlink_call *call, void *userdata)
{
        const struct varlink_server_options *options = options_of(call);
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = NULL;
        struct json_object *names;

        if (!varlink_call_accepts(call, NULL))
                return 0;

        object = json_new_object(&builder);
        names = json_new_array(&builder);
        json_add_string(&builder, object, "vendor", options->vendor ? options->vendor : "");
        json_add_string(&builder, object, "product", options->product ? options->product : "");
        json_add_string(&builder, object, "version", options->version ? options->version : "");
        json_add_string(&builder, object, "url", options->url ? options->url : "");
        for (const struct varlink_interface *i = options->interfaces; i->name; i++)
                json_append_string(&builder, names, i->name);
        json_add(&builder, object, "interfaces", names);
        varlink_call_reply(call, &builder, object);
        return 0;
}

static const struct varlink_interface *find_interface(const struct varlink_call *call, struct text name)
{
        for (const struct varlink_interface *i = options_of(call)->interfaces; i->name; i++)
                if (text_equal(name, i->name))
                        return i;

        return NULL;
}

static int interface_not_found(struct varlink_call *call, struct text name)
{
        _cleanup_free_ char *copy = text_dup(name);

        if (!copy)
                return -ENOMEM;

        varlink_call_error_string(call, VARLINK_SERVICE ".InterfaceNotFound", "interface", copy);
        return 0;
}

static int handle_get_description(struct varlink_call *call, void *userdata)
{
        static const struct varlink_parameter parameters[] = { { "interface", "s" }, { NULL, NULL } };
        const struct varlink_interface *interface;
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = NULL;
        struct text name;

        if (!varlink_call_accepts(call, parameters))
                return 0;
        if (json_get_text(varlink_call_parameters(call), "interface", &name) < 0)
                return -EINVAL;
        interface = find_interface(call, name);
        if (!interface)
                return interface_not_found(call, name);

        object = json_new_object(&builder);
        json_add_string(&builder, object, "description", interface->description);
        varlink_call_reply(call, &builder, object);
        return 0;
}

static const struct varlink_method service_methods[] = {
        { VARLINK_SERVICE ".GetInfo", false, false, handle_get_info },
        { VARLINK_SERVICE ".GetInterfaceDescription", false, false, handle_get_description },
        { NULL, false, false, NULL },
};

static const struct varlink_method *find_method(const struct varlink_method *methods, const char *name)
{
        for (; methods && methods->name; methods++)
                if (string_equal(methods->name, name))
                        return methods;

        return NULL;
}

/* Answers for a method that there is not. */
static int not_found(struct varlink_call *call)
{
        const char *name = varlink_call_method(call), *dot = strrchr(name, '.');
        struct text interface = { name, dot ? (size_t) (dot - name) : 0 };

        if (dot && !find_interface(call, interface))
                return interface_not_found(call, interface);

        varlink_call_error_string(call, VARLINK_SERVICE ".MethodNotFound", "method", name);
        return 0;
}

/* Answers what may not be done, or is not asked for as it has to be. */
static bool is_refused(struct varlink_call *call, const struct varlink_method *method)
{
        const char *error = NULL;

        if (method->needs_root && varlink_call_uid(call) != 0)
                error = VARLINK_SERVICE ".PermissionDenied";
        else if (method->needs_more && !varlink_call_wants_more(call))
                error = VARLINK_SERVICE ".ExpectedMore";
        if (error)
                varlink_call_error_string(call, error, NULL, NULL);

        return error;
}

static int dispatch(struct varlink_call *call)
{
        const struct varlink_method *method;

        if (call->wire.upgrade) {
                varlink_call_error_string(call, VARLINK_SERVICE ".MethodNotImplemented", "method",
                                          varlink_call_method(call));
                return 0;
        }

        method = find_method(service_methods, varlink_call_method(call));
        if (!method)
                method = find_method(options_of(call)->methods, varlink_call_method(call));
        if (!method)
                return not_found(call);
        if (is_refused(call, method))
                return 0;

        return method->handle(call, options_of(call)->userdata);
}

/* Every call is answered once: what its handler did not do is done here. */
void service_dispatch(struct varlink_call *call)
{
        struct varlink_connection *connection = call->connection;
        int r = dispatch(call);

        if (connection->call != call || (r >= 0 && call->deferred))
                return;

        call->deferred = false;
        varlink_call_failed(call, "%s", r < 0 ? strerror(-r) : "the method gave no answer");
}
