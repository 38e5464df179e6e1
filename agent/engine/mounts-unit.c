/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mounts-internal.h"

#include "engine/context.h"
#include "engine/root.h"
#include "formats/unit.h"

#include <string.h>

#define UNITS "/etc/systemd/system"

enum key { WHAT, WHERE, TYPE, OPTIONS, KEY_COUNT };

static const char *const key_names[] = {
        [WHAT] = "What",
        [WHERE] = "Where",
        [TYPE] = "Type",
        [OPTIONS] = "Options",
};
_Static_assert(ARRAY_SIZE(key_names) == KEY_COUNT, "a name for each key");

/* What a unit and its drop-ins say, the last one counts. Values point into the parsed files. */
struct settings {
        const char *section;
        struct text values[KEY_COUNT];
        struct ini **files;
        size_t n_files;
};

static void settings_done(struct settings *settings)
{
        for (size_t i = 0; i < settings->n_files; i++)
                (void) ini_free(settings->files[i]);
        free(settings->files);
}

static int add_settings(struct root *root, struct settings *settings, const char *path)
{
        const struct root_file *file;
        struct ini *unit;
        int r;

        r = root_read(root, path, &file);
        if (r < 0)
                return r;
        r = array_grow(&settings->files, settings->n_files, sizeof(*settings->files));
        if (r < 0)
                return r;
        r = unit_parse(file->content.data, file->content.len, &unit);
        if (r < 0)
                return r;

        settings->files[settings->n_files++] = unit;
        for (size_t i = 0; i < KEY_COUNT; i++)
                (void) unit_get(unit, settings->section, key_names[i], &settings->values[i]);
        return 0;
}

static int add_drop_ins(struct root *root, struct settings *settings, const char *path)
{
        _cleanup_free_ char *directory = string_format("%s.d", path);
        const char *const *names;
        size_t n_names;
        int r;

        if (!directory)
                return -ENOMEM;
        r = root_list(root, directory, &names, &n_names);
        if (r < 0)
                return r == -ENOENT || r == -ENOTDIR ? 0 : r;

        for (size_t i = 0; i < n_names; i++) {
                _cleanup_free_ char *file = string_format("%s/%s", directory, names[i]);

                if (!file)
                        return -ENOMEM;
                if (!text_ends(text_from_string(names[i]), ".conf"))
                        continue;
                r = add_settings(root, settings, file);
                if (r < 0 && r != -ENOENT)
                        return r;
        }

        return 0;
}

/* Who pulls the unit in: the names of the directories with a link to it, "local-fs.target.requires". */
static int find_links(struct root *root, const char *const *names, size_t n_names, const char *unit,
                      bool *ret_required, bool *ret_wanted)
{
        struct root_stat stat;

        *ret_required = *ret_wanted = false;
        for (size_t i = 0; i < n_names; i++) {
                struct text name = text_from_string(names[i]);
                bool wants = text_ends(name, ".wants"), requires = text_ends(name, ".requires");
                _cleanup_free_ char *path = NULL;
                int r;

                if (!wants && !requires)
                        continue;
                path = string_format("%s/%s/%s", UNITS, names[i], unit);
                if (!path)
                        return -ENOMEM;
                r = root_lstat(root, path, &stat);
                if (r < 0 && r != -ENOENT && r != -ENOTDIR)
                        return r;
                if (r < 0)
                        continue;

                if (requires && (text_starts(name, "local-fs.target") ||
                                 text_starts(name, "remote-fs.target") || text_starts(name, "swap.target")))
                        *ret_required = true;
                else
                        *ret_wanted = true;
        }

        return 0;
}

static struct text place(char **at, struct text text)
{
        struct text placed = { *at, text.len };

        if (text.len > 0)
                memcpy(*at, text.data, text.len);
        (*at)[text.len] = '\0';
        *at += text.len + 1;
        return placed;
}

