/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mounts.h"
#include "engine/probe.h"

#include <string.h>

/* mount -a goes from the first line to the last: a parent that comes after its child hides it, and the second
 * of two lines with one target hides the first. systemd sorts parents by itself, but not equals. */

struct targets {
        const struct mount_entry **items; /* by mount point, then in the order of the file */
        size_t n;
};

static void targets_done(struct targets *targets)
{
        free(targets->items);
}

static int compare(const void *left, const void *right)
{
        const struct mount_entry *a = *(const struct mount_entry *const *) left;
        const struct mount_entry *b = *(const struct mount_entry *const *) right;
        int r = strcmp(a->where, b->where);

        return r != 0 ? r : (a > b) - (a < b);
}

/* Lines that are mounted by themselves, one after the other. */
static int collect(const struct mounts *mounts, struct targets *targets)
{
        targets->items = calloc(mounts->n_entries + 1, sizeof(*targets->items));
        if (!targets->items)
                return -ENOMEM;

        for (size_t i = 0; i < mounts->n_entries; i++) {
                const struct mount_entry *entry = &mounts->entries[i];

                if (!entry->unit && entry->where[0] == '/' && entry->boot.need != MOUNT_ON_DEMAND &&
                    entry->boot.need != MOUNT_IGNORED)
                        targets->items[targets->n++] = entry;
        }
        qsort(targets->items, targets->n, sizeof(*targets->items), compare);
        return 0;
}

/* The first entry that is mounted on exactly this path, or NULL. */
static const struct mount_entry *find(const struct targets *targets, struct text where)
{
        size_t low = 0, high = targets->n;

        while (low < high) {
                size_t middle = low + (high - low) / 2;
                int r = strncmp(targets->items[middle]->where, where.data, where.len);

                if (r < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        /* The shortest of those with this beginning comes first. */
        if (low < targets->n && text_equal(where, targets->items[low]->where))
                return targets->items[low];

        return NULL;
}

static void report_duplicate(struct context *context, const struct mount_entry *first,
                             const struct mount_entry *second)
{
        struct finding *finding;

        finding = probe_fail(
                context, mount_key(second),
                "%s is a target twice, in lines %u and %u: the second hides the first, and systemd "
                "takes only one",
                second->where, first->number, second->number);
        finding_set_place(context, finding, second->path, second->number);
        finding_add_fact(context, finding, "otherLine", "%u", first->number);
}

/* Of the parents that come after an entry the last one in the file: below it, the entry is below all of them.
 * The root is mounted before any line is read, so that it hides nothing. */
static const struct mount_entry *find_late_parent(const struct targets *targets,
                                                  const struct mount_entry *entry)
{
        const struct mount_entry *late = NULL;

        for (const char *at = strchr(entry->where + 1, '/'); at; at = strchr(at + 1, '/')) {
                struct text parent = { entry->where, (size_t) (at - entry->where) };
                const struct mount_entry *found = find(targets, parent);

                if (found && found->number > (late ? late->number : entry->number))
                        late = found;
        }

        return late;
}

static void report_hidden(struct context *context, const struct mount_entry *entry,
                          const struct mount_entry *parent)
{
        struct finding *finding;

        finding = probe_fail(context, mount_key(entry),
                             "%s (line %u) is mounted before %s (line %u), which then hides it", entry->where,
                             entry->number, parent->where, parent->number);
        finding_set_place(context, finding, entry->path, entry->number);
        finding_set_required(context, finding, "the line of %s above", parent->where);
        finding_add_fact(context, finding, "otherLine", "%u", parent->number);
}

static int run(struct context *context)
{
        _cleanup_(targets_done) struct targets targets = { 0 };
        const struct mounts *mounts;
        int r;

        r = mounts_get(context, &mounts);
        if (r < 0)
                return r;
        r = collect(mounts, &targets);
        if (r < 0)
                return r;

        for (size_t i = 0; i < targets.n; i++) {
                const struct mount_entry *late;

                if (i > 0 && string_equal(targets.items[i - 1]->where, targets.items[i]->where))
                        report_duplicate(context, targets.items[i - 1], targets.items[i]);
                late = find_late_parent(&targets, targets.items[i]);
                if (late)
                        report_hidden(context, targets.items[i], late);
        }

        if (findings_count(context_findings(context), context_probe(context)) == 0)
                (void) probe_pass(context, NULL, "no line of /etc/fstab hides another one");
        return 0;
}

const struct probe probe_fstab_order = {
        .id = "fstab-order",
        .area = "fstab",
        .title = "No line of /etc/fstab hides another one",
        .reason =
                "Of two file systems on one target only one is seen, and a parent that is mounted after its "
                "child covers it: data seem lost, and services write to the wrong disk.",
        .remedy = "Remove one of two lines with the same target; put the line of a parent directory above "
                  "those "
                  "below it.",
        .references = (const char *const[]){ "fstab(5)", "mount(8)", "findmnt(8)", NULL },
        .guestos_item = "GUESTOS.Fstab",
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = mounts_apply_fstab,
        .run = run,
};
