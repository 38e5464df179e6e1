/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/watch-list.h"
#include "engine/waiver.h"
#include "report/instance.h"

#include <string.h>
#include <sys/stat.h>

/* In a directory, this name; or any, when that is NULL. */
struct spot {
        char *directory;
        char *name;
};

struct spots {
        struct spot *items;
        size_t n;
        bool failed;
};

static void add_spot(struct spots *spots, const char *directory, const char *name)
{
        struct spot spot = { strdup(directory), name ? strdup(name) : NULL };

        if (!spot.directory || (name && !spot.name) ||
            array_grow(&spots->items, spots->n, sizeof(*spots->items)) < 0) {
                free(spot.directory);
                free(spot.name);
                spots->failed = true;
                return;
        }
        spots->items[spots->n++] = spot;
}

static bool is_the_kernels(const char *path)
{
        static const char *const places[] = { "/proc", "/sys", "/dev" };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
                size_t len = strlen(places[i]);

                if (strncmp(path, places[i], len) == 0 && (path[len] == '/' || path[len] == '\0'))
                        return true;
        }

        return false;
}

/* The directory of a path without links, and its last name; the names lie in the path, which is cut. */
static char *cut(char *path)
{
        char *slash = strrchr(path, '/');

        if (!slash || slash[1] == '\0')
                return NULL;
        *slash = '\0';
        return slash + 1;
}

/* Where the path lies, links resolved but for the last name; or where the first part of it that is not there
 * would have to be. */
static void add_path(struct spots *spots, struct root *root, const char *path)
{
        _cleanup_free_ char *rest = strdup(path);
        const char *directory;
        bool exists;
        char *name;

        if (!rest) {
                spots->failed = true;
                return;
        }
        while ((name = cut(rest))) {
                int r = root_resolve(root, rest[0] ? rest : "/", &directory, &exists);
                struct root_stat stat;

                if (r == -ENOMEM)
                        spots->failed = true;
                if (r >= 0 && exists && root_stat(root, directory, &stat) >= 0 && S_ISDIR(stat.mode)) {
                        if (!is_the_kernels(directory))
                                add_spot(spots, directory, name);
                        return;
                }
                if (!rest[0])
                        return;
        }
}

static void add_listed(struct spots *spots, struct root *root, const char *path)
{
        const char *directory;
        bool exists;

        if (root_resolve(root, path, &directory, &exists) >= 0 && exists && !is_the_kernels(directory))
                add_spot(spots, directory, NULL);
}

/* Each link on the way, and what it leads to. */
static void add_entry(struct spots *spots, struct root *root, enum root_trace_kind kind, const char *path)
{
        const char *resolved;

        if (is_the_kernels(path))
                return;
        add_path(spots, root, path);
        if (kind == ROOT_TRACE_LIST)
                add_listed(spots, root, path);
        else if (kind != ROOT_TRACE_LSTAT && kind != ROOT_TRACE_LINK &&
                 root_resolve(root, path, &resolved, NULL) >= 0 && !string_equal(resolved, path) &&
                 !is_the_kernels(resolved))
                add_path(spots, root, resolved);
}

/* Looking at the trace adds to it: what was there before is copied first. */
static int copy_trace(struct root *root, struct root_trace **ret, size_t *ret_n)
{
        struct root_trace entry;
        size_t n = 0;

        *ret = NULL;
        while (root_trace(root, n, &entry)) {
                if (array_grow(ret, n, sizeof(**ret)) < 0)
                        return -ENOMEM;
                (*ret)[n++] = entry;
        }
        *ret_n = n;

        return 0;
}

/* Any name first, which makes the others needless. */
static int by_place(const void *a, const void *b)
{
        const struct spot *x = a, *y = b;
        int order = strcmp(x->directory, y->directory);

        if (order != 0 || !x->name || !y->name)
                return order != 0 ? order : (x->name != NULL) - (y->name != NULL);

        return strcmp(x->name, y->name);
}

static struct json_object *to_json(const struct spots *spots, struct json_builder *builder)
{
        struct json_object *object = json_new_object(builder), *array = json_new_array(builder);

        for (size_t i = 0; i < spots->n;) {
                const struct spot *first = &spots->items[i];
                struct json_object *watch = json_new_object(builder), *names = NULL;

                json_add_string(builder, watch, "directory", first->directory);
                if (first->name)
                        names = json_new_array(builder);
                for (; i < spots->n && string_equal(spots->items[i].directory, first->directory); i++)
                        if (names && (&spots->items[i] == first ||
                                      !string_equal(spots->items[i].name, spots->items[i - 1].name)))
                                json_append_string(builder, names, spots->items[i].name);
                if (names)
                        json_add(builder, watch, "names", names);
                json_append(builder, array, watch);
        }
        json_add(builder, object, "watches", array);

        return object;
}

static void spots_done(struct spots *spots)
{
        for (size_t i = 0; i < spots->n; i++) {
                free(spots->items[i].directory);
                free(spots->items[i].name);
        }
        free(spots->items);
}

struct json_object *watch_list_to_json(struct root *root, struct json_builder *builder)
{
        struct json_object *object;
        struct root_trace *trace;
        struct spots spots = { 0 };
        size_t n = 0;

        if (copy_trace(root, &trace, &n) < 0)
                spots.failed = true;
        for (size_t i = 0; i < n; i++)
                if (trace[i].kind != ROOT_TRACE_NOTE)
                        add_entry(&spots, root, trace[i].kind, trace[i].path);
        /* The agent's own files are no part of what is judged, and so not of the trace. */
        add_entry(&spots, root, ROOT_TRACE_LIST, WAIVER_DIRECTORY);
        add_entry(&spots, root, ROOT_TRACE_LSTAT, INSTANCE_CACHE);
        free(trace);

        if (spots.n > 0)
                qsort(spots.items, spots.n, sizeof(*spots.items), by_place);
        builder->failed = builder->failed || spots.failed;
        object = to_json(&spots, builder);
        spots_done(&spots);
        return object;
}
