/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mounts-internal.h"

#include <string.h>

static int compare(const void *left, const void *right)
{
        const struct mount_entry *a = *(const struct mount_entry *const *) left;
        const struct mount_entry *b = *(const struct mount_entry *const *) right;
        int r = strcmp(a->where, b->where);

        return r != 0 ? r : (a > b) - (a < b);
}

static bool is_at_boot(const struct mount_entry *entry)
{
        return entry->boot.need != MOUNT_ON_DEMAND || entry->boot.automount;
}

static int make_index(const struct mounts *mounts, bool on_demand, struct mount_index *index)
{
        size_t n = 0;

        index->items = calloc(mounts->n_entries + 1, sizeof(*index->items));
        if (!index->items)
                return -ENOMEM;

        for (size_t i = 0; i < mounts->n_entries; i++) {
                const struct mount_entry *entry = &mounts->entries[i];

                if (entry->where[0] == '/' && entry->boot.need != MOUNT_IGNORED &&
                    (on_demand || is_at_boot(entry)))
                        index->items[n++] = entry;
        }
        qsort(index->items, n, sizeof(*index->items), compare);

        for (size_t i = 0; i < n; i++)
                if (i + 1 == n || !string_equal(index->items[i]->where, index->items[i + 1]->where))
                        index->items[index->n++] = index->items[i];
        return 0;
}

int mounts_index(struct mounts *mounts)
{
        int r;

        r = make_index(mounts, false, &mounts->at_boot);
        return r < 0 ? r : make_index(mounts, true, &mounts->any);
}

/* The entry with exactly this mount point. */
static const struct mount_entry *look_up(const struct mount_index *index, struct text where)
{
        size_t low = 0, high = index->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strncmp(index->items[middle]->where, where.data, where.len) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        /* The shortest of those with this beginning comes first. */
        if (low < index->n && text_equal(where, index->items[low]->where))
                return index->items[low];

        return NULL;
}

/* The path itself, then what is above it, the root last. */
static const struct mount_entry *find_deepest(const struct mount_index *index, struct text where)
{
        while (where.len > 1) {
                const struct mount_entry *found = look_up(index, where);

                if (found)
                        return found;
                while (where.len > 1 && where.data[--where.len] != '/')
                        ;
        }

        return look_up(index, TEXT("/"));
}

const struct mount_entry *mounts_find(const struct mounts *mounts, const char *path)
{
        return find_deepest(&mounts->at_boot, text_from_string(path));
}

const struct mount_entry *mounts_find_parent(const struct mounts *mounts, const struct mount_entry *entry)
{
        const char *slash = strrchr(entry->where, '/');
        const struct mount_entry *parent;

        if (!slash || slash == entry->where)
                return NULL;
        parent = find_deepest(&mounts->any, (struct text){ entry->where, (size_t) (slash - entry->where) });

        return parent && !string_equal(parent->where, "/") ? parent : NULL;
}

struct search {
        const struct mounts *mounts;
        const struct mount_entry *entry;
        mount_predicate predicate;
        void *userdata;
        const struct mount_entry *found;
};

static int try_path(struct search *search, struct text path)
{
        const struct mount_entry *holder;
        char *normal;

        if (search->found || !text_starts(path, "/") || text_starts(path, "/dev/"))
                return 0;

        normal = mount_normalize(path);
        if (!normal)
                return -ENOMEM;
        holder = find_deepest(&search->mounts->any, text_from_string(normal));
        free(normal);
        if (holder && holder != search->entry && search->predicate(holder, search->userdata))
                search->found = holder;
        return 0;
}

int mounts_find_source(const struct mounts *mounts, const struct mount_entry *entry,
                       mount_predicate predicate, void *userdata, const struct mount_entry **ret)
{
        static const char *const directories[] = { "lowerdir", "upperdir", "workdir" };
        struct search search = { mounts, entry, predicate, userdata, NULL };
        struct text value, path;
        int r;

        r = try_path(&search, entry->line->spec);
        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(directories); i++) {
                if (!text_equal(entry->line->vfstype, "overlay") ||
                    !fstab_option(entry->line, directories[i], &value))
                        continue;
                while (r >= 0 && text_next_word(&value, ":", &path))
                        r = try_path(&search, path);
        }

        *ret = search.found;
        return r;
}
