/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/devices.h"
#include "engine/fixer.h"
#include "engine/mounts-edit.h"

/* Puts UUID= in the place of a device's name: of that very device, as it was read here, and only when no
 * other device has the same. */

/* What such a device holds is no file system: its UUID names the container. */
static bool is_container(const struct block_device *device)
{
        static const char *const types[] = { "LVM2_member", "linux_raid_member", "crypto_LUKS", NULL };

        return device->type && string_in_list(device->type, types);
}

/* Why there are no devices to ask. */
static int refuse_unasked(struct mounts_edit *edit, const struct finding *finding, int r)
{
        const struct diag *diag = context_diag(plan_context(edit->plan));

        return plan_refuse(edit->plan, finding, "which device it is cannot be told: %s",
                           diag->error == r && diag->message ? diag->message : "sysfs cannot be read");
}

static int refuse_unfound(struct mounts_edit *edit, const struct finding *finding, const char *source,
                          const struct devices *devices, int r)
{
        if (r == -ENODEV)
                return plan_refuse(edit->plan, finding, "no device here is %s", source);
        if (r == -ENODATA && devices->foreign)
                return plan_refuse(edit->plan, finding,
                                   "%s is a name of the image's own machine, and nothing shows which disk "
                                   "it means",
                                   source);
        if (r == -ENODATA)
                return plan_refuse(edit->plan, finding, "which device %s is cannot be told here", source);

        return r;
}

/* 1 and the device, with a UUID that it has alone; 0 after refusing. */
static int find_device(struct mounts_edit *edit, const struct finding *finding, const char *source,
                       const struct block_device **ret)
{
        struct context *context = plan_context(edit->plan);
        const struct block_device *device = NULL, *same = NULL;
        const struct devices *devices;
        _cleanup_free_ char *tag = NULL;
        size_t n = 0;
        int r;

        r = devices_get(context, &devices);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return refuse_unasked(edit, finding, r);
        r = devices_find_source(context, text_from_string(source), &device, NULL);
        if (r < 0)
                return refuse_unfound(edit, finding, source, devices, r);
        if (!device->tags[DEVICE_UUID])
                return plan_refuse(edit->plan, finding, "%s has no UUID that could be read", source);
        if (is_container(device))
                return plan_refuse(edit->plan, finding, "%s holds no file system, but %s", source,
                                   device->type);

        tag = string_format("UUID=%s", device->tags[DEVICE_UUID]);
        if (!tag)
                return -ENOMEM;
        r = devices_find_source(context, text_from_string(tag), &same, &n);
        if (r < 0)
                return refuse_unfound(edit, finding, tag, devices, r);
        if (n != 1 || same != device)
                return plan_refuse(edit->plan, finding, "%zu devices have its UUID %s", n,
                                   device->tags[DEVICE_UUID]);

        *ret = device;
        return 1;
}

static int rename_source(struct mounts_edit *edit, const struct finding *finding)
{
        const struct block_device *device = NULL;
        const struct mount_entry *entry;
        _cleanup_free_ char *source = NULL;
        int r;

        r = mounts_edit_find(edit, finding, &entry);
        if (r > 0)
                r = find_device(edit, finding, entry->line->spec.data, &device);
        if (r <= 0)
                return r;

        source = string_format("UUID=%s", device->tags[DEVICE_UUID]);
        if (!source)
                return -ENOMEM;
        r = fstab_set_field(edit->fstab, entry->number, FSTAB_SPEC, text_from_string(source));
        return mounts_edit_result(edit, finding, r);
}

static int plan_device_name(struct plan *plan)
{
        _cleanup_mounts_edit_ struct mounts_edit edit = { 0 };
        const struct finding *finding = NULL;
        int r;

        r = mounts_edit_begin(plan, &edit);
        if (r < 0)
                return r;

        while ((finding = plan_next_finding(plan, finding))) {
                r = rename_source(&edit, finding);
                if (r < 0)
                        return r;
        }

        return mounts_edit_commit(&edit);
}

const struct fixer fixer_fstab_device_name = {
        .id = "fstab-device-name",
        .title = "Name file systems by UUID in /etc/fstab",
        .fixes = (const char *const[]){ "fstab-device-name", NULL },
        .risk = RISK_BOOT,
        .flags = FIXER_OFFLINE,
        .plan = plan_device_name,
};
