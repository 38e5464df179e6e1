/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root-overlay-internal.h"
#include "engine/root-write.h"

#include <string.h>

/* A root that answers as if a plan were in place already. Nodes are few, and stand at paths without links. */

void root_plan_begin(struct root *root)
{
        root->planning = true;
}

/* An answer depends on a node when it was found there, below it, or lists the directory that holds it. */
static bool depends(const struct entry *entry, const char *path)
{
        const char *slash = strrchr(path, '/');
        size_t parent = slash == path ? 1 : (size_t) (slash - path);

        if (!entry->where || path_within(entry->where, path))
                return true;

        return entry->kind == ROOT_TRACE_LIST && strlen(entry->where) == parent &&
               strncmp(entry->where, path, parent) == 0;
}

static void forget(struct root *root, const char *path, bool all)
{
        for (size_t i = 0; i < root->n_entries; i++)
                if (root->entries[i]->kind != ROOT_TRACE_NOTE && (all || depends(root->entries[i], path))) {
                        entry_reset(root, root->entries[i]);
                        root->entries[i]->stale = true;
                }
}

/* A file that stays one, and a file or directory where nothing was, change the answers that depend on them.
 * What is taken away, or becomes a link, may have been one itself, on the way to anywhere. */
static bool leads_elsewhere(const struct overlay *old, enum node_type type)
{
        if (type == NODE_FILE)
                return old && old->type != NODE_FILE && old->type != NODE_MISSING;

        return type != NODE_DIRECTORY || old;
}

static struct overlay *find_overlay(const struct root *root, const char *path)
{
        for (size_t i = 0; i < root->n_overlays; i++)
                if (string_equal(root->overlays[i].path, path))
                        return &root->overlays[i];

        return NULL;
}

int root_plan_set(struct root *root, const char *path, const struct node *node)
{
        struct overlay *overlay = find_overlay(root, path);
        bool all = leads_elsewhere(overlay, node->type);

        if (!overlay) {
                if (array_grow(&root->overlays, root->n_overlays, sizeof(*root->overlays)) < 0)
                        return -ENOMEM;
                overlay = &root->overlays[root->n_overlays];
                overlay->path = strdup(path);
                if (!overlay->path)
                        return -ENOMEM;
                root->n_overlays++;
        }

        overlay->node = node;
        overlay->type = node->type;
        forget(root, path, all);
        return 0;
}

void root_plan_clear(struct root *root)
{
        for (size_t i = 0; i < root->n_overlays; i++) {
                forget(root, root->overlays[i].path, true);
                free(root->overlays[i].path);
        }
        root->n_overlays = 0;
}

const struct node *root_planned_at(const struct root *root, const char *path)
{
        const struct overlay *overlay = find_overlay(root, path);

        return overlay ? overlay->node : NULL;
}

static struct root_stat stat_of(const struct node *node)
{
        static const mode_t types[NODE_TYPE_COUNT] = {
                [NODE_FILE] = S_IFREG, [NODE_DIRECTORY] = S_IFDIR, [NODE_SYMLINK] = S_IFLNK
        };

        return (struct root_stat){ .mode = node->mode | types[node->type],
                                   .uid = node->uid,
                                   .gid = node->gid,
                                   .size = (off_t) node->content.len,
                                   .n_links = 1,
                                   .device = node->device,
                                   .inode = node->inode,
                                   .mtime = node->mtime };
}

static int read_node(struct root *root, struct entry *entry, const struct node *node)
{
        char *data;

        if (node->type != NODE_FILE)
                return node->type == NODE_DIRECTORY ? -EISDIR : -EBADFD;
        if (node->content.len > entry->cap || node->content.len > ROOT_CACHE_CAP - root->cached)
                return -EFBIG;

        data = malloc(node->content.len + 1);
        if (!data)
                return -ENOMEM;
        memcpy(data, node->content.data ? node->content.data : "", node->content.len);
        data[node->content.len] = '\0';
        root->cached += node->content.len;
        entry->file = (struct root_file){ .path = entry->path,
                                          .content = { data, node->content.len },
                                          .stat = stat_of(node) };
        return 0;
}

