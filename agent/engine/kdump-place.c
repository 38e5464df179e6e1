/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/kdump-place.h"
#include "engine/root.h"
#include "formats/mountinfo.h"

#include <string.h>
#include <sys/stat.h>

void kdump_place_done(struct kdump_place *place)
{
        free(place->directory);
        *place = (struct kdump_place){ 0 };
}

bool kdump_is_full(const struct statvfs *statvfs)
{
        /* Some file systems, such as btrfs, count no inodes. */
        if (statvfs->f_files > 0 && statvfs->f_favail == 0)
                return true;

        return statvfs->f_bavail == 0 ||
               statvfs->f_bavail < KDUMP_LEAST_SPACE / (statvfs->f_frsize > 0 ? statvfs->f_frsize : 1);
}

/* Whether a mount point holds the path: the length of it, or 0. */
static size_t holds(const char *where, const char *path)
{
        size_t len = strlen(where);

        if (string_equal(where, "/"))
                return 1;
        if (len == 0 || strncmp(path, where, len) != 0)
                return 0;

        return path[len] == '/' || path[len] == '\0' ? len : 0;
}

/* Unlike mounts_find() also what nothing mounts at boot: there the dumps would miss their file system. */
static const struct mount_entry *find_entry(const struct mounts *mounts, const char *path)
{
        const struct mount_entry *found = NULL;
        size_t best = 1;

        for (size_t i = 0; i < mounts->n_entries; i++) {
                const struct mount_entry *entry = &mounts->entries[i];
                size_t len = holds(entry->where, path);

                if (len < best || entry->boot.need == MOUNT_IGNORED || mount_is_swap(entry))
                        continue;
                best = len;
                found = entry;
        }

        return found;
}

/* The entry of a device: by the same words, or where the devices are known by whatever name leads to it. */
static int find_source(struct context *context, const struct mounts *mounts, const char *source,
                       const struct mount_entry **ret)
{
        const struct block_device *wanted = NULL;
        const struct devices *devices;
        int r;

        for (size_t i = 0; i < mounts->n_entries; i++)
                if (mounts->entries[i].where[0] == '/' && text_equal(mounts->entries[i].line->spec, source)) {
                        *ret = &mounts->entries[i];
                        return 0;
                }

        r = devices_get(context, &devices);
        if (r >= 0)
                r = devices_find(devices, text_from_string(source), &wanted, NULL);
        for (size_t i = 0; r >= 0 && i < mounts->n_entries; i++) {
                const struct mount_entry *entry = &mounts->entries[i];
                const struct block_device *device = NULL;
                enum device_place place;

                if (entry->where[0] != '/' || !mount_is_local_device(entry))
                        continue;
                r = devices_locate(context, entry->line, &place, &device);
                if (r >= 0 && device == wanted) {
                        *ret = entry;
                        return 0;
                }
        }

        return r == -ENOMEM ? r : -ENODATA;
}

/* The mounts of the first process: ours may be altered by the sandbox of a unit. Only root may read them. */
static int read_mountinfo(struct root *root, struct text *ret)
{
        const struct root_file *file;
        int r;

        r = root_read_flags(root, "/proc/1/mountinfo", 0, ROOT_VOLATILE, &file);
        if (r < 0 && r != -ENOMEM)
                r = root_read_flags(root, "/proc/self/mountinfo", 0, ROOT_VOLATILE, &file);
        if (r < 0)
                return r;

        *ret = file->content;
        return 0;
}

static bool has(const struct kdump_place *place, enum kdump_problem problem)
{
        return place->problems & (1U << problem);
}

static void add_if(struct kdump_place *place, enum kdump_problem problem, bool condition)
{
        if (condition)
                place->problems |= 1U << problem;
}

/* What holds now, which fstab need not say. */
static int look_at_mounts(struct root *root, struct kdump_place *place)
{
        struct mountinfo mount;
        struct text content;
        int r;

        r = read_mountinfo(root, &content);
        if (r < 0)
                return r;

        add_if(place, KDUMP_NOT_MOUNTED,
               place->entry && !has(place, KDUMP_BY_HAND) && !place->entry->boot.automount &&
                       !mountinfo_find(content, place->entry->where, &mount));
        add_if(place, KDUMP_READ_ONLY,
               mountinfo_holding(content, place->directory, &mount) && mount.read_only);
        r = root_note(root, "dump directory is mounted", has(place, KDUMP_NOT_MOUNTED) ? "no" : "yes");
        if (r < 0)
                return r;
        return root_note(root, "dump directory is read-only", has(place, KDUMP_READ_ONLY) ? "yes" : "no");
}

