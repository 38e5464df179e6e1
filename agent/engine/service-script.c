/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "engine/host.h"
#include "engine/root.h"
#include "engine/service.h"

#include <string.h>

/* SysV scripts: /etc/init.d/NAME, started through links S<two digits>NAME in a directory for each runlevel.
 * Under systemd the same links count for a script without a unit, see systemd-sysv-generator(8). */

static const char *const script_directories[] = { "/etc/init.d", "/etc/rc.d/init.d" };

/* Of the runlevels; the first that is there. Red Hat's is reached by a link from /etc as well. */
static const char *const level_directories[] = { "/etc", "/etc/rc.d", "/etc/init.d" };

/* What upstart of release 6 takes where inittab says nothing. */
#define RUNLEVEL_DEFAULT '3'

/* The runlevel of a line "id:3:initdefault:", see inittab(5); 0 for any other line. */
static char runlevel_of(struct text line)
{
        struct text id, level, action, rest = text_trim(text_chomp(line));

        if (text_starts(rest, "#") || !text_split(rest, ':', &id, &rest) ||
            !text_split(rest, ':', &level, &rest))
                return 0;
        if (!text_split(rest, ':', &action, &rest))
                action = rest;
        if (!text_equal(action, "initdefault") || level.len == 0)
                return 0;

        return level.data[0];
}

static int read_runlevel(struct root *root, char *ret)
{
        const struct root_file *file;
        struct text rest, line;
        int r;

        *ret = RUNLEVEL_DEFAULT;
        r = root_read(root, "/etc/inittab", &file);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;

        rest = file->content;
        while (text_next_line(&rest, &line)) {
                char level = runlevel_of(line);

                if (level >= '0' && level <= '9') {
                        *ret = level;
                        return 0;
                }
        }
        return 0;
}

/* "S85kdump" for "kdump". */
static bool is_start_link(const char *link, struct text script)
{
        struct text name = text_from_string(link);

        if (name.len <= 3 || name.data[0] != 'S' || name.data[1] < '0' || name.data[1] > '9' ||
            name.data[2] < '0' || name.data[2] > '9')
                return false;

        name.data += 3;
        name.len -= 3;
        return text_same(name, script);
}

/* 1 and a place when the directory starts the script. */
static int find_start(struct root *root, const char *directory, struct text script, char **ret_place)
{
        const char *const *links;
        size_t n;
        int r;

        r = root_list(root, directory, &links, &n);
        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        for (size_t i = 0; r >= 0 && i < n; i++) {
                _cleanup_free_ char *path = NULL;

                if (!is_start_link(links[i], script))
                        continue;
                path = string_format("%s/%s", directory, links[i]);
                if (!path)
                        return -ENOMEM;
                r = root_exists(root, path);
                if (r <= 0)
                        continue; /* rc skips a link that leads nowhere */
                *ret_place = take_ptr(path);
                return 1;
        }

        return r < 0 ? r : 0;
}

static int find_start_at_level(struct root *root, char level, struct text script, char **ret_place)
{
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(level_directories) && r == 0; i++) {
                _cleanup_free_ char *path = string_format("%s/rc%c.d", level_directories[i], level);

                r = path ? find_start(root, path, script, ret_place) : -ENOMEM;
        }

        return r;
}

/* Runlevels in which the system comes up: the one of inittab, or all that systemd maps to its targets; in
 * both cases also what SUSE starts before any runlevel. */
static int find_starter(struct context *context, struct text script, char **ret_place)
{
        struct root *root = context_root(context);
        char levels[] = "2345";
        int r;

        if (!context_host(context)->systemd) {
                r = read_runlevel(root, &levels[0]);
                if (r < 0)
                        return r;
                levels[1] = '\0';
        }

        r = find_start(root, "/etc/init.d/boot.d", script, ret_place);
        for (const char *level = levels; *level && r == 0; level++)
                r = find_start_at_level(root, *level, script, ret_place);

        return r;
}

static int find_script(struct root *root, struct text script, char **ret_path)
{
        for (size_t i = 0; i < ARRAY_SIZE(script_directories); i++) {
                _cleanup_free_ char *path =
                        string_format("%s/%.*s", script_directories[i], TEXT_ARGS(script));
                int r;

                r = path ? root_exists(root, path) : -ENOMEM;
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                *ret_path = take_ptr(path);
                return 1;
        }

        return 0;
}

int service_read_script(struct context *context, const char *name, struct service *service)
{
        struct text script = text_from_string(name);
        int r;

        if (!text_ends(script, ".service"))
                return 0;
        script.len -= strlen(".service");

        r = find_script(context_root(context), script, &service->unit);
        if (r <= 0)
                return r;
        r = find_starter(context, script, &service->place);
        if (r < 0)
                return r;

        service->script = true;
        service->state = r > 0 ? SERVICE_ENABLED : SERVICE_DISABLED;
        return 0;
}
