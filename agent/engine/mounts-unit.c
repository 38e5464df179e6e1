/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mounts-internal.h"

#include "engine/context.h"
#include "engine/root.h"

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

/* The last assignment counts, as for each of these in systemd.mount(5). Values that go over several lines are
 * not met in these keys. */
static void read_values(struct text content, const char *section, struct text values[KEY_COUNT])
{
        struct text line, key, value;
        bool inside = false;

        while (text_next_line(&content, &line)) {
                line = text_trim(text_chomp(line));
                if (text_starts(line, "["))
                        inside = text_equal(line, section);
                if (!inside || text_starts(line, "#") || text_starts(line, ";") ||
                    !text_split(line, '=', &key, &value))
                        continue;
                for (size_t i = 0; i < KEY_COUNT; i++)
                        if (text_equal(text_trim(key), key_names[i]))
                                values[i] = text_trim(value);
        }
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
        struct text values[KEY_COUNT] = { 0 };
        const struct root_file *file;
        struct mount_entry *entry;
        int r;

        if (!path)
                return -ENOMEM;
        r = root_read(root, path, &file);
        /* Masked by a link to /dev/null, in which no file is opened offline; or a dangling link. */
        if (r == -ENOENT || r == -EBADFD || r == -ENOMEDIUM)
                return 0;
        if (r < 0)
                return r;

        read_values(file->content, swap ? "[Swap]" : "[Mount]", values);
        /* An empty file masks as well; systemd refuses a unit without What=. */
        if (values[WHAT].len == 0)
                return 0;
        if (swap) {
                values[WHERE] = TEXT("none");
                values[TYPE] = TEXT("swap");
        }

        r = mounts_add(mounts, &entry);
        if (r < 0)
                return r;
        r = make_line(entry, path, values);
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
