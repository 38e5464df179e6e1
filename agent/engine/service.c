/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/service.h"
#include "base/text.h"
#include "engine/host.h"
#include "engine/root.h"

#include <string.h>
#include <sys/stat.h>

#define CONFIGURATION "/etc/systemd/system"
#define RUNTIME "/run/systemd/system"

/* In the order in which systemd looks; the first file of the name counts. */
static const char *const unit_directories[] = {
        CONFIGURATION,         RUNTIME, "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
        "/lib/systemd/system",
};

/* Where packages leave links of their own. */
static const char *const vendor_wants[] = {
        "multi-user.target.wants",
        "basic.target.wants",
        "sysinit.target.wants",
        "graphical.target.wants",
};

static const char *const state_names[] = {
        [SERVICE_MISSING] = "missing",         [SERVICE_DISABLED] = "disabled", [SERVICE_MASKED] = "masked",
        [SERVICE_RUNTIME] = "enabled-runtime", [SERVICE_STATIC] = "static",     [SERVICE_ENABLED] = "enabled",
};
_Static_assert(ARRAY_SIZE(state_names) == SERVICE_STATE_COUNT, "a name for each state");

const char *service_state_name(enum service_state state)
{
        return state_names[state];
}

void service_done(struct service *service)
{
        free(service->unit);
        free(service->place);
        *service = (struct service){ 0 };
}

/* The names by which links may ask for a unit: its own and its aliases. Borrowed from the root. */
struct names {
        const char *unit;
        const char *aliases[8];
        size_t n_aliases;
};

static bool absent(int error)
{
        return error == -ENOENT || error == -ENOTDIR;
}

/* Like root_list(), but a directory that is not there is empty. */
static int list(struct root *root, const char *directory, const char *const **ret_names, size_t *ret_n)
{
        int r;

        r = root_list(root, directory, ret_names, ret_n);
        if (!absent(r))
                return r;

        *ret_names = NULL;
        *ret_n = 0;
        return 0;
}

/* A unit file that is empty, or /dev/null, is what "systemctl mask" leaves. An image may have no /dev/null,
 * so the link's end is compared by name. */
static int is_mask(struct root *root, const char *path)
{
        const char *resolved;
        struct root_stat stat;
        bool exists;
        int r;

        r = root_resolve(root, path, &resolved, &exists);
        if (r < 0)
                return r;
        if (string_equal(resolved, "/dev/null"))
                return 1;
        if (!exists)
                return 0;

        r = root_stat(root, path, &stat);
        if (r < 0)
                return r;
        return S_ISREG(stat.mode) && stat.size == 0;
}

/* 1 when the path decides what the unit is: then unit, and for a mask state and place, are set. */
static int take_unit(struct root *root, const char *path, struct service *service)
{
        struct root_stat stat;
        int r, mask;

        r = root_lstat(root, path, &stat);
        if (absent(r))
                return 0;
        if (r < 0)
                return r;

        mask = is_mask(root, path);
        if (mask < 0)
                return mask;
        r = mask ? 1 : root_exists(root, path);
        if (r <= 0)
                return r; /* a dangling link is no unit: systemd goes on to the next directory */

        service->unit = strdup(path);
        service->place = mask ? strdup(path) : NULL;
        service->state = mask ? SERVICE_MASKED : SERVICE_DISABLED;
        return service->unit && (!mask || service->place) ? 1 : -ENOMEM;
}

/* "serial-getty@ttyS0.service" is made from "serial-getty@.service". NULL without memory. */
static char *template_of(const char *name)
{
        const char *at = strchr(name, '@'), *dot = strrchr(name, '.');

        if (!at || !dot || dot <= at + 1)
                return strdup(name);
        return string_format("%.*s%s", (int) (at + 1 - name), name, dot);
}

static int find_unit_as(struct root *root, const char *name, struct service *service)
{
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(unit_directories) && r == 0; i++) {
                _cleanup_free_ char *path = NULL;

                if (string_equal(unit_directories[i], RUNTIME) && !root_is_live(root))
                        continue;
                path = string_format("%s/%s", unit_directories[i], name);
                r = path ? take_unit(root, path, service) : -ENOMEM;
        }

        return r;
}

static int find_unit(struct root *root, const char *name, struct service *service)
{
        _cleanup_free_ char *template = NULL;
        int r;

        r = find_unit_as(root, name, service);
        if (r != 0 || !strchr(name, '@'))
                return r;

        template = template_of(name);
        if (!template)
                return -ENOMEM;
        return find_unit_as(root, template, service);
}

static bool is_called(const struct names *names, const char *link)
{
        if (string_equal(names->unit, link))
                return true;
        for (size_t i = 0; i < names->n_aliases; i++)
                if (string_equal(names->aliases[i], link))
                        return true;

        return false;
}

