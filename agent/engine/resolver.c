/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver-internal.h"

#include <arpa/inet.h>
#include <linux/fs.h>
#include <string.h>

struct owner_names {
        const char *id;
        const char *name;
};

static const struct owner_names owner_names[] = {
        [RESOLVER_PLAIN] = { "plain", "nobody" },
        [RESOLVER_RESOLVED_STUB] = { "systemdResolvedStub", "systemd-resolved (stub)" },
        [RESOLVER_RESOLVED] = { "systemdResolved", "systemd-resolved" },
        [RESOLVER_NETWORK_MANAGER] = { "networkManager", "NetworkManager" },
        [RESOLVER_NETWORK_SCRIPTS] = { "networkScripts", "dhclient-script of the network service" },
        [RESOLVER_DHCLIENT] = { "dhclient", "dhclient-script of ifupdown" },
        [RESOLVER_RESOLVCONF] = { "resolvconf", "resolvconf" },
        [RESOLVER_OPENRESOLV] = { "openresolv", "openresolv" },
        [RESOLVER_DHCPCD] = { "dhcpcd", "dhcpcd" },
        [RESOLVER_NETCONFIG] = { "netconfig", "netconfig" },
        [RESOLVER_CLOUD_INIT] = { "cloudInit", "cloud-init" },
        [RESOLVER_UNDECIDED] = { "undecided", "somebody unknown" },
};
_Static_assert(ARRAY_SIZE(owner_names) == RESOLVER_OWNER_COUNT, "names for each owner");

const char *resolver_owner_name(enum resolver_owner owner)
{
        return owner_names[owner].name;
}

const char *resolver_owner_id(enum resolver_owner owner)
{
        return owner_names[owner].id;
}

void resolver_place_done(struct resolver_place *place)
{
        free(place->path);
        free(place->text);
        *place = (struct resolver_place){ 0 };
}

int resolver_set_place(struct resolver_place *place, const char *path, unsigned line, const char *text)
{
        struct resolver_place new = {
                .path = path ? strdup(path) : NULL,
                .line = line,
                .text = text ? strdup(text) : NULL,
        };

        if ((path && !new.path) || (text && !new.text)) {
                resolver_place_done(&new);
                return -ENOMEM;
        }

        resolver_place_done(place);
        *place = new;
        return 0;
}

int resolver_set_string(char **target, const char *format, ...)
{
        va_list arguments;
        char *string;

        va_start(arguments, format);
        string = string_formatv(format, arguments);
        va_end(arguments);
        if (!string)
                return -ENOMEM;

        free(*target);
        *target = string;
        return 0;
}

static bool is_absent(int error)
{
        return error == -ENOENT || error == -ENOTDIR;
}

int resolver_read(struct context *context, const char *path, const struct root_file **ret)
{
        int r = root_read(context_root(context), path, ret);

        return r >= 0 ? 1 : is_absent(r) ? 0 : r;
}

int resolver_list(struct context *context, const char *path, const char *const **ret_names, size_t *ret_n)
{
        int r = root_list(context_root(context), path, ret_names, ret_n);

        if (is_absent(r)) {
                *ret_n = 0;
                return 0;
        }

        return r;
}

int resolver_any_exists(struct context *context, const char *const *paths)
{
        int r = 0;

        for (; *paths && r == 0; paths++)
                r = root_exists(context_root(context), *paths);

        return r;
}

unsigned resolver_find_line(struct text text, const char *needle)
{
        struct text line;

        for (unsigned number = 1; text_next_line(&text, &line); number++) {
                line = text_trim(text_chomp(line));
                if (!text_starts(line, "#") && text_contains(line, needle))
                        return number;
        }

        return 0;
}

bool resolver_list_has(struct text list, const char *option)
{
        struct text word;

        while (text_next_word(&list, " \t,;", &word))
                if (text_equal(word, option))
                        return true;

        return false;
}

/* As inet_aton() reads it ("127.1" is one), which is what glibc does; 0.0.0.0 is this machine as well. */
static bool is_loopback(struct text address)
{
        _cleanup_free_ char *string = text_dup(address);
        struct in6_addr six;
        struct in_addr four;

        if (!string)
                return false;
        if (inet_aton(string, &four) != 0)
                return ntohl(four.s_addr) >> 24 == 127 || four.s_addr == 0;
        if (inet_pton(AF_INET6, string, &six) <= 0)
                return false;

        return IN6_IS_ADDR_LOOPBACK(&six) || IN6_IS_ADDR_UNSPECIFIED(&six) ||
               (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == 127);
}

bool resolver_is_local(const struct resolver *resolver)
{
        const struct resolv_conf *conf = resolver->conf;

        if (resolver->owner == RESOLVER_RESOLVED_STUB)
                return true;
        if (!conf)
                return resolver->stub;

        for (size_t i = 0; i < conf->n_nameservers; i++)
                if (conf->nameservers[i].used && !is_loopback(conf->nameservers[i].address))
                        return false;

        /* Without any, glibc asks 127.0.0.1. */
        return true;
}

static unsigned glibc_of(const struct context *context)
{
        const struct host *host = context_host(context);

        return host->glibc_minor > 0 ? host->glibc_minor : GLIBC_MINOR_NEWEST;
}

