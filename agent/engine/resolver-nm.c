/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver-internal.h"
#include "formats/key-file.h"

#include <string.h>

/* NetworkManager.conf(5): what NetworkManager is told about resolv.conf. The profiles are in
 * resolver-nm-profile.c. */

/* The files in the order in which they are read: a later one wins, and one of a later directory hides one of
 * the same name. */
static const char *const directories[] = {
        "/usr/lib/NetworkManager/conf.d",
        "/run/NetworkManager/conf.d",
        "/etc/NetworkManager/conf.d",
};
#define MAIN_FILE "/etc/NetworkManager/NetworkManager.conf"

struct setting {
        const char *group, *key;
        size_t offset; /* in struct resolver_nm */
};

static const struct setting settings[] = {
        { "main", "dns", offsetof(struct resolver_nm, dns) },
        { "main", "rc-manager", offsetof(struct resolver_nm, rc_manager) },
        { "global-dns", "options", offsetof(struct resolver_nm, global_options) },
        { "global-dns-domain-*", "servers", offsetof(struct resolver_nm, global_servers) },
};

void resolver_nm_done(struct resolver_nm *nm)
{
        for (size_t i = 0; i < ARRAY_SIZE(settings); i++)
                resolver_place_done((struct resolver_place *) ((char *) nm + settings[i].offset));
}

int resolver_read_key_file(struct context *context, const char *path, struct key_file **ret)
{
        const struct root_file *file;
        unsigned line = 0;
        int r;

        r = resolver_read(context, path, &file);
        if (r <= 0)
                return r;

        r = key_file_parse(file->content.data, file->content.len, ret, &line);
        if (r < 0)
                return diag_set(context_diag(context), r, path, line,
                                "line %u of '%s' is no key file syntax, so that NetworkManager refuses it",
                                line, path);

        return 1;
}

static int read_conf(struct context *context, const char *path, struct resolver_nm *nm)
{
        _cleanup_key_file_ struct key_file *file = NULL;
        int r;

        r = resolver_read_key_file(context, path, &file);
        if (r <= 0)
                return r;
        if (text_equal(key_file_get(file, ".config", "enable"), "false"))
                return 0;

        for (size_t i = 0; i < ARRAY_SIZE(settings) && r >= 0; i++) {
                const struct key_file_entry *entry = key_file_find(file, settings[i].group, settings[i].key);
                _cleanup_free_ char *value = NULL;

                if (!entry)
                        continue;
                value = text_dup(entry->value);
                r = value ? resolver_set_place((struct resolver_place *) ((char *) nm + settings[i].offset),
                                               path, entry->line, value)
                          : -ENOMEM;
        }

        return r;
}

static int is_hidden(struct context *context, size_t directory, const char *name)
{
        int r = 0;

        for (size_t i = directory + 1; i < ARRAY_SIZE(directories) && r == 0; i++) {
                _cleanup_free_ char *path = string_format("%s/%s", directories[i], name);

                r = path ? root_exists(context_root(context), path) : -ENOMEM;
        }

        return r;
}

static int read_directory(struct context *context, size_t directory, struct resolver_nm *nm)
{
        const char *const *names;
        size_t n;
        int r;

        r = resolver_list(context, directories[directory], &names, &n);
        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_free_ char *path = string_format("%s/%s", directories[directory], names[i]);

                if (!path)
                        return -ENOMEM;
                if (!text_ends(text_from_string(names[i]), ".conf"))
                        continue;
                r = is_hidden(context, directory, names[i]);
                if (r == 0)
                        r = read_conf(context, path, nm);
        }

        return r < 0 ? r : 0;
}

