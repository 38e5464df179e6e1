/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "engine/mounts-edit.h"

/* Adds the options that the probe found missing, and nothing else: nofail, _netdev or both. */

static const char *missing_options(const struct finding *finding)
{
        for (size_t i = 0; i < finding->n_facts; i++)
                if (string_equal(finding->facts[i].name, "missing"))
                        return finding->facts[i].value;

        return "";
}

static int cure(struct mounts_edit *edit, const struct finding *finding)
{
        struct text missing = text_from_string(missing_options(finding)), option;
        const struct mount_entry *entry;
        struct fstab_line before;
        int r;

        r = mounts_edit_find(edit, finding, &entry);
        if (r <= 0)
                return r;
        if (mount_is_system(entry))
                return plan_refuse(edit->plan, finding, "the line of %s is not touched", entry->where);

        before = edit->fstab->lines[entry->number - 1];
        while (text_next_word(&missing, ",", &option)) {
                r = fstab_add_option(edit->fstab, entry->number, option);
                if (r < 0) {
                        /* All of them or none. */
                        edit->fstab->lines[entry->number - 1] = before;
                        return mounts_edit_result(edit, finding, r);
                }
        }

        return 0;
}

static int plan_network(struct plan *plan)
{
        _cleanup_mounts_edit_ struct mounts_edit edit = { 0 };
        const struct finding *finding = NULL;
        int r;

        r = mounts_edit_begin(plan, &edit);
        if (r < 0)
                return r;

        while ((finding = plan_next_finding(plan, finding))) {
                r = cure(&edit, finding);
                if (r < 0)
                        return r;
        }

        return mounts_edit_commit(&edit);
}

const struct fixer fixer_fstab_network = {
        .id = "fstab-network",
        .title = "Add nofail and _netdev to the file systems on the network that lack them",
        .fixes = (const char *const[]){ "fstab-network", NULL },
        .risk = RISK_BOOT,
        .flags = FIXER_OFFLINE,
        .plan = plan_network,
};
