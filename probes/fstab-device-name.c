/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/devices.h"
#include "engine/mounts.h"
#include "engine/probe.h"

/* Kernel names follow the order of discovery and the driver (vda is nvme0n1 on the next family), by-path the
 * slot, by-id the serial number of the old volume: all of them change in a clone. */

/* The name that goes with the file system; NULL where it is not known for certain. */
static const char *uuid_of(struct context *context, const struct mount_entry *entry)
{
        const struct block_device *device = NULL;
        _cleanup_free_ char *source = NULL;
        size_t n = 0;

        if (devices_find_source(context, entry->line->spec, &device, NULL) < 0 || !device->tags[DEVICE_UUID])
                return NULL;

        source = string_format("UUID=%s", device->tags[DEVICE_UUID]);
        if (!source || devices_find_source(context, text_from_string(source), &device, &n) < 0 || n != 1)
                return NULL;

        return device->tags[DEVICE_UUID];
}

static void report(struct context *context, const struct mount_entry *entry)
{
        const char *source = entry->line->spec.data, *uuid = uuid_of(context, entry);
        bool swap = mount_is_swap(entry);
        struct finding *finding;

        finding = probe_fail(context, mount_key(entry),
                             "%s is taken from %s, a name that may mean another disk, or none, in a clone",
                             swap ? "swap" : entry->where, source);
        finding_set_place(context, finding, entry->path, entry->number);
        finding_set_actual(context, finding, "%s", source);
        if (uuid) {
                finding_set_required(context, finding, "UUID=%s", uuid);
                finding_add_fact(context, finding, "uuid", "%s", uuid);
        } else
                finding_set_required(context, finding, "UUID= or LABEL=");
}

static int run(struct context *context)
{
        const struct mounts *mounts;
        int r;

        r = mounts_get(context, &mounts);
        if (r < 0)
                return r;

        for (size_t i = 0; i < mounts->n_entries; i++) {
                const struct mount_entry *entry = &mounts->entries[i];

                if (device_name_is_unstable(entry->line->spec) &&
                    (mount_is_swap(entry) || mount_is_local_device(entry) ||
                     (fstab_is_network(entry->line) && !fstab_is_network_type(entry->line))))
                        report(context, entry);
        }

        if (findings_count(context_findings(context), context_probe(context)) == 0)
                (void) probe_pass(context, NULL, "no line depends on the order or slot of a disk");
        return 0;
}

const struct probe probe_fstab_device_name = {
        .id = "fstab-device-name",
        .area = "fstab",
        .title = "File systems are named by UUID or label, not by device",
        .reason = "Another instance type gives disks other names (/dev/vda1 becomes /dev/nvme0n1p1), and "
                  "slots and "
                  "serial numbers belong to the old disk: the line mounts the wrong file system, or none.",
        .remedy = "Replace the device by UUID=, as 'blkid' shows it for that device.",
        .references = (const char *const[]){ "fstab(5)", "blkid(8)", "udev(7)", NULL },
        .guestos_item = "GUESTOS.Fstab",
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = mounts_apply,
        .run = run,
};