int resolver_nm_read(struct context *context, struct resolver_nm *ret)
{
        _cleanup_resolver_nm_ struct resolver_nm nm = { 0 };
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(directories) && r >= 0; i++) {
                bool last = i + 1 == ARRAY_SIZE(directories);

                if (last)
                        r = read_conf(context, MAIN_FILE, &nm);
                /* What /run of an image holds is gone at boot. */
                if (r >= 0 && (context_host(context)->live || !string_equal(directories[i], directories[1])))
                        r = read_directory(context, i, &nm);
        }
        if (r < 0)
                return r;

        *ret = nm;
        nm = (struct resolver_nm){ 0 };
        return 0;
}

/* With these it hands its servers on, and the other one writes; SUSE builds it that way. */
static bool hands_on(const struct context *context, const struct resolver_nm *nm)
{
        if (!nm->rc_manager.text)
                return context_host(context)->family == HOST_SUSE;

        return string_equal(nm->rc_manager.text, "netconfig") ||
               string_equal(nm->rc_manager.text, "resolvconf");
}

/* "symlink", the default, leaves a link to elsewhere alone; "file" writes through it. */
static bool is_told_to_write(const struct context *context, const struct resolver *resolver,
                             const struct resolver_nm *nm, const struct resolver_place **ret_reason)
{
        bool link = resolver->link != NULL;

        if (nm->dns.text && string_equal(nm->dns.text, "none")) {
                *ret_reason = &nm->dns;
                return false;
        }
        if (nm->rc_manager.text && string_equal(nm->rc_manager.text, "unmanaged")) {
                *ret_reason = &nm->rc_manager;
                return false;
        }

        *ret_reason = NULL;
        if (hands_on(context, nm))
                return false;

        return !link || (nm->rc_manager.text && string_equal(nm->rc_manager.text, "file"));
}

int resolver_nm_writes(struct context *context, struct resolver *resolver)
{
        _cleanup_resolver_nm_ struct resolver_nm nm = { 0 };
        const struct resolver_place *reason;
        int r;

        r = resolver_service_starts(context, "NetworkManager.service");
        if (r > 0)
                r = resolver_nm_has_profiles(context, resolver);
        if (r <= 0)
                return r;
        r = resolver_nm_read(context, &nm);
        if (r < 0)
                return r;

        if (is_told_to_write(context, resolver, &nm, &reason)) {
                r = resolver_set_place(&resolver->evidence, "/usr/sbin/NetworkManager", 0, NULL);
                return r < 0 ? r : 1;
        }
        if (!reason)
                return 0;

        return resolver_set_place(&resolver->evidence, reason->path, reason->line, reason->text);
}

/* The version is in the name of the directory of its plugins: /usr/lib64/NetworkManager/1.18.8-2.el7_9. */
static int read_version(struct context *context, const char *directory, unsigned *ret_minor)
{
        const char *const *names;
        size_t n;
        int r;

        r = resolver_list(context, directory, &names, &n);
        for (size_t i = 0; i < n && r >= 0; i++) {
                struct text rest = text_from_string(names[i]), word;
                uint64_t minor;

                if (text_next_word(&rest, ".", &word) && text_equal(word, "1") &&
                    text_next_word(&rest, ".-", &word) && text_parse_u64(word, &minor) == 0 && minor < 10000)
                        *ret_minor = (unsigned) minor;
        }

        return r;
}

static int find_version(struct context *context, unsigned *ret_minor)
{
        static const char *const libraries[] = {
                "/usr/lib64/NetworkManager",
                "/usr/lib/x86_64-linux-gnu/NetworkManager",
                "/usr/lib/aarch64-linux-gnu/NetworkManager",
                "/usr/lib/NetworkManager",
        };
        int r = 0;

        *ret_minor = 0;
        for (size_t i = 0; i < ARRAY_SIZE(libraries) && r >= 0 && *ret_minor == 0; i++)
                r = read_version(context, libraries[i], ret_minor);

        return r;
}

/* It knows options by their whole names, unlike glibc, and drops others. */
static bool is_known_option(struct text word)
{
        for (unsigned flag = 0; flag < RESOLV_FLAG_COUNT; flag++)
                if (text_equal(word, resolv_flag_name(flag)))
                        return true;

        return text_starts(word, "ndots:") || text_starts(word, "timeout:") || text_starts(word, "attempts:");
}

