/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver-internal.h"
#include "formats/key-file.h"
#include "formats/shell-vars.h"

#include <string.h>

/* Connection profiles: nm-settings-keyfile(5), nm-settings-ifcfg-rh(5). NetworkManager writes the options of
 * all connections that are up, so that what it writes is known when all that may come up agree. */

#define IFCFG_DIRECTORY "/etc/sysconfig/network-scripts"

struct profiles {
        struct resolver_place with, without; /* the first profile that has the option, and that has not */
        struct resolver_settings settings;
        struct buffer options;
        char *cause; /* a profile that cannot be judged, and why; or NULL */
};

static void profiles_done(struct profiles *profiles)
{
        resolver_place_done(&profiles->with);
        resolver_place_done(&profiles->without);
        resolver_settings_done(&profiles->settings);
        buffer_done(&profiles->options);
        free(profiles->cause);
}

static int add_options(struct profiles *profiles, const char *path, unsigned line, struct text options)
{
        struct resolver_place *place =
                resolver_list_has(options, REOPEN) ? &profiles->with : &profiles->without;

        resolver_nm_add_options(&profiles->options, options);
        return place->path ? 0 : resolver_set_place(place, path, line, NULL);
}

/* Options of a family that is switched off are not used. */
static bool is_family_off(const struct key_file *file, const char *family)
{
        struct text method = key_file_get(file, family, "method");

        return text_equal(method, "disabled") || text_equal(method, "ignore");
}

static struct text family_options(const struct key_file *file, const char *family)
{
        return is_family_off(file, family) ? TEXT("") : key_file_get(file, family, "dns-options");
}

/* One family's options would do as long as that one is up. A family without a section is left to
 * NetworkManager's defaults. */
static int add_keyfile_settings(struct profiles *profiles, const struct key_file *file, const char *path)
{
        static const char *const families[] = { "ipv4", "ipv6" };
        _cleanup_free_ char *obstacle = NULL;
        size_t n = profiles->settings.n;
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(families) && r >= 0; i++) {
                struct resolver_setting setting = { .kind = RESOLVER_SETTING_KEY,
                                                    .group = families[i],
                                                    .name = "dns-options",
                                                    .separator = ';' };

                if (key_file_find(file, families[i], "") && !is_family_off(file, families[i]) &&
                    !resolver_list_has(key_file_get(file, families[i], "dns-options"), REOPEN))
                        r = resolver_nm_add_setting(&profiles->settings, &setting, path);
        }
        if (r < 0 || profiles->settings.n > n)
                return r;

        obstacle = string_format("'%s' has no section [ipv4] or [ipv6] that is in use", path);
        if (!obstacle)
                return -ENOMEM;

        return resolver_add_setting(&profiles->settings,
                                    (struct resolver_setting){ .kind = RESOLVER_SETTING_KEY }, path,
                                    obstacle);
}

static bool keyfile_counts(const struct key_file *file)
{
        struct text type = key_file_get(file, "connection", "type");

        return !text_equal(key_file_get(file, "connection", "autoconnect"), "false") &&
               key_file_get(file, "connection", "master").len == 0 &&
               key_file_get(file, "connection", "controller").len == 0 && !text_equal(type, "loopback") &&
               !text_equal(type, "wifi") && !text_equal(type, "802-11-wireless");
}

static int add_keyfile(struct context *context, const char *path, struct profiles *profiles)
{
        _cleanup_key_file_ struct key_file *file = NULL;
        _cleanup_buffer_ struct buffer options = { 0 };
        const struct key_file_entry *entry;
        int r;

        r = resolver_read_key_file(context, path, &file);
        /* A profile that does not parse is none. */
        if (r == -EBADMSG)
                return 0;
        if (r <= 0 || !keyfile_counts(file))
                return r;

        buffer_add_text(&options, family_options(file, "ipv4"));
        buffer_add_char(&options, ';');
        buffer_add_text(&options, family_options(file, "ipv6"));
        if (options.failed)
                return -ENOMEM;
        if (!resolver_list_has((struct text){ options.data, options.len }, REOPEN))
                r = add_keyfile_settings(profiles, file, path);
        if (r < 0)
                return r;

        entry = key_file_find(file, "ipv4", "dns-options");
        return add_options(profiles, path, entry ? entry->line : 0,
                           (struct text){ options.data, options.len });
}