static int make_line(struct mount_entry *entry, const char *path, const struct text values[KEY_COUNT])
{
        size_t size = sizeof(struct fstab_line) + strlen(path) + 1 + KEY_COUNT;
        struct fstab_line *line;
        char *at;

        for (size_t i = 0; i < KEY_COUNT; i++)
                size += values[i].len;
        line = calloc(1, size);
        if (!line)
                return -ENOMEM;

        at = (char *) (line + 1);
        line->kind = FSTAB_ENTRY;
        line->n_fields = FSTAB_FREQ;
        line->spec = place(&at, values[WHAT]);
        line->file = place(&at, values[WHERE]);
        line->vfstype = place(&at, values[TYPE]);
        line->mntops = place(&at, values[OPTIONS]);
        entry->path = place(&at, text_from_string(path)).data;
        entry->line = entry->unit = line;
        return 0;
}

struct unit_list {
        const char *const *names;
        size_t n_names;
};

static bool has_automount(const struct unit_list *units, const char *unit)
{
        struct text stem = { unit, strlen(unit) - strlen(".mount") };

        for (size_t i = 0; i < units->n_names; i++) {
                struct text name = text_from_string(units->names[i]);

                if (text_ends(name, ".automount") && name.len == stem.len + strlen(".automount") &&
                    memcmp(name.data, stem.data, stem.len) == 0)
                        return true;
        }

        return false;
}

static int judge_unit(struct root *root, const struct unit_list *units, const char *unit,
                      struct mount_entry *entry)
{
        bool swap = text_ends(text_from_string(unit), ".swap"), required, wanted;
        int r;

        r = find_links(root, units->names, units->n_names, unit, &required, &wanted);
        if (r < 0)
                return r;

        entry->boot.target = swap                            ? "swap.target"
                             : fstab_is_network(entry->line) ? "remote-fs.target"
                                                             : "local-fs.target";
        entry->boot.automount = !swap && !required && !wanted && has_automount(units, unit);
        entry->boot.need = required ? MOUNT_REQUIRED : wanted ? MOUNT_BY_OTHERS : MOUNT_ON_DEMAND;
        return 0;
}

static int add_unit(struct context *context, struct mounts *mounts, const struct unit_list *units,
                    const char *unit)
{
        struct root *root = context_root(context);
        bool swap = text_ends(text_from_string(unit), ".swap");
        _cleanup_free_ char *path = string_format("%s/%s", UNITS, unit);
        _cleanup_(settings_done) struct settings settings = { .section = swap ? "Swap" : "Mount" };
        struct mount_entry *entry;
        int r;

        if (!path)
                return -ENOMEM;
        r = add_settings(root, &settings, path);
        /* Masked by a link to /dev/null, in which no file is opened offline; or a dangling link. */
        if (r == -ENOENT || r == -EBADFD || r == -ENOMEDIUM)
                return 0;
        if (r >= 0)
                r = add_drop_ins(root, &settings, path);
        if (r < 0)
                return r;

        /* An empty file masks as well; systemd refuses a unit without What=. */
        if (settings.values[WHAT].len == 0)
                return 0;
        if (swap) {
                settings.values[WHERE] = TEXT("none");
                settings.values[TYPE] = TEXT("swap");
        }

        r = mounts_add(mounts, &entry);
        if (r < 0)
                return r;
        r = make_line(entry, path, settings.values);
        if (r < 0)
                return r;
        r = mount_set_where(entry);
        if (r < 0)
                return r;

        return judge_unit(root, units, unit, entry);
}

int mounts_read_units(struct context *context, struct mounts *mounts)
{
        struct unit_list units;
        int r;

        r = root_list(context_root(context), UNITS, &units.names, &units.n_names);
        if (r == -ENOENT || r == -ENOTDIR)
                return 0;
        if (r < 0)
                return r;

        for (size_t i = 0; i < units.n_names; i++) {
                struct text name = text_from_string(units.names[i]);

                if (!text_ends(name, ".mount") && !text_ends(name, ".swap"))
                        continue;
                r = add_unit(context, mounts, &units, units.names[i]);
                if (r < 0)
                        return r;
        }

        return 0;
}
