/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver-internal.h"
#include "formats/shell-vars.h"

#include <string.h>

/* dhclient-script(8) in its two families. That of EL writes the line "options $RES_OPTIONS", that of Debian
 * knows no options; both write at each new lease. */

#define NETWORK_CONFIG "/etc/sysconfig/network"
#define SCRIPTS "/etc/sysconfig/network-scripts"
/* run-parts(8) takes no name with a dot. */
#define EXIT_HOOK "/etc/dhcp/dhclient-exit-hooks.d/" REOPEN

/* Runs over the interfaces of the network service that have dhclient-script write the file. */
struct interfaces {
        size_t n;
        struct resolver_place with,
                without; /* the first file whose options include ours, and that does not */
        struct resolver_settings settings;
        char *options;
        char *cause;
};

static void interfaces_done(struct interfaces *interfaces)
{
        resolver_place_done(&interfaces->with);
        resolver_place_done(&interfaces->without);
        resolver_settings_done(&interfaces->settings);
        free(interfaces->options);
        free(interfaces->cause);
}

static bool asks_for_lease(const struct shell_vars *vars)
{
        struct shell_value value;

        if (resolver_shell_says_no(vars, "ONBOOT") || resolver_shell_says_no(vars, "PEERDNS"))
                return false;

        return shell_vars_get(vars, "BOOTPROTO", &value) == SHELL_CERTAIN &&
               (text_equal(value.text, "dhcp") || text_equal(value.text, "bootp"));
}

/* An interface without the option. */
static int add_setting(struct interfaces *interfaces, const char *path, const char *obstacle)
{
        static const struct resolver_setting setting = { .kind = RESOLVER_SETTING_VARIABLE,
                                                         .name = "RES_OPTIONS" };

        return resolver_add_setting(&interfaces->settings, setting, path, obstacle);
}

/* state and value are those of RES_OPTIONS, path the file that decides it. */
static int record_options(struct context *context, const char *path, enum shell_state state,
                          const struct shell_value *value, struct interfaces *interfaces)
{
        bool have = resolver_list_turns_on(context, value->text, RESOLV_SINGLE_REQUEST_REOPEN);
        struct resolver_place *place = have ? &interfaces->with : &interfaces->without;
        int r;

        if (state == SHELL_UNCERTAIN) {
                r = resolver_set_string(&interfaces->cause, "RES_OPTIONS in '%s', line %u: %s", path,
                                        value->line, value->cause);
                return r < 0 ? r : add_setting(interfaces, path, interfaces->cause);
        }

        r = have ? 0 : add_setting(interfaces, path, NULL);
        if (r < 0 || place->path)
                return r;
        r = resolver_set_place(place, path, value->line, NULL);
        if (r < 0)
                return r;

        return resolver_set_string(&interfaces->options, "%.*s", TEXT_ARGS(value->text));
}

/* The script sources the global file, then the interface's: the later one wins. */
static int judge_options(struct context *context, const char *path, const struct root_file *file,
                         struct interfaces *interfaces)
{
        _cleanup_shell_vars_ struct shell_vars *global = NULL, *own = NULL;
        _cleanup_shell_scope_ struct shell_scope *scope = shell_scope_new();
        const struct root_file *network;
        struct shell_value value = { 0 };
        enum shell_state state;
        int r;

        if (!scope)
                return -ENOMEM;
        r = resolver_read(context, NETWORK_CONFIG, &network);
        if (r > 0)
                r = shell_vars_parse_in(scope, 0, network->content.data, network->content.len, &global);
        if (r >= 0)
                r = shell_vars_parse_in(scope, 1, file->content.data, file->content.len, &own);
        if (r < 0)
                return r;

        state = shell_scope_get(scope, TEXT("RES_OPTIONS"), &value);
        return record_options(context, state == SHELL_UNSET || value.file == 0 ? NETWORK_CONFIG : path, state,
                              &value, interfaces);
}