static int look_at_room(struct root *root, struct kdump_place *place)
{
        struct statvfs statvfs;
        int r;

        r = root_statvfs(root, place->directory, &statvfs);
        if (r < 0)
                return r;

        add_if(place, KDUMP_FULL, kdump_is_full(&statvfs));
        place->free = (uint64_t) statvfs.f_bavail * statvfs.f_frsize;
        return root_note(root, "room for a dump", has(place, KDUMP_FULL) ? "no" : "yes");
}

/* Offline, what another file system holds is not there to be looked at. A subvolume of the root's own file
 * system may be: where the directory was found, it is. */
static bool is_hidden(struct context *context, const struct kdump_place *place, bool found)
{
        if (root_is_live(context_root(context)) || !place->entry || string_equal(place->entry->where, "/"))
                return false;

        return !place->on_root || !found;
}

static int look_at_directory(struct context *context, struct kdump_place *place)
{
        const struct kdump_family *family = kdump_family(context_host(context));
        struct root *root = context_root(context);
        const struct mount_entry *entry = place->entry;
        struct root_stat stat;
        int r;

        /* Where it is not mounted the directory below says nothing. */
        if (has(place, KDUMP_BY_HAND) || has(place, KDUMP_NOT_MOUNTED))
                return 0;
        r = root_stat(root, place->directory, &stat);
        if (r < 0 && r != -ENOENT)
                return r;
        if (is_hidden(context, place, r >= 0)) {
                /* The mount point itself will be the root of that file system, which is always there. */
                add_if(place, KDUMP_HIDDEN,
                       !family->makes_directory && !string_equal(entry->where, place->directory));
                return 0;
        }

        add_if(place, KDUMP_NO_DIRECTORY, r < 0 && !family->makes_directory);
        add_if(place, KDUMP_IS_FILE, r >= 0 && !S_ISDIR(stat.mode));

        return root_is_live(root) && r >= 0 ? look_at_room(root, place) : 0;
}

static int look_at_entry(struct context *context, const struct kdump_settings *settings,
                         struct kdump_place *place)
{
        const struct mount_entry *entry = place->entry;
        enum device_place device;
        int r;

        if (!entry)
                return 0;

        /* kdump mounts a device that is named for it by itself. */
        add_if(place, KDUMP_BY_HAND,
               entry->boot.need == MOUNT_ON_DEMAND && !entry->boot.automount &&
                       settings->destination != KDUMP_TO_DEVICE);
        add_if(place, KDUMP_READ_ONLY, mount_is_read_only(entry));
        add_if(place, KDUMP_ON_SERVER, fstab_is_network_type(entry->line));
        add_if(place, KDUMP_IN_MEMORY, fstab_is_pseudo(entry->line));
        if (mount_is_system(entry) || !mount_is_local_device(entry) || place->on_root)
                return 0;

        r = devices_locate(context, entry->line, &device, &place->block);
        if (r < 0)
                return r;
        add_if(place, KDUMP_DISK_UNKNOWN, device == DEVICE_NOT_SHOWN);
        add_if(place, KDUMP_ON_DATA_DISK, device == DEVICE_ELSEWHERE || device == DEVICE_MISSING);
        return 0;
}

static int make_directory(struct context *context, const struct mounts *mounts,
                          const struct kdump_settings *settings, char **ret)
{
        _cleanup_free_ char *path = NULL;
        const struct mount_entry *entry;
        const char *resolved;
        int r;

        if (settings->destination == KDUMP_TO_DEVICE) {
                r = find_source(context, mounts, settings->location, &entry);
                if (r < 0)
                        return r;
                path = string_format("%s/%s", entry->where, settings->directory);
        } else
                path = strdup(settings->directory);
        if (!path)
                return -ENOMEM;

        r = root_resolve(context_root(context), path, &resolved, NULL);
        if (r < 0)
                return r;
        *ret = strdup(resolved);
        return *ret ? 0 : -ENOMEM;
}

int kdump_place(struct context *context, const struct kdump_settings *settings, struct kdump_place *ret)
{
        _cleanup_kdump_place_ struct kdump_place place = { 0 };
        struct root *root = context_root(context);
        const struct mounts *mounts;
        int r;

        r = mounts_get(context, &mounts);
        if (r >= 0)
                r = make_directory(context, mounts, settings, &place.directory);
        if (r < 0)
                return r;

        place.entry = find_entry(mounts, place.directory);
        place.on_root = place.entry && mounts_same_as_root(mounts, place.entry);
        r = look_at_entry(context, settings, &place);
        if (r >= 0 && root_is_live(root))
                r = look_at_mounts(root, &place);
        if (r >= 0)
                r = look_at_directory(context, &place);
        if (r < 0)
                return r;

        *ret = place;
        place = (struct kdump_place){ 0 };
        return 0;
}