static int add_keyfiles(struct context *context, const char *directory, struct profiles *profiles)
{
        const char *const *names;
        size_t n;
        int r;

        r = resolver_list(context, directory, &names, &n);
        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_free_ char *path = string_format("%s/%s", directory, names[i]);

                if (!path)
                        return -ENOMEM;
                if (names[i][0] != '.' && !text_ends(text_from_string(names[i]), "~"))
                        r = add_keyfile(context, path, profiles);
        }

        return r < 0 ? r : 0;
}

bool resolver_is_ifcfg(const char *name)
{
        static const char *const backups[] = { "~",    ".bak",    ".old",     ".orig",
                                               ".rej", ".rpmnew", ".rpmorig", ".rpmsave" };
        struct text text = text_from_string(name);

        for (size_t i = 0; i < ARRAY_SIZE(backups); i++)
                if (text_ends(text, backups[i]))
                        return false;

        return text_starts(text, "ifcfg-") && !text_equal(text, "ifcfg-lo");
}

int resolver_read_shell(struct context *context, const char *path, struct shell_vars **ret)
{
        const struct root_file *file;
        int r;

        r = resolver_read(context, path, &file);
        if (r <= 0)
                return r;
        r = shell_vars_parse(file->content.data, file->content.len, ret);
        return r < 0 ? r : 1;
}

/* The words that initscripts and NetworkManager both take for no. */
bool resolver_shell_says_no(const struct shell_vars *vars, const char *name)
{
        static const char *const words[] = { "no", "No", "NO", "n", "N", "false", "False", "FALSE", "0" };
        struct shell_value value;

        if (shell_vars_get(vars, name, &value) != SHELL_CERTAIN)
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (text_equal(value.text, words[i]))
                        return true;

        return false;
}

static bool shell_is_set(const struct shell_vars *vars, const char *name)
{
        struct shell_value value;
        enum shell_state state = shell_vars_get(vars, name, &value);

        return state == SHELL_UNCERTAIN || (state == SHELL_CERTAIN && value.text.len > 0);
}

static int add_ifcfg_setting(struct profiles *profiles, const char *path, const char *obstacle)
{
        static const struct resolver_setting setting = { .kind = RESOLVER_SETTING_VARIABLE,
                                                         .name = "RES_OPTIONS" };

        return resolver_add_setting(&profiles->settings, setting, path, obstacle);
}

static int uncertain_ifcfg(struct profiles *profiles, const char *path, const char *name,
                           const struct shell_value *value)
{
        int r = resolver_set_string(&profiles->cause, "%s in '%s', line %u: %s", name, path, value->line,
                                    value->cause);

        return r < 0 ? r : add_ifcfg_setting(profiles, path, profiles->cause);
}

static int add_ifcfg(struct context *context, const char *path, struct profiles *profiles)
{
        static const char *const names[] = { "RES_OPTIONS", "IPV6_RES_OPTIONS" };
        _cleanup_shell_vars_ struct shell_vars *vars = NULL;
        _cleanup_buffer_ struct buffer options = { 0 };
        unsigned line = 0;
        int r;

        r = resolver_read_shell(context, path, &vars);
        if (r <= 0)
                return r;
        if (resolver_shell_says_no(vars, "ONBOOT") || resolver_shell_says_no(vars, "NM_CONTROLLED") ||
            shell_is_set(vars, "MASTER") || shell_is_set(vars, "TEAM_MASTER"))
                return 0;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                struct shell_value value;
                enum shell_state state = shell_vars_get(vars, names[i], &value);

                if (state == SHELL_UNCERTAIN)
                        return uncertain_ifcfg(profiles, path, names[i], &value);
                if (state == SHELL_UNSET)
                        continue;
                buffer_add_text(&options, value.text);
                buffer_add_char(&options, ' ');
                line = line > 0 ? line : value.line;
        }
        if (options.failed)
                return -ENOMEM;
        if (!resolver_list_has((struct text){ options.data, options.len }, REOPEN))
                r = add_ifcfg_setting(profiles, path, NULL);
        if (r < 0)
                return r;

        return add_options(profiles, path, line, (struct text){ options.data, options.len });
}

