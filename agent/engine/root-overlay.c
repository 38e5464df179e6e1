/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root-internal.h"
#include "engine/root-write.h"

#include <string.h>

/* A root that answers as if a plan were in place already. Nodes are few, and stand at paths without links;
 * for each question the real tree says where a path leads, and the node there, or above it, answers. */

#define LINKS_MAX 40

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

static void forget(struct root *root, const char *path)
{
        for (size_t i = 0; i < root->n_entries; i++)
                if (root->entries[i]->kind != ROOT_TRACE_NOTE && depends(root->entries[i], path)) {
                        entry_reset(root, root->entries[i]);
                        root->entries[i]->stale = true;
                }
}

int root_plan_set(struct root *root, const char *path, const struct node *node)
{
        struct overlay *overlay;

        for (size_t i = 0; i < root->n_overlays; i++)
                if (string_equal(root->overlays[i].path, path)) {
                        root->overlays[i].node = node;
                        forget(root, path);
                        return 0;
                }

        if (array_grow(&root->overlays, root->n_overlays, sizeof(*root->overlays)) < 0)
                return -ENOMEM;
        overlay = &root->overlays[root->n_overlays];
        *overlay = (struct overlay){ .path = strdup(path), .node = node };
        if (!overlay->path)
                return -ENOMEM;

        root->n_overlays++;
        forget(root, path);
        return 0;
}

void root_plan_clear(struct root *root)
{
        for (size_t i = 0; i < root->n_overlays; i++) {
                forget(root, root->overlays[i].path);
                free(root->overlays[i].path);
        }
        root->n_overlays = 0;
}

/* The node at a path, or one above it that is no directory, so that the path leads elsewhere or nowhere. */
static const struct overlay *covering(const struct root *root, const char *path)
{
        for (size_t i = 0; i < root->n_overlays; i++) {
                const struct overlay *overlay = &root->overlays[i];

                if (string_equal(overlay->path, path) ||
                    (overlay->node->type != NODE_DIRECTORY && path_within(path, overlay->path)))
                        return overlay;
        }

        return NULL;
}

/* What a question came to. */
struct seen {
        const struct node *node; /* NULL: the file of the real tree, in place */
        struct place place;
        char *where;
};

static void seen_done(struct seen *seen)
{
        place_done(&seen->place);
        free(seen->where);
}

static int look(struct root *root, const char *path, unsigned flags, unsigned depth, struct seen *seen);

/* Follows a link that is planned: what it leads to, and the rest of the path. */
static int follow(struct root *root, const struct overlay *overlay, const char *rest, unsigned flags,
                  unsigned depth, struct seen *seen)
{
        const char *target = overlay->node->target, *slash = strrchr(overlay->path, '/');
        _cleanup_free_ char *joined = NULL, *normal = NULL;
        int r;

        joined = target[0] == '/' ? string_format("%s%s", target, rest)
                                  : string_format("%.*s/%s%s", (int) (slash - overlay->path), overlay->path,
                                                  target, rest);
        if (!joined)
                return -ENOMEM;
        r = root_normalize(joined, &normal);
        if (r < 0)
                return r;

        return look(root, normal, flags, depth + 1, seen);
}

/* path is where the real tree leads to; a node is at it or above it. */
static int answer_by_node(struct root *root, const struct overlay *overlay, const char *path, unsigned flags,
                          unsigned depth, struct seen *seen)
{
        const char *rest = path + strlen(overlay->path);
        bool exact = rest[0] == '\0';

        if (overlay->node->type == NODE_SYMLINK && !(exact && (flags & PLACE_NOFOLLOW)))
                return follow(root, overlay, rest, flags, depth, seen);

        free(seen->where);
        seen->where = strdup(path);
        if (!seen->where)
                return -ENOMEM;
        if (overlay->node->type == NODE_MISSING)
                return -ENOENT;
        if (!exact)
                return -ENOTDIR;

        seen->node = overlay->node;
        return 0;
}

/* The last component is looked for in the directory that the rest leads to, so that a planned name there
 * counts before the real one is followed, should that be a link. */
static int look_in_directory(struct root *root, const char *path, unsigned flags, unsigned depth,
                             struct seen *seen, bool *ret_done)
{
        _cleanup_place_ struct place place = PLACE_INIT;
        _cleanup_free_ char *directory = NULL, *name = NULL, *joined = NULL;
        const struct overlay *overlay;
        int r;

        *ret_done = false;
        r = path_split(path, &directory, &name);
        if (r == -EINVAL || (r >= 0 && string_equal(name, "..")))
                return 0;
        if (r < 0)
                return r;

        r = root_find(root, directory, PLACE_RESOLVED, &place);
        if (r < 0 && (r != -ENOENT || !place.resolved))
                return 0;

        joined = string_format("%s/%s", string_equal(place.resolved, "/") ? "" : place.resolved, name);
        if (!joined)
                return -ENOMEM;
        overlay = covering(root, joined);
        if (!overlay)
                return 0;

        *ret_done = true;
        return answer_by_node(root, overlay, joined, flags, depth, seen);
}

static int look(struct root *root, const char *path, unsigned flags, unsigned depth, struct seen *seen)
{
        const struct overlay *overlay;
        bool done = false;
        int r = 0;

        if (depth > LINKS_MAX)
                return -ELOOP;
        if (root->n_overlays > 0)
                r = look_in_directory(root, path, flags, depth, seen, &done);
        if (r < 0 || done)
                return r;

        place_done(&seen->place);
        seen->place = (struct place) PLACE_INIT;
        r = root_find(root, path, flags | PLACE_RESOLVED, &seen->place);
        if (!seen->place.resolved)
                return r;

        overlay = covering(root, seen->place.resolved);
        if (overlay) {
                _cleanup_free_ char *resolved = take_ptr(seen->place.resolved);

                return answer_by_node(root, overlay, resolved, flags, depth, seen);
        }

        free(seen->where);
        seen->where = strdup(seen->place.resolved);
        return seen->where ? r : -ENOMEM;
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

        r = look(root, entry->path, question->find_flags, 0, &seen);
        /* Kept for the missing as well: they are asked anew when something is planned there. */
        entry->where = seen.where ? strdup(seen.where) : NULL;
        if (seen.where && !entry->where)
                return -ENOMEM;
        if (r < 0 && seen.where && !seen.place.resolved) {
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