/* Links beside the unit files that lead to a unit of this name. */
static int find_aliases(struct root *root, const char *directory, struct names *names)
{
        const char *const *entries, *suffix = strrchr(names->unit, '.');
        size_t n;
        int r;

        r = list(root, directory, &entries, &n);
        for (size_t i = 0; r >= 0 && i < n && names->n_aliases < ARRAY_SIZE(names->aliases); i++) {
                _cleanup_free_ char *path = NULL;
                const char *target, *slash;

                if (!suffix || !text_ends(text_from_string(entries[i]), suffix))
                        continue;
                path = string_format("%s/%s", directory, entries[i]);
                if (!path)
                        return -ENOMEM;
                r = root_readlink(root, path, &target);
                if (r == -EINVAL || absent(r)) {
                        r = 0; /* a file of its own */
                        continue;
                }
                if (r < 0)
                        return r;
                slash = strrchr(target, '/');
                if (string_equal(slash ? slash + 1 : target, names->unit) &&
                    !string_equal(entries[i], names->unit))
                        names->aliases[names->n_aliases++] = entries[i];
        }

        return r < 0 ? r : 0;
}

static bool pulls_in(const char *directory)
{
        struct text name = text_from_string(directory);

        return text_ends(name, ".wants") || text_ends(name, ".requires") || text_ends(name, ".upholds");
}

/* 1 and a place when one of the directories "*.wants" and the like has a link of that name. Only the link's
 * name matters to systemd, so one that dangles enables as well. */
static int find_link(struct root *root, const char *directory, const struct names *names, char **ret_place)
{
        const char *const *entries;
        size_t n;
        int r;

        r = list(root, directory, &entries, &n);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                _cleanup_free_ char *wants = NULL;
                const char *const *links;
                size_t n_links;

                if (!pulls_in(entries[i]))
                        continue;
                wants = string_format("%s/%s", directory, entries[i]);
                if (!wants)
                        return -ENOMEM;
                r = list(root, wants, &links, &n_links);
                for (size_t k = 0; r >= 0 && k < n_links; k++) {
                        if (!is_called(names, links[k]))
                                continue;
                        *ret_place = string_format("%s/%s", wants, links[k]);
                        return *ret_place ? 1 : -ENOMEM;
                }
        }

        return r < 0 ? r : 0;
}

static int find_vendor_link(struct root *root, const char *name, char **ret_place)
{
        for (size_t i = 0; i < ARRAY_SIZE(vendor_wants); i++) {
                _cleanup_free_ char *path = NULL;
                struct root_stat stat;
                int r;

                path = string_format("/usr/lib/systemd/system/%s/%s", vendor_wants[i], name);
                if (!path)
                        return -ENOMEM;
                r = root_lstat(root, path, &stat);
                if (r < 0 && !absent(r))
                        return r;
                if (r < 0)
                        continue;
                *ret_place = take_ptr(path);
                return 1;
        }

        return 0;
}

/* What starts a unit that is there and not masked. */
static int find_starter(struct root *root, const char *name, struct service *service)
{
        struct names names = { .unit = name };
        int r;

        r = find_aliases(root, CONFIGURATION, &names);
        if (r < 0)
                return r;
        r = find_link(root, CONFIGURATION, &names, &service->place);
        if (r > 0)
                service->state = SERVICE_ENABLED;
        if (r == 0)
                r = find_vendor_link(root, name, &service->place);
        if (r > 0 && service->state == SERVICE_DISABLED)
                service->state = SERVICE_STATIC;
        if (r == 0 && root_is_live(root))
                r = find_link(root, RUNTIME, &names, &service->place);
        if (r > 0 && service->state == SERVICE_DISABLED)
                service->state = SERVICE_RUNTIME;

        return r < 0 ? r : 0;
}

static int read_unit(struct context *context, const char *name, struct service *service)
{
        struct root *root = context_root(context);
        int r;

        r = find_unit(root, name, service);
        if (r <= 0 || service->state == SERVICE_MASKED)
                return r < 0 ? r : 0;

        return find_starter(root, name, service);
}

int service_read(struct context *context, const char *name, struct service *ret)
{
        _cleanup_service_ struct service service = { 0 };
        int r = 0;

        if (context_host(context)->systemd)
                r = read_unit(context, name, &service);
        if (r >= 0 && !service.unit)
                r = service_read_script(context, name, &service);
        if (r < 0)
                return diag_add(context_diag(context), r, NULL, 0, "the state of '%s' could not be read",
                                name);

        *ret = service;
        service = (struct service){ 0 };
        return 0;
}