static int read_interface(struct context *context, const char *name, struct interfaces *interfaces)
{
        _cleanup_free_ char *path = string_format("%s/%s", SCRIPTS, name);
        _cleanup_shell_vars_ struct shell_vars *vars = NULL;
        const struct root_file *file;
        int r;

        if (!path)
                return -ENOMEM;
        r = resolver_read_shell(context, path, &vars);
        if (r <= 0 || !asks_for_lease(vars))
                return r;

        interfaces->n++;
        r = resolver_read(context, path, &file);
        return r < 0 ? r : judge_options(context, path, file, interfaces);
}

static int read_interfaces(struct context *context, struct interfaces *interfaces)
{
        const char *const *names;
        size_t n;
        int r;

        r = resolver_list(context, SCRIPTS, &names, &n);
        for (size_t i = 0; i < n && r >= 0; i++)
                if (resolver_is_ifcfg(names[i]))
                        r = read_interface(context, names[i], interfaces);

        return r < 0 ? r : 0;
}

int resolver_scripts_write(struct context *context, struct resolver *resolver)
{
        _cleanup_(interfaces_done) struct interfaces interfaces = { 0 };
        int r;

        if (!host_is_rhel_like(context_host(context), 6, 8))
                return 0;
        r = resolver_service_starts(context, "network.service");
        if (r > 0)
                r = read_interfaces(context, &interfaces);
        if (r < 0)
                return r;
        if (interfaces.n == 0)
                return 0;

        r = resolver_set_place(&resolver->evidence, SCRIPTS, 0, NULL);
        return r < 0 ? r : 1;
}

/* change_resolv_conf() of many releases puts the option lines of the old file in front of the new one. */
static int keeps_option_lines(struct context *context, unsigned *ret_line)
{
        const struct root_file *file;
        struct text rest, line;
        bool inside = false;
        int r;

        r = resolver_read(context, SCRIPTS "/network-functions", &file);
        if (r <= 0)
                return r;

        rest = file->content;
        for (unsigned number = 1; text_next_line(&rest, &line); number++) {
                if (text_starts(line, "change_resolv_conf"))
                        inside = true;
                else if (inside && text_starts(line, "}"))
                        inside = false;
                else if (inside && !text_starts(text_trim(line), "#") && text_contains(line, "grep") &&
                         text_contains(line, "option") && text_contains(line, RESOLVER_PATH)) {
                        *ret_line = number;
                        return 1;
                }
        }

        return 0;
}

int resolver_scripts_predict(struct context *context, struct resolver *resolver)
{
        _cleanup_(interfaces_done) struct interfaces interfaces = { 0 };
        const struct resolver_place *place;
        unsigned line;
        int r;

        r = read_interfaces(context, &interfaces);
        if (r < 0)
                return r;
        place = interfaces.without.path ? &interfaces.without : &interfaces.with;
        r = resolver_set_place(&resolver->knob, place->path ? place->path : NETWORK_CONFIG, place->line,
                               "RES_OPTIONS=\"" REOPEN "\"");
        if (r < 0)
                return r;

        resolver->settings = interfaces.settings;
        interfaces.settings = (struct resolver_settings){ 0 };

        if (!interfaces.cause && !interfaces.without.path) {
                resolver->forecast = RESOLVER_WRITES;
                return resolver_set_string(&resolver->writes, "%s",
                                           interfaces.options ? interfaces.options : "");
        }

        r = keeps_option_lines(context, &line);
        if (r > 0) {
                resolver->forecast = RESOLVER_KEEPS;
                return resolver_set_string(&resolver->cause,
                                           "change_resolv_conf() in '%s/network-functions', line %u, keeps "
                                           "the options lines that it finds",
                                           SCRIPTS, line);
        }
        if (r == 0)
                r = resolver_find_hook(context, resolver);
        if (r != 0)
                return r < 0 ? r : 0;

        resolver->forecast = RESOLVER_UNCERTAIN;
        if (interfaces.cause)
                return resolver_set_string(&resolver->cause, "%s", interfaces.cause);
        if (interfaces.with.path)
                return resolver_set_string(&resolver->cause, "'%s' sets the option, '%s' does not",
                                           interfaces.with.path, interfaces.without.path);

        resolver->forecast = RESOLVER_WRITES;
        return resolver_set_string(&resolver->writes, "%s", interfaces.options ? interfaces.options : "");
}