static int add_ifcfgs(struct context *context, struct profiles *profiles)
{
        const char *const *names;
        size_t n;
        int r;

        r = resolver_list(context, IFCFG_DIRECTORY, &names, &n);
        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_free_ char *path = string_format("%s/%s", IFCFG_DIRECTORY, names[i]);

                if (!path)
                        return -ENOMEM;
                if (resolver_is_ifcfg(names[i]))
                        r = add_ifcfg(context, path, profiles);
        }

        return r < 0 ? r : 0;
}

static int read_profiles(struct context *context, struct profiles *profiles)
{
        int r;

        r = add_keyfiles(context, "/etc/NetworkManager/system-connections", profiles);
        if (r >= 0)
                r = add_keyfiles(context, "/usr/lib/NetworkManager/system-connections", profiles);
        if (r >= 0 && context_host(context)->live)
                r = add_keyfiles(context, "/run/NetworkManager/system-connections", profiles);
        /* Release 10 no longer reads them. */
        if (r >= 0 && host_is_rhel_like(context_host(context), 6, 9))
                r = add_ifcfgs(context, profiles);

        return r;
}

/* Interfaces that are all kept away from NetworkManager leave it nothing to write. Without any profile it
 * makes one of its own, unless ifupdown has the interfaces. */
int resolver_nm_has_profiles(struct context *context, struct resolver *resolver)
{
        _cleanup_(profiles_done) struct profiles profiles = { 0 };
        const char *const *names;
        size_t n, n_files = 0;
        int r;

        r = read_profiles(context, &profiles);
        /* A profile that may not be read is one. */
        if (r == -EACCES || profiles.cause || profiles.with.path || profiles.without.path)
                return r == -EACCES || r >= 0 ? 1 : r;
        if (r >= 0)
                r = resolver_list(context, IFCFG_DIRECTORY, &names, &n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n; i++)
                n_files += resolver_is_ifcfg(names[i]);

        if (n_files > 0)
                return 0;
        r = resolver_ifupdown_has_lease(context, resolver);

        return r < 0 ? r : r == 0;
}

static int judge_profiles(struct resolver *resolver, struct profiles *profiles)
{
        int r;

        resolver->settings = profiles->settings;
        profiles->settings = (struct resolver_settings){ 0 };

        if (profiles->cause) {
                resolver->forecast = RESOLVER_UNCERTAIN;
                return resolver_set_string(&resolver->cause, "%s", profiles->cause);
        }
        if (profiles->with.path && profiles->without.path) {
                resolver->forecast = RESOLVER_UNCERTAIN;
                return resolver_set_string(&resolver->cause,
                                           "the connection profile '%s' has the option, '%s' has not",
                                           profiles->with.path, profiles->without.path);
        }

        resolver->forecast = RESOLVER_WRITES;
        r = resolver_set_string(&resolver->writes, "%.*s", (int) profiles->options.len,
                                profiles->options.data ? profiles->options.data : "");
        if (r >= 0 && !profiles->with.path && !profiles->without.path && !resolver->cause)
                r = resolver_set_string(&resolver->cause, "there is no connection profile to set it in");

        return r;
}

int resolver_nm_predict_profiles(struct context *context, struct resolver *resolver)
{
        _cleanup_(profiles_done) struct profiles profiles = { 0 };
        const struct resolver_place *profile;
        bool ifcfg;
        int r;

        r = read_profiles(context, &profiles);
        if (r >= 0)
                r = resolver_find_dispatcher(context, resolver);
        if (r != 0)
                return r < 0 ? r : 0;
        if (profiles.options.failed)
                return -ENOMEM;

        profile = profiles.without.path ? &profiles.without : &profiles.with;
        if (profile->path && !resolver->knob.path) {
                ifcfg = text_starts(text_from_string(profile->path), IFCFG_DIRECTORY);
                r = resolver_set_place(&resolver->knob, profile->path, profile->line,
                                       ifcfg ? "RES_OPTIONS=\"" REOPEN "\""
                                             : "dns-options=" REOPEN "; in [ipv4]");
                if (r < 0)
                        return r;
        }

        return judge_profiles(resolver, &profiles);
}
