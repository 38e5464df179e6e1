/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/devices.h"
#include "engine/fixer.h"
#include "engine/mounts-edit.h"

/* Takes nofail and noauto off the lines of /, /usr and /boot, and touches nothing else of them. */

static const struct {
        const char *key;
        const char *reason;
} refusals[] = {
        { "fstab-root", "which device the line of / should name is not known" },
        { "fstab-root:second", "which of the two lines is the right one is not known" },
        { "fstab-root:passno",
          "only options are taken off; the last field of its line should be 1, or 0 for xfs and btrfs" },
};

static const char *refusal_for(const struct finding *finding)
{
        for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
                if (string_equal(finding->key, refusals[i].key))
                        return refusals[i].reason;

        return NULL;
}

/* 1 when no device has the name: then the option is all that keeps the boot going. */
static int is_missing(struct context *context, const struct mount_entry *entry)
{
        const struct block_device *device;
        enum device_place place;
        int r;

        if (!mount_is_local_device(entry))
                return 0;
        r = devices_locate(context, entry->line, &place, &device);

        return r < 0 ? r : place == DEVICE_MISSING;
}

static int take_off(struct mounts_edit *edit, const struct finding *finding)
{
        const struct mount_entry *entry;
        int r;

        r = mounts_edit_find(edit, finding, &entry);
        if (r <= 0)
                return r;
        r = is_missing(plan_context(edit->plan), entry);
        if (r < 0)
                return r;
        if (r > 0)
                return plan_refuse(edit->plan, finding,
                                   "no device here is %s, so that the boot would end without the option",
                                   entry->line->spec.data);

        r = fstab_remove_option(edit->fstab, entry->number, finding->actual);
        return mounts_edit_result(edit, finding, r);
}

static int plan_root(struct plan *plan)
{
        _cleanup_mounts_edit_ struct mounts_edit edit = { 0 };
        const struct finding *finding = NULL;
        int r;

        r = mounts_edit_begin(plan, &edit);
        if (r < 0)
                return r;

        while ((finding = plan_next_finding(plan, finding))) {
                const char *reason = refusal_for(finding);

                if (!reason && !finding->actual)
                        reason = "what is to be taken off is not known";
                r = reason ? plan_refuse(plan, finding, "%s", reason) : take_off(&edit, finding);
                if (r < 0)
                        return r;
        }

        return mounts_edit_commit(&edit);
}

const struct fixer fixer_fstab_root = {
        .id = "fstab-root",
        .title = "Take nofail and noauto off the lines of /, /usr and /boot",
        .fixes = (const char *const[]){ "fstab-root", NULL },
        .risk = RISK_BOOT,
        .flags = FIXER_OFFLINE,
        .plan = plan_root,
};
