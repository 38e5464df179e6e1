/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root-internal.h"

#include <string.h>

/* The public questions: each is asked once for each path, and the answer kept. */

static int report(struct root *root, int error, const char *path, const char *message)
{
        if (error == -ENOMEDIUM)
                message = "is the running kernel's, not part of an offline root";

        root->undescribed = NULL;
        return diag_set(&root->diag, error, path, 0, "%s", message ? message : strerror(-error));
}

/* Most failures are a file that is not there, and nobody asks further: it is put into words by root_diag().
 */
static int report_later(struct root *root, const struct entry *entry)
{
        root->undescribed = entry;
        return entry->error;
}

struct diag *root_diag(struct root *root)
{
        const struct entry *entry = root->undescribed;

        if (entry)
                (void) report(root, entry->error, entry->path, entry->message);

        return &root->diag;
}

static int look_up(struct root *root, enum root_trace_kind kind, const char *path, struct entry **ret,
                   bool *ret_new)
{
        _cleanup_free_ char *normal = NULL;
        int r = 0;

        if (!root_is_normal(path))
                r = root_normalize(path, &normal);
        if (r >= 0)
                r = entry_get(root, kind, normal ? normal : path, ret, ret_new);

        return r < 0 ? report(root, r, path, NULL) : 0;
}

static int ask(struct root *root, enum root_trace_kind kind, const char *path, struct entry **ret)
{
        struct entry *entry;
        bool new;
        int r;

        r = look_up(root, kind, path, &entry, &new);
        if (r < 0)
                return r;
        if (new || entry->stale)
                entry->error = entry_answer(root, entry);

        *ret = entry;
        return entry->error < 0 ? report_later(root, entry) : 0;
}

/* cap is for a read. */
static int ask_volatile(struct root *root, enum root_trace_kind kind, const char *path, size_t cap,
                        struct entry **ret)
{
        _cleanup_free_ char *normal = NULL;
        struct entry *entry;
        int r;

        r = root_normalize(path, &normal);
        if (r < 0)
                return report(root, r, path, NULL);

        entry = entry_new(kind, normal);
        if (!entry || array_grow(&root->volatiles, root->n_volatiles, sizeof(*root->volatiles)) < 0) {
                entry_free(entry);
                return report(root, -ENOMEM, path, NULL);
        }

        entry->cap = cap;
        root_forget(root);
        r = entry_answer(root, entry);
        root_forget(root);
        if (r < 0) {
                r = report(root, r, entry->path, entry->message);
                entry_free(entry);
                return r;
        }

        root->volatiles[root->n_volatiles++] = entry;
        *ret = entry;
        return 0;
}

void root_release(struct root *root, const struct root_file *file)
{
        /* The last one read is the one that is given back, as a rule. */
        for (size_t i = root->n_volatiles; i > 0; i--) {
                struct entry *entry = root->volatiles[i - 1];

                if (&entry->file != file)
                        continue;
                root->cached -= file->content.len;
                entry_free(entry);
                root->volatiles[i - 1] = root->volatiles[--root->n_volatiles];
                return;
        }
}

int root_read_flags(struct root *root, const char *path, size_t cap, unsigned flags,
                    const struct root_file **ret)
{
        size_t limit = cap > 0 ? cap : ROOT_READ_CAP;
        struct entry *entry;
        bool new;
        int r;

        if (flags & ROOT_VOLATILE) {
                r = ask_volatile(root, ROOT_TRACE_READ, path, limit, &entry);
                if (r < 0)
                        return r;
                *ret = &entry->file;
                return 0;
        }

        r = look_up(root, ROOT_TRACE_READ, path, &entry, &new);
        if (r < 0)
                return r;

        /* Whoever accepts more may ask again. */
        if (!new && entry->error == -EFBIG && limit > entry->cap) {
                entry_reset(root, entry);
                new = true;
        }
        if (new || entry->stale) {
                entry->cap = limit;
                entry->error = entry_answer(root, entry);
        }
        if (entry->error < 0)
                return report_later(root, entry);
        if (entry->file.content.len > limit)
                return diag_set(root_diag(root), -EFBIG, entry->path, 0, "is larger than %zu bytes", limit);

        *ret = &entry->file;
        return 0;
}

