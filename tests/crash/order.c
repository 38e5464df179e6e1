/* SPDX-License-Identifier: Apache-2.0 */
#include "crash/crash.h"

#include <string.h>
#include <sys/stat.h>

/* Where the agent keeps its records; everything else below the tree is the system. */
#define STATE "/var/lib/ecs-guest-agent"

/* Something that the disk need not have yet. */
struct dirty {
        dev_t device;
        ino_t inode;
        bool record; /* the agent's own */
        bool data;   /* the bytes, for which fdatasync() is enough */
        char *what;  /* for people */
};

struct order {
        struct run *run;
        const char *tree;
        struct dirty items[256];
        size_t n;
        size_t number; /* of the point */
};

static bool inside(const struct order *order, const char *path)
{
        return path && strncmp(path, order->tree, strlen(order->tree)) == 0;
}

static bool is_record(const struct order *order, const char *path)
{
        const char *rest = path + strlen(order->tree);

        return text_starts(text_from_string(rest), STATE);
}

/* The lock says nothing: it may be lost. */
static bool is_lock(const char *path)
{
        return text_ends(text_from_string(path), "/lock") || text_ends(text_from_string(path), ".lock");
}

static const char *short_name(const struct order *order, const char *path)
{
        return inside(order, path) ? path + strlen(order->tree) : path;
}

static void soil(struct order *order, dev_t device, ino_t inode, bool data, const char *call,
                 const char *path)
{
        struct dirty *item;

        if (inode == 0 || !inside(order, path) || is_lock(path))
                return;
        for (size_t i = 0; i < order->n; i++) {
                item = &order->items[i];
                if (item->device == device && item->inode == inode) {
                        item->data = item->data && data;
                        return;
                }
        }
        if (order->n == ARRAY_SIZE(order->items)) {
                complain(order->run, "more unsynced files than the test can follow");
                return;
        }
        item = &order->items[order->n++];
        *item = (struct dirty){ device, inode, is_record(order, path), data };
        item->what = string_format("%s of '%s' (point %zu)", call, short_name(order, path), order->number);
}

static void clean(struct order *order, dev_t device, ino_t inode, bool only_data)
{
        for (size_t i = 0; i < order->n; i++) {
                struct dirty *item = &order->items[i];

                if (item->device != device || item->inode != inode || (only_data && !item->data))
                        continue;
                free(item->what);
                *item = order->items[--order->n];
                return;
        }
}

/* Nothing of this kind may be unsynced now. */
static void barrier(struct order *order, bool record, const char *now, const char *path)
{
        for (size_t i = 0; i < order->n; i++)
                if (order->items[i].record == record)
                        complain(order->run, "point %zu: %s of '%s' before %s is synced", order->number, now,
                                 path ? short_name(order, path) : "", order->items[i].what);
}

static void on_data(struct order *order, const struct trace_point *point)
{
        soil(order, point->object.device, point->object.inode, true, point->name, point->object.path);
}

static void on_meta(struct order *order, const struct trace_point *point)
{
        /* A link cannot be synced: it goes to disk with its directory. */
        if (!S_ISLNK(point->object.mode))
                soil(order, point->object.device, point->object.inode, false, point->name,
                     point->object.path);
}

static void soil_directory(struct order *order, const struct trace_point *point,
                           const struct trace_object *object)
{
        soil(order, point->object.device ? point->object.device : point->other.device, object->directory,
             false, point->name, object->path);
}

static void on_open(struct order *order, const struct trace_point *point)
{
        if (!point->object.was_there)
                soil_directory(order, point, &point->object);
}

static void on_entry(struct order *order, const struct trace_point *point)
{
        soil_directory(order, point, &point->object);
}

static void on_unlink(struct order *order, const struct trace_point *point)
{
        clean(order, point->object.device, point->object.inode, false);
        soil_directory(order, point, &point->object);
}

static void on_rename(struct order *order, const struct trace_point *point)
{
        for (size_t i = 0; i < order->n; i++)
                if (order->items[i].device == point->object.device &&
                    order->items[i].inode == point->object.inode)
                        complain(order->run, "point %zu: '%s' gets its name before %s is synced",
                                 order->number, short_name(order, point->other.path), order->items[i].what);
        soil_directory(order, point, &point->object);
        soil_directory(order, point, &point->other);
}

static void on_fsync(struct order *order, const struct trace_point *point)
{
        clean(order, point->object.device, point->object.inode, false);
}

static void on_fdatasync(struct order *order, const struct trace_point *point)
{
        clean(order, point->object.device, point->object.inode, true);
}

static const struct {
        const char *name;
        void (*run)(struct order *order, const struct trace_point *point);
        bool changes; /* what the system is: then the record has to be on disk */
} rules[] = {
        { "write", on_data, true },
        { "pwrite64", on_data, true },
        { "writev", on_data, true },
        { "pwritev", on_data, true },
        { "sendfile", on_data, true },
        { "ftruncate", on_meta, true },
        { "fallocate", on_meta, true },
        { "fchmod", on_meta, true },
        { "fchown", on_meta, true },
        { "fsetxattr", on_meta, true },
        { "setxattr", on_meta, true },
        { "lsetxattr", on_meta, true },
        { "fremovexattr", on_meta, true },
        { "utimensat", on_meta, true },
        { "fchmodat", on_meta, true },
        { "fchownat", on_meta, true },
        { "chmod", on_meta, true },
        { "chown", on_meta, true },
        { "lchown", on_meta, true },
        { "openat", on_open, true },
        { "open", on_open, true },
        { "openat2", on_open, true },
        { "creat", on_open, true },
        { "mkdirat", on_entry, true },
        { "mkdir", on_entry, true },
        { "symlinkat", on_entry, true },
        { "symlink", on_entry, true },
        { "unlinkat", on_unlink, true },
        { "unlink", on_unlink, true },
        { "rmdir", on_unlink, true },
        { "renameat", on_rename, true },
        { "renameat2", on_rename, true },
        { "rename", on_rename, true },
        { "fsync", on_fsync, false },
        { "fdatasync", on_fdatasync, false },
};

static void follow(struct order *order, const struct trace_point *point)
{
        const char *path = point->object.path;

        if (point->result < 0 || point->output || !inside(order, path))
                return;
        for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
                if (!string_equal(point->name, rules[i].name))
                        continue;
                if (rules[i].changes && !is_lock(path) && !is_record(order, path))
                        barrier(order, true, point->name, path);
                else if (rules[i].run == on_rename && is_record(order, path))
                        barrier(order, false, point->name, point->other.path);
                rules[i].run(order, point);
                return;
        }
}

void check_order(struct run *run, const struct trace_record *record, const char *tree)
{
        struct order order = { .run = run, .tree = tree };

        for (size_t i = 0; i < record->n; i++) {
                order.number = i + 1;
                follow(&order, &record->points[i]);
        }
        barrier(&order, false, "end", NULL);
        barrier(&order, true, "end", NULL);
        for (size_t i = 0; i < order.n; i++)
                free(order.items[i].what);
}
