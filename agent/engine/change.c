/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/change.h"
#include "base/random.h"
#include "engine/change-file.h"
#include "engine/diag.h"
#include "engine/root-write.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* One change on its way in one direction. */
struct step {
        const struct change *change;
        const struct node *from, *to;
        char *name;
        char *temporary;
        int directory;
        bool made; /* the temporary file, or the directory itself, is there */
        bool put;  /* the target may have become what it is to be, by us */
};

static void steps_free(struct step *steps, size_t n)
{
        for (size_t i = 0; steps && i < n; i++) {
                close_pointer(&steps[i].directory);
                free(steps[i].name);
                free(steps[i].temporary);
        }
        free(steps);
}

int changes_prepare(struct change *const *changes, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                char random[RANDOM_NAME_SIZE];
                int r;

                if (!changes[i]->path)
                        continue;
                r = random_name(random);
                if (r < 0)
                        return r;
                free(changes[i]->temporary);
                changes[i]->temporary = string_format(".ecs-guest-agent-%s", random);
                if (!changes[i]->temporary)
                        return -ENOMEM;
        }

        return 0;
}

static const char *why(int error)
{
        switch (error) {
        case -ESTALE:
                return "was changed by somebody else meanwhile";
        case -ELOOP:
        case -ENOTDIR:
                return "is no longer where it was: a directory on the way to it was replaced";
        case -EOPNOTSUPP:
                return "lies on a file system that does not keep its owner, mode or attributes";
        default:
                return NULL;
        }
}

static int fail(struct diag *diag, int error, const struct change *change)
{
        const char *known = why(error);

        return diag_set(diag, error, change->path, 0, known ? "'%s' %s" : "'%s': %s", change->path,
                        known ? known : strerror(-error));
}

/* The two directions have names of their own: what a crash leaves tells on which way it happened. */
static char *temporary_name(const struct change *change, bool backwards)
{
        return string_format("%s%s", change->temporary, backwards ? "-back" : "");
}

static int step_begin(struct root *root, const struct change *change, bool backwards, struct step *step)
{
        _cleanup_free_ char *directory = NULL;
        int r;

        *step = (struct step){ .change = change,
                               .from = backwards ? &change->after : &change->before,
                               .to = backwards ? &change->before : &change->after,
                               .directory = -EBADF };
        r = path_split(change->path, &directory, &step->name);
        if (r < 0)
                return r;
        step->temporary = temporary_name(change, backwards);
        if (!step->temporary)
                return -ENOMEM;
        step->directory = root_open_directory(root, directory);

        return step->directory < 0 ? step->directory : 0;
}

static int make_directory(struct step *step)
{
        _cleanup_close_ int fd = -EBADF;

        if (mkdirat(step->directory, step->name, 0700) < 0)
                return errno == EEXIST ? -ESTALE : -errno;
        step->made = true;
        fd = openat(step->directory, step->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fchmod(fd, step->to->mode) < 0 || fsync(fd) < 0)
                return -errno;

        return sync_directory(step->directory);
}

/* First half: everything that needs room, and nothing that anybody sees but empty directories. */
static int step_make(struct step *step)
{
        _cleanup_node_ struct node node = { 0 };
        int r;

        r = node_read(step->directory, step->name, &node);
        if (r < 0)
                return r;
        if (!node_same(&node, step->from))
                return -ESTALE;
        if (step->to->type == NODE_DIRECTORY)
                return make_directory(step);
        if (step->to->type == NODE_MISSING)
                return 0;

        r = node_make(step->directory, step->temporary, step->to);
        step->made = r >= 0;
        return r;
}

static int remove_directory(struct step *step)
{
        /* What somebody put into it meanwhile stays, and so does the directory. */
        if (unlinkat(step->directory, step->name, AT_REMOVEDIR) < 0 && errno != ENOENT)
                return errno == ENOTEMPTY || errno == EEXIST ? 0 : -errno;

        return sync_directory(step->directory);
}

/* Second half: in place. */
static int step_put(struct step *step)
{
        int r;

        if (step->to->type == NODE_DIRECTORY)
                return 0;
        if (step->from->type == NODE_DIRECTORY) {
                step->put = true;
                return remove_directory(step);
        }

        r = step->to->type == NODE_MISSING
                    ? node_take(step->directory, step->temporary, step->name, step->from)
                    : node_put(step->directory, step->temporary, step->name, step->from);
        /* Stale means untouched: what stands there is somebody else's, whatever it looks like. */
        step->put = r != -ESTALE;
        return r;
}

/* What a crash left beside the target on the way in one direction. It is our own incomplete file, or what was
 * exchanged out; only when that is not what we had put there before is it somebody's edit, and goes back. */