bool resolver_list_turns_on(const struct context *context, struct text list, enum resolv_flag flag)
{
        struct resolv_options options;

        resolv_options_init(&options);
        resolv_options_apply(&options, list, 0, glibc_of(context));
        return resolv_options_have(&options, flag);
}

enum resolver_answer resolver_will_have(const struct context *context, const struct resolver *resolver,
                                        enum resolv_flag flag)
{
        bool have = resolv_options_have(&resolver->options, flag);

        if (resolver->forecast == RESOLVER_UNCERTAIN)
                return RESOLVER_MAYBE;
        if (resolver->forecast == RESOLVER_WRITES)
                have = resolver_list_turns_on(context, text_from_string(resolver->writes), flag);

        return have ? RESOLVER_YES : RESOLVER_NO;
}

/* An error that belongs to the file and not to the scan: kept, and said by whoever judges. */
static int keep_error(struct context *context, struct resolver *resolver, int error)
{
        const struct diag *diag = context_diag(context);

        if (error == -ENOMEM)
                return error;

        resolver->error = error;
        return resolver_set_string(&resolver->error_text, "%s",
                                   diag->error == error && diag->message ? diag->message : strerror(-error));
}

static int read_file(struct context *context, struct resolver *resolver)
{
        const struct root_file *file;
        int r;

        r = root_read(context_root(context), RESOLVER_PATH, &file);
        if (r < 0)
                return keep_error(context, resolver, r);

        r = resolv_conf_parse(file->content.data, file->content.len, glibc_of(context), &resolver->conf);
        if (r < 0) {
                (void) diag_set(context_diag(context), r, RESOLVER_PATH, 0, "'%s' has too many lines",
                                RESOLVER_PATH);
                return keep_error(context, resolver, r);
        }

        resolv_conf_options(resolver->conf, TEXT(""), &resolver->options);
        return 0;
}

/* A file system without attributes has no immutable files, and one that does not let us look is no reason to
 * doubt the rest. */
static int read_flags(struct context *context, struct resolver *resolver)
{
        unsigned flags = 0;
        int r;

        r = root_flags(context_root(context), RESOLVER_PATH, &flags);
        resolver->immutable = r >= 0 && flags & FS_IMMUTABLE_FL;
        return r == -ENOMEM ? r : 0;
}

static int look(struct context *context, struct resolver *resolver)
{
        struct root *root = context_root(context);
        int r;

        r = root_readlink(root, RESOLVER_PATH, &resolver->link);
        if (r < 0 && r != -EINVAL && !is_absent(r))
                return r;

        r = root_resolve(root, RESOLVER_PATH, &resolver->path, &resolver->exists);
        if (r < 0)
                return r;
        if (!root_is_live(root) && text_starts(text_from_string(resolver->path), "/run/")) {
                resolver->made_at_boot = true;
                resolver->exists = false;
        }
        if (!resolver->exists)
                return 0;

        r = read_flags(context, resolver);
        return r < 0 ? r : read_file(context, resolver);
}

static int undecided(struct context *context, struct resolver *resolver, int error)
{
        const struct diag *diag = context_diag(context);
        bool known = diag->error == error && diag->message;

        if (error == -ENOMEM)
                return error;

        resolver->forecast = RESOLVER_UNCERTAIN;
        return resolver_set_string(&resolver->cause, "%s", known ? diag->message : strerror(-error));
}

static int decide(struct context *context, struct resolver *resolver)
{
        int r;

        diag_clear(context_diag(context));
        r = resolver_find_owner(context, resolver);
        if (r < 0) {
                resolver->owner = RESOLVER_UNDECIDED;
                return undecided(context, resolver, r);
        }

        r = resolver_predict(context, resolver);
        return r < 0 ? undecided(context, resolver, r) : 0;
}

static void resolver_free(void *model)
{
        struct resolver *resolver = model;

        if (!resolver)
                return;

        (void) resolv_conf_free(resolver->conf);
        resolver_place_done(&resolver->evidence);
        resolver_place_done(&resolver->knob);
        resolver_settings_done(&resolver->settings);
        free(resolver->error_text);
        free(resolver->writes);
        free(resolver->cause);
        free(resolver);
}

static void resolver_free_pointer(struct resolver **resolver)
{
        resolver_free(*resolver);
}

static int resolver_make(struct context *context, void **ret)
{
        _cleanup_(resolver_free_pointer) struct resolver *resolver = calloc(1, sizeof(*resolver));
        int r;

        if (!resolver)
                return -ENOMEM;

        resolv_options_init(&resolver->options);
        r = look(context, resolver);
        if (r == -ELOOP || r == -ENAMETOOLONG || r == -ENOMEDIUM) {
                /* A link that leads nowhere is what the system sees, too. */
                resolver->path = RESOLVER_PATH;
                r = keep_error(context, resolver, r);
        }
        if (r >= 0)
                r = decide(context, resolver);
        if (r < 0)
                return r;

        *ret = take_ptr(resolver);
        return 0;
}

static const struct view resolver_view = { .make = resolver_make, .free = resolver_free };

int resolver_get(struct context *context, const struct resolver **ret)
{
        void *model;
        int r;

        r = context_view(context, &resolver_view, &model);
        if (r < 0)
                return r;

        *ret = model;
        return 0;
}