int root_read(struct root *root, const char *path, const struct root_file **ret)
{
        return root_read_flags(root, path, 0, 0, ret);
}

static int ask_stat(struct root *root, enum root_trace_kind kind, const char *path, struct root_stat *ret)
{
        struct entry *entry;
        int r;

        r = ask(root, kind, path, &entry);
        if (r < 0)
                return r;

        *ret = entry->stat;
        return 0;
}

int root_stat(struct root *root, const char *path, struct root_stat *ret)
{
        return ask_stat(root, ROOT_TRACE_STAT, path, ret);
}

int root_lstat(struct root *root, const char *path, struct root_stat *ret)
{
        return ask_stat(root, ROOT_TRACE_LSTAT, path, ret);
}

int root_exists(struct root *root, const char *path)
{
        struct entry *entry;
        int r;

        r = ask(root, ROOT_TRACE_EXISTS, path, &entry);
        return r < 0 ? r : entry->exists;
}

int root_readlink(struct root *root, const char *path, const char **ret)
{
        struct entry *entry;
        int r;

        r = ask(root, ROOT_TRACE_LINK, path, &entry);
        if (r < 0)
                return r;

        *ret = entry->string;
        return 0;
}

int root_resolve(struct root *root, const char *path, const char **ret_resolved, bool *ret_exists)
{
        struct entry *entry;
        int r;

        r = ask(root, ROOT_TRACE_RESOLVE, path, &entry);
        if (r < 0)
                return r;

        *ret_resolved = entry->string;
        if (ret_exists)
                *ret_exists = entry->exists;
        return 0;
}

int root_list_flags(struct root *root, const char *directory, unsigned flags, const char *const **ret_names,
                    size_t *ret_n_names)
{
        struct entry *entry;
        int r;

        if (flags & ROOT_VOLATILE)
                r = ask_volatile(root, ROOT_TRACE_LIST, directory, 0, &entry);
        else
                r = ask(root, ROOT_TRACE_LIST, directory, &entry);
        if (r < 0)
                return r;

        *ret_names = (const char *const *) entry->names;
        *ret_n_names = entry->n_names;
        return 0;
}

int root_list(struct root *root, const char *directory, const char *const **ret_names, size_t *ret_n_names)
{
        return root_list_flags(root, directory, 0, ret_names, ret_n_names);
}

int root_flags(struct root *root, const char *path, unsigned *ret_flags)
{
        struct entry *entry;
        int r;

        r = ask(root, ROOT_TRACE_FLAGS, path, &entry);
        if (r < 0)
                return r;

        *ret_flags = entry->flags;
        return 0;
}

/* A directory that is planned lies on the file system of the one that will hold it. */
static int find_file_system(struct root *root, char *path, struct place *place)
{
        int r = root_find(root, path, 0, place);

        while (r == -ENOENT && root->planning && root_exists(root, path) > 0) {
                char *slash = strrchr(path, '/');

                slash[slash == path] = '\0';
                place_done(place);
                *place = (struct place) PLACE_INIT;
                r = root_find(root, path, 0, place);
                if (slash == path)
                        break;
        }

        return r;
}

static int statvfs_of(struct root *root, const char *path, struct statvfs *ret)
{
        _cleanup_place_ struct place place = PLACE_INIT;
        _cleanup_free_ char *normal = NULL;
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = root_normalize(path, &normal);
        if (r >= 0)
                r = find_file_system(root, normal, &place);
        if (r < 0)
                return r;
        if (fstatvfs(place.fd, ret) == 0)
                return 0;
        if (errno != EBADF)
                return -errno;

        /* Kernels before 3.12 refuse this for an O_PATH descriptor. */
        fd = root_reopen(root, normal, &place);
        if (fd < 0)
                return fd;

        return fstatvfs(fd, ret) < 0 ? -errno : 0;
}

int root_statvfs(struct root *root, const char *path, struct statvfs *ret)
{
        int r;

        r = statvfs_of(root, path, ret);
        return r < 0 ? report(root, r, path, NULL) : 0;
}
