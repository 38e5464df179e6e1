/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan-internal.h"
#include "engine/probe.h"
#include "engine/root-internal.h"
#include "engine/root-write.h"

#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* What fixers call. Nothing here writes: each call adds a change with a before and an after. */

struct context *plan_context(struct plan *plan)
{
        return plan->now;
}

const struct fix_options *plan_options(const struct plan *plan)
{
        return plan->options;
}

const struct finding *plan_next_finding(const struct plan *plan, const struct finding *previous)
{
        const struct findings *findings = context_findings(plan->now);
        bool seen = !previous;

        for (size_t i = 0; i < findings->n; i++) {
                const struct finding *finding = findings->items[i];

                if (seen && finding->outcome == OUTCOME_FAIL && !finding_is_waived(finding) &&
                    string_in_list(finding->probe->id, plan->fixer->fixes))
                        return finding;
                seen = seen || finding == previous;
        }

        return NULL;
}

struct change *plan_find(const struct plan *plan, const char *path)
{
        for (size_t i = plan->n_changes; i > 0; i--)
                if (plan->changes[i - 1]->path && string_equal(plan->changes[i - 1]->path, path))
                        return plan->changes[i - 1];

        return NULL;
}

struct diag *plan_diag(struct plan *plan)
{
        return root_diag(plan->root);
}

static int refuse_path(struct plan *plan, const char *path, const char *reason)
{
        return diag_set(plan_diag(plan), -EPERM, path, 0, "'%s' %s", path, reason);
}

/* What keeps the engine from touching a name in this directory, or NULL. */
static const char *guard(int directory, const char *name, const struct node *node)
{
        struct statvfs fs;
        int flags;

        if (node->type == NODE_OTHER)
                return "is a device, FIFO or socket";
        if (node->guards & FS_IMMUTABLE_FL)
                return "is immutable (chattr +i), which somebody wanted so";
        if (node->guards & FS_APPEND_FL)
                return "can only be appended to (chattr +a), which somebody wanted so";
        if (node->type == NODE_FILE && node->n_links > 1)
                return "has more than one hard link, and a new file would take only one of them over";
        if (name_is_mount_point(directory, name) > 0)
                return "is a mount point: another file is mounted over it";
        /* Nothing that was made in an append-only one could be taken away again. */
        if (ioctl(directory, FS_IOC_GETFLAGS, &flags) == 0 && (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)))
                return "lies in a directory that is immutable or append-only (chattr +i, +a), which somebody "
                       "wanted so";
        if (fstatvfs(directory, &fs) == 0 && (fs.f_flag & ST_RDONLY))
                return "lies on a file system that is mounted read-only";

        return NULL;
}

/* The place as it is on the real tree, when nothing is planned there yet. */
static int read_place(struct plan *plan, const char *path, struct node *ret)
{
        _cleanup_free_ char *directory = NULL, *name = NULL;
        _cleanup_node_ struct node node = { 0 };
        _cleanup_close_ int fd = -EBADF;
        const char *reason;
        int r;

        if (root_is_kernels(path) || path_within(path, "/dev"))
                return refuse_path(plan, path, "is the kernel's");
        r = path_split(path, &directory, &name);
        if (r == -EINVAL)
                return refuse_path(plan, path, "is the root itself");
        if (r < 0)
                return r;

        fd = root_open_directory(plan->root, directory);
        if (fd == -ENOENT) {
                *ret = (struct node){ .type = NODE_MISSING };
                return 0;
        }
        r = fd < 0 ? fd : node_read(fd, name, &node);
        if (r < 0)
                return diag_set(plan_diag(plan), r, path, 0, "'%s': %s", path, strerror(-r));

        reason = guard(fd, name, &node);
        if (reason)
                return refuse_path(plan, path, reason);

        *ret = node;
        node = (struct node){ 0 };
        return 0;
}

struct change *change_free(struct change *change)
{
        if (!change)
                return NULL;

        for (size_t i = 0; change->argv && change->argv[i]; i++)
                free(change->argv[i]);
        for (size_t i = 0; change->undo_argv && change->undo_argv[i]; i++)
                free(change->undo_argv[i]);
        free(change->argv);
        free(change->undo_argv);
        free(change->path);
        free(change->temporary);
        node_done(&change->before);
        node_done(&change->after);
        free(change);
        return NULL;
}

int plan_add(struct plan *plan, struct change **change)
{
        if (array_grow(&plan->changes, plan->n_changes, sizeof(*plan->changes)) < 0)
                return -ENOMEM;

        (*change)->fixer = plan->fixer;
        plan->changes[plan->n_changes++] = take_ptr(*change);
        return 0;
}

/* A change of a path that starts from what is planned there, or else from what stands there. `after` is a
 * copy of that. */
static int begin(struct plan *plan, const char *path, struct change **ret)
{
        _cleanup_change_ struct change *change = calloc(1, sizeof(*change));
        const struct change *planned = plan_find(plan, path);
        int r;

        if (!change)
                return -ENOMEM;
        change->path = strdup(path);
        if (!change->path)
                return -ENOMEM;

        r = planned ? node_copy(&planned->before, &change->before) : read_place(plan, path, &change->before);
        if (r < 0)
                return r;
        r = node_copy(planned ? &planned->after : &change->before, &change->after);
        if (r < 0)
                return r;

        *ret = take_ptr(change);
        return 0;
}