static int recover_temporary(struct root *root, const struct change *change, bool backwards)
{
        _cleanup_node_ struct node left = { 0 }, node = { 0 };
        struct step step = { .directory = -EBADF };
        int r;

        r = step_begin(root, change, backwards, &step);
        if (r >= 0)
                r = node_read(step.directory, step.temporary, &left);
        if (r >= 0 && left.type != NODE_MISSING) {
                r = node_read(step.directory, step.name, &node);
                if (r >= 0 && node_same(&node, step.to) && !node_same(&left, step.from) &&
                    !node_same(&left, step.to))
                        r = renameat(step.directory, step.temporary, step.directory, step.name) < 0 ? -errno
                                                                                                    : 0;
                else if (r >= 0)
                        r = unlinkat(step.directory, step.temporary, 0) < 0 ? -errno : 0;
                if (r >= 0)
                        r = sync_directory(step.directory);
        }

        close_pointer(&step.directory);
        free(step.name);
        free(step.temporary);
        /* A directory that was never made holds nothing of ours. */
        return r == -ENOENT ? 0 : r;
}

/* The way back of a step, as far as it was gone. */
static int step_take_back(struct root *root, const struct step *step, bool backwards)
{
        _cleanup_node_ struct node node = { 0 };
        struct change *change = (struct change *) step->change;
        struct diag ignored = { 0 };
        bool clean;
        int r = 0;

        if (step->to->type == NODE_DIRECTORY) {
                if (step->made && unlinkat(step->directory, step->name, AT_REMOVEDIR) < 0 &&
                    errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST)
                        return -errno;
                return 0;
        }

        r = recover_temporary(root, step->change, backwards);
        if (r < 0 || !step->put)
                return r;
        /* A step that failed half-way may have done its rename. */
        r = node_read(step->directory, step->name, &node);
        if (r >= 0 && !node_same(&node, step->from) && node_same(&node, step->to))
                r = changes_carry_out(root, &change, 1, !backwards, &clean, &ignored);
        diag_done(&ignored);
        return r;
}

static int carry_out(struct root *root, struct step *steps, struct change *const *changes, size_t n,
                     bool backwards, size_t *ret_begun, struct diag *diag)
{
        size_t n_steps = 0;
        int r;

        for (size_t i = 0; i < n; i++) {
                const struct change *change = changes[backwards ? n - 1 - i : i];
                struct step *step = &steps[n_steps];

                if (!change->path)
                        continue;
                *ret_begun = ++n_steps;
                r = step_begin(root, change, backwards, step);
                if (r >= 0)
                        r = step_make(step);
                if (r < 0)
                        return fail(diag, r, change);
        }
        for (size_t i = 0; i < n_steps; i++) {
                r = step_put(&steps[i]);
                if (r < 0)
                        return fail(diag, r, steps[i].change);
        }

        return 0;
}

int changes_carry_out(struct root *root, struct change *const *changes, size_t n, bool backwards,
                      bool *ret_taken_back, struct diag *diag)
{
        struct step *steps = calloc(n + 1, sizeof(*steps));
        size_t n_begun = 0;
        int r;

        *ret_taken_back = true;
        if (!steps)
                return -ENOMEM;

        r = carry_out(root, steps, changes, n, backwards, &n_begun, diag);
        *ret_taken_back = r < 0;
        if (r < 0)
                for (size_t i = n_begun; i > 0; i--)
                        if (steps[i - 1].directory >= 0 && step_take_back(root, &steps[i - 1], backwards) < 0)
                                *ret_taken_back = false;
        steps_free(steps, n_begun);
        return r;
}

/* 1 when somebody else edited it. */
static int recover_one(struct root *root, struct change *change, struct diag *diag)
{
        _cleanup_node_ struct node node = { 0 };
        bool taken_back;
        int r;

        r = recover_temporary(root, change, false);
        if (r >= 0)
                r = recover_temporary(root, change, true);
        if (r < 0)
                return fail(diag, r, change);

        r = root_read_node(root, change->path, &node);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return fail(diag, r, change);
        if (node_same(&node, &change->before))
                return 0;
        /* A directory may have been caught before it got its mode. */
        if (!node_same(&node, &change->after) &&
            !(node.type == NODE_DIRECTORY && change->after.type == NODE_DIRECTORY)) {
                (void) fail(diag, -ESTALE, change);
                return 1;
        }
        if (node.type == NODE_DIRECTORY)
                change->after.mode = node.mode;

        return changes_carry_out(root, &change, 1, true, &taken_back, diag);
}

int changes_recover(struct root *root, struct change *const *changes, size_t n, struct diag *diag)
{
        int edited = 0;

        for (size_t i = n; i > 0; i--) {
                int r = changes[i - 1]->path ? recover_one(root, changes[i - 1], diag) : 0;

                if (r < 0)
                        return r;
                edited = edited || r > 0;
        }

        return edited;
}

int changes_find_edited(struct root *root, struct change *const *changes, size_t n,
                        const struct change **ret_change, struct node *ret)
{
        *ret_change = NULL;
        for (size_t i = 0; i < n; i++) {
                _cleanup_node_ struct node node = { 0 };
                int r;

                if (!changes[i]->path)
                        continue;
                r = root_read_node(root, changes[i]->path, &node);
                if (r < 0 && r != -ENOENT)
                        return r;
                if (node_same(&node, &changes[i]->after))
                        continue;

                *ret_change = changes[i];
                *ret = node;
                node = (struct node){ 0 };
                return 0;
        }

        return 0;
}