static int copy_string(struct entry *entry, const char *string)
{
        entry->string = strdup(string);
        return entry->string ? 0 : -ENOMEM;
}

static int answer_from_node(struct root *root, struct entry *entry, const struct seen *seen)
{
        switch (entry->kind) {
        case ROOT_TRACE_READ:
                return read_node(root, entry, seen->node);
        case ROOT_TRACE_STAT:
        case ROOT_TRACE_LSTAT:
                entry->stat = stat_of(seen->node);
                return 0;
        case ROOT_TRACE_EXISTS:
                entry->exists = true;
                return 0;
        case ROOT_TRACE_LINK:
                return seen->node->type == NODE_SYMLINK ? copy_string(entry, seen->node->target) : -EINVAL;
        case ROOT_TRACE_RESOLVE:
                entry->exists = true;
                return copy_string(entry, seen->where);
        case ROOT_TRACE_LIST:
                return seen->node->type == NODE_DIRECTORY ? 0 : -ENOTDIR;
        case ROOT_TRACE_FLAGS:
                entry->flags = seen->node->flags | seen->node->guards;
                return 0;
        default:
                return -EINVAL;
        }
}

static void remove_name(struct entry *entry, const char *name)
{
        for (size_t i = 0; i < entry->n_names; i++)
                if (string_equal(entry->names[i], name)) {
                        free(entry->names[i]);
                        memmove(entry->names + i, entry->names + i + 1,
                                (--entry->n_names - i) * sizeof(*entry->names));
                        return;
                }
}

static int add_name(struct entry *entry, const char *name)
{
        size_t at = 0;
        char *copy;

        remove_name(entry, name);
        copy = strdup(name);
        if (!copy || array_grow(&entry->names, entry->n_names, sizeof(*entry->names)) < 0) {
                free(copy);
                return -ENOMEM;
        }

        while (at < entry->n_names && strcmp(entry->names[at], name) < 0)
                at++;
        memmove(entry->names + at + 1, entry->names + at, (entry->n_names - at) * sizeof(*entry->names));
        entry->names[at] = copy;
        entry->n_names++;
        return 0;
}

/* Names that the plan adds to, or takes out of, the directory that was listed. */
static int merge_names(const struct root *root, struct entry *entry, const char *where)
{
        size_t len = string_equal(where, "/") ? 0 : strlen(where);

        for (size_t i = 0; i < root->n_overlays; i++) {
                const struct overlay *overlay = &root->overlays[i];
                const char *name = overlay->path + len + 1;

                if (strncmp(overlay->path, where, len) != 0 || overlay->path[len] != '/' || strchr(name, '/'))
                        continue;
                if (overlay->node->type == NODE_MISSING)
                        remove_name(entry, name);
                else if (add_name(entry, name) < 0)
                        return -ENOMEM;
        }

        return 0;
}

int entry_answer_planned(struct root *root, struct entry *entry, const struct question *question)
{
        _cleanup_(seen_done) struct seen seen = { .place = PLACE_INIT };
        int r;

        r = root_look(root, entry->path, question->find_flags, &seen);
        /* Kept for the missing as well: they are asked anew when something is planned there. */
        entry->where = seen.where && !seen.place.roundabout ? strdup(seen.where) : NULL;
        if (seen.where && !seen.place.roundabout && !entry->where)
                return -ENOMEM;
        if (seen.where && (r < 0 || !seen.node)) {
                free(seen.place.resolved);
                seen.place.resolved = strdup(seen.where);
                if (!seen.place.resolved)
                        return -ENOMEM;
        }

        if (r < 0)
                return question->missing && (r == -ENOENT || r == -ENOTDIR)
                               ? question->missing(entry, &seen.place, r)
                               : r;
        r = seen.node ? answer_from_node(root, entry, &seen) : question->answer(root, entry, &seen.place);
        if (r >= 0 && entry->kind == ROOT_TRACE_LIST)
                r = merge_names(root, entry, seen.where);
        return r;
}