void resolver_nm_add_options(struct buffer *out, struct text list)
{
        struct text word;

        while (text_next_word(&list, " \t,;", &word)) {
                if (!is_known_option(word))
                        continue;
                if (out->len > 0)
                        buffer_add_char(out, ' ');
                buffer_add_text(out, word);
        }
}

/* What lies elsewhere is a package's, or gone at the next boot. */
int resolver_nm_add_setting(struct resolver_settings *list, const struct resolver_setting *setting,
                            const char *path)
{
        bool administrator = text_starts(text_from_string(path), "/etc/");
        _cleanup_free_ char *obstacle = NULL;

        if (!administrator)
                obstacle =
                        string_format("'%s' is %s, and no place for settings", path,
                                      text_starts(text_from_string(path), "/run/") ? "gone at the next boot"
                                                                                   : "part of a package");
        if (!administrator && !obstacle)
                return -ENOMEM;

        return resolver_add_setting(list, *setting, path, obstacle);
}

/* Older ones ignore [global-dns] without a default domain section; see the news of NetworkManager 1.44. */
enum { GLOBAL_DNS_ALONE = 44 };

/* 1 when [global-dns] decides, 0 when the profiles do. */
static int predict_global(struct context *context, struct resolver *resolver, const struct resolver_nm *nm)
{
        static const struct resolver_setting setting = {
                .kind = RESOLVER_SETTING_KEY, .group = "global-dns", .name = "options", .separator = ','
        };
        const struct resolver_place *options = &nm->global_options;
        _cleanup_buffer_ struct buffer known = { 0 };
        bool has_domain = nm->global_servers.text && nm->global_servers.text[0];
        unsigned minor;
        int r;

        if (!options->text)
                return 0;
        r = resolver_set_place(&resolver->knob, options->path, options->line, "options=" REOPEN);
        if (r < 0)
                return r;

        r = find_version(context, &minor);
        if (r < 0)
                return r;
        if (!has_domain && minor == 0) {
                resolver->forecast = RESOLVER_UNCERTAIN;
                r = resolver_set_string(
                        &resolver->cause,
                        "whether NetworkManager takes [global-dns] without a [global-dns-domain-*] section "
                        "depends on its version, which cannot be told");
                return r < 0 ? r : 1;
        }
        if (!has_domain && minor < GLOBAL_DNS_ALONE)
                return resolver_set_string(&resolver->cause,
                                           "NetworkManager 1.%u ignores [global-dns] in '%s', which has no "
                                           "[global-dns-domain-*] section",
                                           minor, options->path);

        resolver_nm_add_options(&known, text_from_string(options->text));
        if (known.failed)
                return -ENOMEM;
        resolver->forecast = RESOLVER_WRITES;
        r = resolver_set_string(&resolver->writes, "%s", known.data ? known.data : "");
        if (r >= 0 && !resolver_list_has(text_from_string(options->text), REOPEN))
                r = resolver_nm_add_setting(&resolver->settings, &setting, options->path);
        return r < 0 ? r : 1;
}

int resolver_nm_predict(struct context *context, struct resolver *resolver)
{
        _cleanup_resolver_nm_ struct resolver_nm nm = { 0 };
        int r;

        r = resolver_nm_read(context, &nm);
        if (r < 0)
                return r;

        /* Programs ask NetworkManager's own stub then. */
        resolver->stub = nm.dns.text &&
                         (string_equal(nm.dns.text, "dnsmasq") || string_equal(nm.dns.text, "unbound") ||
                          string_equal(nm.dns.text, "systemd-resolved"));

        r = predict_global(context, resolver, &nm);
        return r != 0 ? (r < 0 ? r : 0) : resolver_nm_predict_profiles(context, resolver);
}
