/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/devices.h"
#include "engine/fixer.h"
#include "engine/mounts-edit.h"

/* Makes the boot do without a disk: nofail on its line, or the line commented out, as the user says. What
 * cannot be mounted without that disk is treated like it, or the boot would end there instead. */

/* A chain of bind mounts that is longer is no accident. */
#define LEVELS_MAX 16

struct work {
        struct mounts_edit edit;
        enum fix_strategy strategy;
        bool *treated; /* one for each entry */
        const struct mount_entry *dependent;
        size_t n_dependents;
};

static void work_done(struct work *work)
{
        mounts_edit_done(&work->edit);
        free(work->treated);
}

/* Several devices with one name are not cured by an option. */
static bool has_several_devices(struct context *context, const struct finding *finding,
                                const struct mount_entry *entry)
{
        const struct block_device *device;
        const struct devices *devices;
        size_t n = 0;

        return text_starts(text_from_string(finding->key), "fstab-device-missing:") &&
               devices_get(context, &devices) >= 0 &&
               devices_find(devices, entry->line->spec, &device, &n) >= 0 && n > 1;
}

static int treat_line(struct work *work, const struct mount_entry *entry)
{
        int r;

        r = work->strategy == FIX_COMMENT ? mounts_edit_comment_out(&work->edit, entry->number)
                                          : fstab_add_option(work->edit.fstab, entry->number, TEXT("nofail"));
        if (r >= 0)
                work->treated[entry - work->edit.mounts->entries] = true;
        return r;
}

static bool is_treated(const struct mount_entry *entry, void *userdata)
{
        const struct work *work = userdata;

        return work->treated[entry - work->edit.mounts->entries];
}

static int cure(struct work *work, const struct finding *finding)
{
        struct plan *plan = work->edit.plan;
        const struct mount_entry *entry;
        int r;

        r = mounts_edit_find(&work->edit, finding, &entry);
        if (r <= 0)
                return r;
        if (mount_is_system(entry))
                return plan_refuse(plan, finding,
                                   "the system does not run without %s: its line has to name the device that "
                                   "is there",
                                   entry->where);
        if (has_several_devices(plan_context(plan), finding, entry))
                return plan_refuse(plan, finding,
                                   "an option does not say which of the devices is meant; one of them needs "
                                   "another UUID");
        if (is_treated(entry, work))
                return 0;

        return mounts_edit_result(&work->edit, finding, treat_line(work, entry));
}

/* Whether the boot would end at this entry now. Without its line, a parent is no unit that is waited for; and
 * what it held is gone with either strategy. */
static int depends(struct work *work, const struct mount_entry *entry)
{
        const struct mounts *mounts = work->edit.mounts;
        const struct mount_entry *holder;
        int r;

        if (is_treated(entry, work) || !mount_stops_boot(entry))
                return 0;
        r = mounts_find_source(mounts, entry, is_treated, work, &holder);
        if (r < 0 || holder)
                return r < 0 ? r : 1;
        holder = mounts_find_parent(mounts, entry);

        return work->strategy == FIX_NOFAIL && holder && is_treated(holder, work);
}

/* 1 when it was treated; 0 after refusing everything, since half of it would not be a cure. */
static int treat_dependent(struct work *work, const struct mount_entry *entry)
{
        int r = -EINVAL;

        if (!entry->unit && !mount_is_system(entry))
                r = treat_line(work, entry);
        if (r == -EINVAL)
                return plan_refuse(work->edit.plan, NULL,
                                   "%s (%s) cannot be mounted without such a disk either, and is not edited",
                                   entry->where, entry->path);
        if (r < 0)
                return r;

        work->dependent = work->dependent ? work->dependent : entry;
        work->n_dependents++;
        return 1;
}

/* 1 when all of them are treated, 0 after refusing everything. */
static int treat_dependents(struct work *work)
{
        bool more = true;
        int r;

        for (size_t level = 0; more; level++) {
                if (level == LEVELS_MAX)
                        return plan_refuse(work->edit.plan, NULL,
                                           "more than %d file systems depend on one another", LEVELS_MAX);
                more = false;
                for (size_t i = 0; i < work->edit.mounts->n_entries; i++) {
                        const struct mount_entry *entry = &work->edit.mounts->entries[i];

                        r = depends(work, entry);
                        if (r < 0)
                                return r;
                        if (r == 0)
                                continue;
                        r = treat_dependent(work, entry);
                        if (r <= 0)
                                return r;
                        more = true;
                }
        }

        return 1;
}

static int tell(struct work *work)
{
        if (work->n_dependents == 0)
                return 0;
        if (work->n_dependents == 1)
                return plan_hint(
                        work->edit.plan,
                        "%s cannot be mounted without such a disk, so that its line is treated alike.",
                        work->dependent->where);

        return plan_hint(work->edit.plan,
                         "%s and %zu more cannot be mounted without such a disk, so that their lines are "
                         "treated alike.",
                         work->dependent->where, work->n_dependents - 1);
}

static int plan_data_disk(struct plan *plan)
{
        _cleanup_(work_done) struct work work = { .strategy = plan_options(plan)->strategy };
        const struct finding *finding = NULL;
        int r;

        r = mounts_edit_begin(plan, &work.edit);
        if (r < 0)
                return r;
        work.treated = calloc(work.edit.mounts->n_entries + 1, sizeof(*work.treated));
        if (!work.treated)
                return -ENOMEM;

        while ((finding = plan_next_finding(plan, finding))) {
                r = cure(&work, finding);
                if (r < 0)
                        return r;
        }
        r = treat_dependents(&work);
        if (r <= 0)
                return r;
        r = tell(&work);

        return r < 0 ? r : mounts_edit_commit(&work.edit);
}

const struct fixer fixer_fstab_data_disk = {
        .id = "fstab-data-disk",
        .title = "Let the boot do without disks that a clone may not have",
        .fixes = (const char *const[]){ "fstab-data-disk", "fstab-device-missing", NULL },
        .risk = RISK_BOOT,
        .flags = FIXER_OFFLINE,
        .plan = plan_data_disk,
};