static void make_new(struct node *node, enum node_type type, mode_t mode)
{
        node_done(node);
        *node = (struct node){ .type = type, .mode = mode, .uid = geteuid(), .gid = getegid(), .n_links = 1 };
}

/* Where a path leads in the planned tree. A link to nowhere leads nowhere. */
static int resolve(struct plan *plan, const char *path, const char **ret)
{
        struct root_stat st;
        bool exists;
        int r;

        r = root_resolve(plan->root, path, ret, &exists);
        if (r < 0)
                return r;
        if (!exists && root_lstat(plan->root, path, &st) >= 0 && S_ISLNK(st.mode))
                return refuse_path(plan, path, "is a link to a file that is not there");

        return 0;
}

static int plan_parent(struct plan *plan, const char *path)
{
        _cleanup_free_ char *directory = NULL, *name = NULL;
        int r;

        r = path_split(path, &directory, &name);
        return r < 0 ? r : plan_directory(plan, directory, 0755);
}

int plan_write(struct plan *plan, const char *path, struct text content, mode_t mode_if_new)
{
        _cleanup_change_ struct change *change = NULL;
        const char *place;
        char *data;
        int r;

        r = resolve(plan, path, &place);
        if (r >= 0)
                r = begin(plan, place, &change);
        if (r < 0)
                return r;
        if (change->after.type == NODE_FILE && text_same(change->after.content, content))
                return 0;
        if (change->after.type != NODE_FILE && change->after.type != NODE_MISSING)
                return refuse_path(plan, path, "is not a regular file");

        if (change->after.type == NODE_MISSING) {
                r = plan_parent(plan, place);
                if (r < 0)
                        return r;
                make_new(&change->after, NODE_FILE, mode_if_new);
        }
        data = malloc(content.len + 1);
        if (!data)
                return -ENOMEM;
        if (content.len > 0)
                memcpy(data, content.data, content.len);
        data[content.len] = '\0';
        node_set_content(&change->after, data, content.len);
        change->after.keeps_mtime = false;
        change->after.mtime = (struct timespec){ .tv_sec = plan->options->time };
        change->kind = CHANGE_WRITE;
        return plan_add(plan, &change);
}

int plan_directory(struct plan *plan, const char *path, mode_t mode)
{
        _cleanup_change_ struct change *change = NULL;
        const char *place;
        int r;

        if (string_equal(path, "/"))
                return 0;
        r = resolve(plan, path, &place);
        if (r >= 0)
                r = begin(plan, place, &change);
        if (r < 0)
                return r;
        if (change->after.type == NODE_DIRECTORY)
                return 0;
        if (change->after.type != NODE_MISSING)
                return refuse_path(plan, path, "is not a directory");
        if (change->before.type != NODE_MISSING)
                return refuse_path(plan, path, "is something else now");

        r = plan_parent(plan, place);
        if (r < 0)
                return r;
        make_new(&change->after, NODE_DIRECTORY, mode);
        change->kind = CHANGE_DIRECTORY;
        return plan_add(plan, &change);
}

/* A path whose last component is not followed. */
static int begin_name(struct plan *plan, const char *path, struct change **ret)
{
        _cleanup_free_ char *directory = NULL, *name = NULL, *joined = NULL;
        const char *place;
        int r;

        r = path_split(path, &directory, &name);
        if (r >= 0)
                r = resolve(plan, directory, &place);
        if (r < 0)
                return r;
        joined = string_format("%s/%s", string_equal(place, "/") ? "" : place, name);

        return joined ? begin(plan, joined, ret) : -ENOMEM;
}

int plan_symlink(struct plan *plan, const char *path, const char *target)
{
        _cleanup_change_ struct change *change = NULL;
        int r;

        r = begin_name(plan, path, &change);
        if (r < 0)
                return r;
        if (change->after.type == NODE_SYMLINK && string_equal(change->after.target, target))
                return 0;
        if (change->after.type != NODE_MISSING)
                return diag_set(plan_diag(plan), -EEXIST, path, 0, "'%s' is there already", path);

        r = plan_parent(plan, change->path);
        if (r < 0)
                return r;
        make_new(&change->after, NODE_SYMLINK, 0777);
        change->after.target = strdup(target);
        if (!change->after.target)
                return -ENOMEM;
        change->kind = CHANGE_SYMLINK;
        return plan_add(plan, &change);
}

int plan_remove(struct plan *plan, const char *path)
{
        _cleanup_change_ struct change *change = NULL;
        struct root_stat st;
        int r;

        r = begin_name(plan, path, &change);
        if (r < 0)
                return r;
        if (change->after.type == NODE_MISSING)
                return 0;
        if (change->after.type != NODE_FILE && change->after.type != NODE_SYMLINK)
                return refuse_path(plan, path, "is neither a file nor a link");
        if (root_stat(plan->root, path, &st) >= 0 && S_ISDIR(st.mode))
                return refuse_path(plan, path, "is a link to a directory");

        node_done(&change->after);
        change->kind = CHANGE_REMOVE;
        return plan_add(plan, &change);
}