/* "iface eth0 inet dhcp" of interfaces(5). */
static unsigned find_lease_stanza(struct text rest)
{
        struct text line, word[4] = { { 0 } };

        for (unsigned number = 1; text_next_line(&rest, &line); number++) {
                size_t n = 0;

                line = text_chomp(line);
                while (n < ARRAY_SIZE(word) && text_next_word(&line, " \t", &word[n]))
                        n++;
                if (n == ARRAY_SIZE(word) && text_equal(word[0], "iface") && text_starts(word[2], "inet") &&
                    text_equal(word[3], "dhcp"))
                        return number;
        }

        return 0;
}

static int find_lease_in(struct context *context, struct resolver *resolver, const char *path)
{
        const struct root_file *file;
        unsigned line;
        int r;

        r = resolver_read(context, path, &file);
        if (r <= 0)
                return r;
        line = find_lease_stanza(file->content);
        if (line == 0)
                return 0;

        r = resolver_set_place(&resolver->evidence, path, line, NULL);
        return r < 0 ? r : 1;
}

int resolver_ifupdown_has_lease(struct context *context, struct resolver *resolver)
{
        const char *const *names;
        size_t n;
        int r;

        r = find_lease_in(context, resolver, "/etc/network/interfaces");
        if (r == 0)
                r = resolver_list(context, "/etc/network/interfaces.d", &names, &n);
        else
                return r;
        for (size_t i = 0; r == 0 && i < n; i++) {
                _cleanup_free_ char *path = string_format("/etc/network/interfaces.d/%s", names[i]);

                r = path ? find_lease_in(context, resolver, path) : -ENOMEM;
        }

        return r;
}

int resolver_dhclient_writes(struct context *context, struct resolver *resolver)
{
        static const char *const programs[] = { "/sbin/dhclient", "/usr/sbin/dhclient", NULL };
        int r;

        if (!host_is_debian_like(context_host(context)))
                return 0;
        r = resolver_any_exists(context, programs);
        if (r > 0)
                r = resolver_ifupdown_has_lease(context, resolver);
        if (r <= 0)
                return r;

        r = resolver_find_enter_hook(context, resolver);
        return r < 0 ? r : r != RESOLVER_HOOK_NOTHING;
}

/* What stands at the hook's place already is somebody else's, or was switched off. */
static int add_exit_hook(struct context *context, struct resolver *resolver)
{
        static const struct resolver_setting setting = { .kind = RESOLVER_SETTING_HOOK };
        struct root_stat stat;
        int r;

        r = root_lstat(context_root(context), EXIT_HOOK, &stat);
        if (r < 0 && r != -ENOENT && r != -ENOTDIR)
                return r;

        return resolver_add_setting(&resolver->settings, setting, EXIT_HOOK,
                                    r < 0 ? NULL : "'" EXIT_HOOK "' is there and does something else");
}

int resolver_dhclient_predict(struct context *context, struct resolver *resolver)
{
        int r;

        r = resolver_find_hook(context, resolver);
        if (r != 0)
                return r < 0 ? r : 0;
        r = resolver_set_place(&resolver->knob, EXIT_HOOK, 0,
                               "a script that appends 'options " REOPEN "' to " RESOLVER_PATH
                               " when it is not there");
        if (r >= 0)
                r = add_exit_hook(context, resolver);
        if (r >= 0)
                r = resolver_find_enter_hook(context, resolver);
        if (r < 0)
                return r;
        if (r == RESOLVER_HOOK_OTHER) {
                resolver->forecast = RESOLVER_UNCERTAIN;
                return resolver_set_string(&resolver->cause,
                                           "the hook '%s' puts its own function in the place of "
                                           "make_resolv_conf()",
                                           resolver->evidence.path);
        }

        resolver->forecast = RESOLVER_WRITES;
        return resolver_set_string(&resolver->writes, "%s", "");
}
