/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root-overlay-internal.h"

#include <limits.h>
#include <string.h>

#define LINKS_MAX 40

void seen_done(struct seen *seen)
{
        place_done(&seen->place);
        free(seen->where);
}

/* A walk over both trees, by path_resolution(7). At each step `where` has no links, so that ".." is its text.
 */
struct route {
        struct root *root;
        unsigned flags;
        char *todo;
        const char *rest;
        unsigned n_links;
        struct seen *seen;
};

static void route_done(struct route *route)
{
        free(route->todo);
}

static int set_where(struct seen *seen, char *where)
{
        if (!where)
                return -ENOMEM;

        free(seen->where);
        seen->where = where;
        return 0;
}

static int go_up(struct seen *seen)
{
        char *slash = strrchr(seen->where, '/');

        slash[slash == seen->where] = '\0';
        return 0;
}

static int put_before(struct route *route, const char *target)
{
        char *todo;

        if (route->n_links++ >= LINKS_MAX)
                return -ELOOP;
        if (target[0] == '\0')
                return -ENOENT;
        todo = string_format("%s%s", target, route->rest);
        if (!todo)
                return -ENOMEM;

        free(route->todo);
        route->todo = todo;
        route->rest = todo;
        /* Relative to the directory that holds the link. */
        return target[0] == '/' ? set_where(route->seen, strdup("/")) : go_up(route->seen);
}

/* The text of a real link that was found. */
static int put_real_link_before(struct route *route)
{
        char target[PATH_MAX];
        ssize_t n;

        if (!root_is_live(route->root) && root_is_kernels(route->seen->where))
                return -ENOMEDIUM;
        n = readlinkat(route->seen->place.fd, "", target, sizeof(target));
        if (n < 0)
                return -errno;
        if ((size_t) n == sizeof(target))
                return -ENAMETOOLONG;

        target[n] = '\0';
        return put_before(route, target);
}

static int missing(struct route *route)
{
        _cleanup_free_ char *path = string_format("%s%s", route->seen->where, route->rest);
        char *where;
        int r;

        route->seen->place.roundabout = root_has_dot_dot(route->rest);
        r = path ? root_normalize_text(path, &where) : -ENOMEM;
        return r < 0 ? r : set_where(route->seen, where) < 0 ? -ENOMEM : -ENOENT;
}

/* The kernel's trees have links that are no text, and nothing is planned in them. */
static int enter_kernels(struct route *route)
{
        _cleanup_free_ char *path = string_format("%s%s", route->seen->where, route->rest);
        int r;

        if (!path)
                return -ENOMEM;
        route->rest = "";
        r = root_find(route->root, path, route->flags | PLACE_RESOLVED, &route->seen->place);
        if (route->seen->place.resolved && set_where(route->seen, strdup(route->seen->place.resolved)) < 0)
                return -ENOMEM;

        return r;
}

/* The name at the end of `where` is a link, a directory, or the end of the way. */
static int step_on(struct route *route, bool is_link, bool is_directory)
{
        bool last = route->rest[strspn(route->rest, "/")] == '\0', slash = route->rest[0] == '/';

        if (is_link && !(last && !slash && (route->flags & PLACE_NOFOLLOW)))
                return route->seen->node ? put_before(route, route->seen->node->target)
                                         : put_real_link_before(route);

        return slash && !is_directory ? -ENOTDIR : 0;
}

static int step(struct route *route, struct text name)
{
        struct seen *seen = route->seen;
        bool top = string_equal(seen->where, "/");
        int r;

        place_done(&seen->place);
        seen->place = (struct place) PLACE_INIT;
        seen->node = NULL;
        if (text_equal(name, ".."))
                return top ? 0 : go_up(seen);

        r = set_where(seen, string_format("%s/%.*s", top ? "" : seen->where, TEXT_ARGS(name)));
        if (r < 0)
                return r;
        if (root_is_kernels(seen->where) && root_is_live(route->root))
                return enter_kernels(route);

        seen->node = root_planned_at(route->root, seen->where);
        if (seen->node)
                return seen->node->type == NODE_MISSING ? missing(route)
                                                        : step_on(route, seen->node->type == NODE_SYMLINK,
                                                                  seen->node->type == NODE_DIRECTORY);

        r = root_find(route->root, seen->where, PLACE_NOFOLLOW | PLACE_RESOLVED, &seen->place);
        if (r == -ENOENT)
                return missing(route);

        return r < 0 ? r
                     : step_on(route, S_ISLNK(seen->place.stat.st_mode), S_ISDIR(seen->place.stat.st_mode));
}

static bool next_component(struct route *route, struct text *ret)
{
        do {
                route->rest += strspn(route->rest, "/");
                *ret = (struct text){ route->rest, strcspn(route->rest, "/") };
                route->rest += ret->len;
        } while (text_equal(*ret, "."));

        return ret->len > 0;
}

static int walk(struct root *root, const char *path, unsigned flags, struct seen *seen)
{
        _cleanup_(route_done) struct route route = { .root = root, .flags = flags, .seen = seen };
        struct text component;
        int r;

        route.todo = strdup(path);
        route.rest = route.todo;
        if (!route.todo || set_where(seen, strdup("/")) < 0)
                return -ENOMEM;
        while (next_component(&route, &component)) {
                r = step(&route, component);
                if (r < 0)
                        return r;
        }
        /* Up or at the top: what is there has not been looked at. */
        if (!seen->node && seen->place.fd < 0) {
                seen->node = root_planned_at(root, seen->where);
                if (!seen->node)
                        return root_find(root, seen->where, PLACE_NOFOLLOW | PLACE_RESOLVED, &seen->place);
        }

        return 0;
}

int root_look(struct root *root, const char *path, unsigned flags, struct seen *seen)
{
        int r;

        if (root->n_overlays > 0)
                return walk(root, path, flags, seen);

        r = root_find(root, path, flags | PLACE_RESOLVED, &seen->place);
        if (seen->place.resolved && set_where(seen, strdup(seen->place.resolved)) < 0)
                return -ENOMEM;

        return r;
}
