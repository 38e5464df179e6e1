/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mounts-internal.h"

#include "engine/probe.h"

#include <string.h>

#define FSTAB "/etc/fstab"

static void mounts_free(void *model)
{
        struct mounts *mounts = model;

        if (!mounts)
                return;

        for (size_t i = 0; i < mounts->n_entries; i++) {
                free(mounts->entries[i].where);
                free(mounts->entries[i].unit);
        }
        free(mounts->entries);
        free(mounts->at_boot.items);
        free(mounts->any.items);
        (void) fstab_free(mounts->fstab);
        free(mounts);
}

static void mounts_free_pointer(struct mounts **mounts)
{
        mounts_free(*mounts);
}

int mounts_add(struct mounts *mounts, struct mount_entry **ret)
{
        int r;

        r = array_grow(&mounts->entries, mounts->n_entries, sizeof(*mounts->entries));
        if (r < 0)
                return r;

        *ret = &mounts->entries[mounts->n_entries++];
        **ret = (struct mount_entry){ 0 };
        return 0;
}

int mount_set_where(struct mount_entry *entry)
{
        struct text file = entry->line->file;

        /* "none" and "swap" are no places; systemd leaves out what is no absolute path. */
        entry->where =
                fstab_is_swap(entry->line) || !text_starts(file, "/") ? strdup("") : mount_normalize(file);
        return entry->where ? 0 : -ENOMEM;
}

static int add_lines(struct mounts *mounts)
{
        const struct fstab_line *line = NULL;
        int r;

        while ((line = fstab_next_entry(mounts->fstab, line))) {
                struct mount_entry *entry;

                r = mounts_add(mounts, &entry);
                if (r < 0)
                        return r;
                entry->line = line;
                entry->path = FSTAB;
                entry->number = (unsigned) line->number;
                r = mount_set_where(entry);
                if (r < 0)
                        return r;
                entry->boot = mount_predict(line, entry->where);
        }

        return 0;
}

static int read_fstab(struct context *context, struct mounts *mounts)
{
        struct root *root = context_root(context);
        const struct root_file *file;
        int r;

        r = root_resolve(root, FSTAB, &mounts->fstab_place, NULL);
        if (r < 0)
                return r;
        r = root_read(root, FSTAB, &file);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return r;

        r = fstab_parse(file->content.data, file->content.len, &mounts->fstab);
        if (r == -E2BIG)
                return diag_set(context_diag(context), r, FSTAB, 0, "more than 65536 lines");
        if (r < 0)
                return r;

        return add_lines(mounts);
}

static const struct mount_entry *find_root(const struct mounts *mounts)
{
        for (size_t i = 0; i < mounts->n_entries; i++)
                if (string_equal(mounts->entries[i].where, "/"))
                        return &mounts->entries[i];

        return NULL;
}

static int mounts_make(struct context *context, void **ret)
{
        _cleanup_(mounts_free_pointer) struct mounts *mounts = calloc(1, sizeof(*mounts));
        int r;

        if (!mounts)
                return -ENOMEM;

        r = read_fstab(context, mounts);
        if (r < 0)
                return r;
        r = mounts_read_units(context, mounts);
        if (r < 0)
                return r;
        mounts->root = find_root(mounts);
        r = mounts_index(mounts);
        if (r < 0)
                return r;

        *ret = take_ptr(mounts);
        return 0;
}

int mounts_get(struct context *context, const struct mounts **ret)
{
        static const struct view view = { mounts_make, mounts_free };
        void *model;
        int r;

        r = context_view(context, &view, &model);
        if (r < 0)
                return r;

        *ret = model;
        return 0;
}

/* v252's generator ends in an assertion on this one, and with it every mount of the file. */
static bool kills_generator(const struct fstab_line *line)
{
        struct text rest = line->mntops, word;

        while (text_next_word(&rest, ",", &word))
                if (text_equal(word, "x-systemd.device-timeout") ||
                    text_equal(word, "comment=systemd.device-timeout"))
                        return true;

        return false;
}

const char *mounts_line_error(const struct context *context, const struct fstab_line *line)
{
        if (line->kind == FSTAB_INVALID)
                return line->error;
        if (text_has_nul(line->tail))
                return "NUL byte";
        if (line->kind == FSTAB_ENTRY && context_host(context)->systemd && kills_generator(line))
                return "x-systemd.device-timeout without a value makes systemd's generator abort, and no "
                       "line "
                       "is mounted";

        return NULL;
}

bool mounts_same_as_root(const struct mounts *mounts, const struct mount_entry *entry)
{
        return mounts->root && text_same(mounts->root->line->spec, entry->line->spec);
}

bool mount_is_optional(const struct mount_entry *entry)
{
        return entry->boot.automount || entry->boot.need == MOUNT_WANTED ||
               entry->boot.need == MOUNT_ON_DEMAND || entry->boot.need == MOUNT_IGNORED;
}

bool mount_is_read_only(const struct mount_entry *entry)
{
        return fstab_option_yes(entry->line, "ro", "rw");
}

bool mount_stops_boot(const struct mount_entry *entry)
{
        return entry->boot.need == MOUNT_REQUIRED && !entry->boot.automount &&
               string_equal(entry->boot.target, "local-fs.target");
}

bool mount_is_swap(const struct mount_entry *entry)
{
        return fstab_is_swap(entry->line);
}

bool mount_configures_swap(const struct mount_entry *entry)
{
        return mount_is_swap(entry) && !(entry->unit && entry->boot.need == MOUNT_ON_DEMAND);
}

bool mount_is_local_device(const struct mount_entry *entry)
{
        const struct fstab_line *line = entry->line;
        struct text name, value;

        if (entry->boot.need == MOUNT_IGNORED || fstab_is_swap(line) || fstab_is_bind(line) ||
            fstab_is_pseudo(line) || fstab_is_network(line))
                return false;

        return fstab_tag(line, &name, &value) || text_starts(line->spec, "/dev/");
}

bool mount_is_system(const struct mount_entry *entry)
{
        static const char *const system[] = { "/", "/usr", "/boot", "/boot/efi", NULL };

        return string_in_list(entry->where, system);
}

const char *mount_key(const struct mount_entry *entry)
{
        return entry->where[0] == '/' ? entry->where : entry->line->spec.data;
}

static int apply(struct context *context, bool units_suffice)
{
        const struct mounts *mounts;
        int r;

        r = mounts_get(context, &mounts);
        if (r < 0)
                return r;
        if (mounts->fstab || (units_suffice && mounts->n_entries > 0))
                return 1;
        if (!string_equal(mounts->fstab_place, FSTAB))
                return probe_skip(context, "/etc/fstab is a link to %s, which does not exist",
                                  mounts->fstab_place);

        return probe_skip(context, "there is no /etc/fstab");
}

int mounts_apply(struct context *context)
{
        return apply(context, true);
}

int mounts_apply_fstab(struct context *context)
{
        return apply(context, false);
}
