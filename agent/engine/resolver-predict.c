/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver-internal.h"
#include "formats/shell-vars.h"

/* What each owner will write the next time, and where it can be told to write more. */

static int predict_plain(struct context *context, struct resolver *resolver)
{
        resolver->forecast = RESOLVER_KEEPS;
        return resolver_set_place(&resolver->knob, resolver->path, 0, "options " REOPEN);
}

static int predict_stub(struct context *context, struct resolver *resolver)
{
        resolver->forecast = RESOLVER_KEEPS;
        return 0;
}

static int predict_resolved(struct context *context, struct resolver *resolver)
{
        resolver->forecast = RESOLVER_WRITES;
        return resolver_set_string(&resolver->writes, "%s", "");
}

/* Owners that copy whole files in the syntax of resolv.conf around what a lease says. The last is where an
 * option belongs. */
static int predict_parts(struct context *context, struct resolver *resolver, const char *const *parts)
{
        static const struct resolver_setting setting = { .kind = RESOLVER_SETTING_LINES };
        _cleanup_buffer_ struct buffer options = { 0 };
        int r = 0;

        for (; *parts && r >= 0; parts++) {
                _cleanup_resolv_conf_ struct resolv_conf *conf = NULL;
                const struct root_file *file;
                unsigned line = 0;

                r = resolver_read(context, *parts, &file);
                if (r > 0)
                        r = resolv_conf_parse(file->content.data, file->content.len, GLIBC_MINOR_NEWEST,
                                              &conf);
                if (r < 0)
                        return r;
                for (size_t i = 0; conf && i < conf->n_lines; i++) {
                        if (conf->lines[i].kind != RESOLV_OPTIONS)
                                continue;
                        if (options.len > 0)
                                buffer_add_char(&options, ' ');
                        buffer_add_text(&options, text_trim(conf->lines[i].value));
                        line = (unsigned) conf->lines[i].number;
                }
                if (line > 0 || (!parts[1] && !resolver->knob.path))
                        r = resolver_set_place(&resolver->knob, *parts, line, "options " REOPEN);
        }
        if (r >= 0)
                r = resolver_add_setting(&resolver->settings, setting, resolver->knob.path, NULL);
        if (r < 0 || options.failed)
                return r < 0 ? r : -ENOMEM;

        resolver->forecast = RESOLVER_WRITES;
        return resolver_set_string(&resolver->writes, "%.*s", (int) options.len,
                                   options.data ? options.data : "");
}

static int predict_resolvconf(struct context *context, struct resolver *resolver)
{
        static const char *const parts[] = {
                "/etc/resolvconf/resolv.conf.d/head",
                "/etc/resolvconf/resolv.conf.d/base",
                "/etc/resolvconf/resolv.conf.d/tail",
                NULL,
        };

        return predict_parts(context, resolver, parts);
}

static int predict_dhcpcd(struct context *context, struct resolver *resolver)
{
        static const char *const parts[] = { "/etc/resolv.conf.head", "/etc/resolv.conf.tail", NULL };

        return predict_parts(context, resolver, parts);
}

/* Owners that take the list from one shell variable. */
static int predict_variable(struct context *context, struct resolver *resolver, const char *path,
                            const char *name, const char *text)
{
        struct resolver_setting setting = { .kind = RESOLVER_SETTING_VARIABLE, .name = name };
        _cleanup_shell_vars_ struct shell_vars *vars = NULL;
        struct shell_value value = { 0 };
        enum shell_state state = SHELL_UNSET;
        int r;

        r = resolver_read_shell(context, path, &vars);
        if (r < 0)
                return r;
        if (r > 0)
                state = shell_vars_get(vars, name, &value);
        r = resolver_set_place(&resolver->knob, path, value.line, text);
        if (r >= 0 && state == SHELL_UNCERTAIN) {
                resolver->forecast = RESOLVER_UNCERTAIN;
                r = resolver_set_string(&resolver->cause, "%s in '%s', line %u: %s", name, path, value.line,
                                        value.cause);
        }
        if (r >= 0)
                r = resolver_add_setting(&resolver->settings, setting, path, resolver->cause);
        if (r < 0 || state == SHELL_UNCERTAIN)
                return r;

        resolver->forecast = RESOLVER_WRITES;
        return resolver_set_string(&resolver->writes, "%.*s", TEXT_ARGS(value.text));
}

static int predict_openresolv(struct context *context, struct resolver *resolver)
{
        return predict_variable(context, resolver, "/etc/resolvconf.conf", "resolv_conf_options",
                                "resolv_conf_options=\"" REOPEN "\"");
}

static int predict_netconfig(struct context *context, struct resolver *resolver)
{
        return predict_variable(context, resolver, "/etc/sysconfig/network/config",
                                "NETCONFIG_DNS_RESOLVER_OPTIONS",
                                "NETCONFIG_DNS_RESOLVER_OPTIONS=\"" REOPEN "\"");
}

static int (*const predictions[])(struct context *context, struct resolver *resolver) = {
        [RESOLVER_PLAIN] = predict_plain,
        [RESOLVER_RESOLVED_STUB] = predict_stub,
        [RESOLVER_RESOLVED] = predict_resolved,
        [RESOLVER_NETWORK_MANAGER] = resolver_nm_predict,
        [RESOLVER_NETWORK_SCRIPTS] = resolver_scripts_predict,
        [RESOLVER_DHCLIENT] = resolver_dhclient_predict,
        [RESOLVER_RESOLVCONF] = predict_resolvconf,
        [RESOLVER_OPENRESOLV] = predict_openresolv,
        [RESOLVER_DHCPCD] = predict_dhcpcd,
        [RESOLVER_NETCONFIG] = predict_netconfig,
        [RESOLVER_CLOUD_INIT] = resolver_cloud_init_predict,
};
_Static_assert(ARRAY_SIZE(predictions) == RESOLVER_UNDECIDED, "a prediction for each owner");

int resolver_predict(struct context *context, struct resolver *resolver)
{
        int r;

        r = predictions[resolver->owner](context, resolver);
        if (r < 0 || !resolver->immutable || resolver->link)
                return r;

        /* Nobody can write it, whatever the owner meant to. */
        resolver->forecast = RESOLVER_KEEPS;
        return resolver_set_string(&resolver->cause,
                                   "the immutable attribute keeps everybody from writing it");
}
