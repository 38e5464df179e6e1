/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/crypts.h"
#include "engine/devices.h"
#include "engine/lvm-devices.h"
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

static void report_crypt(struct context *context, const struct crypt_entry *crypt)
{
        struct finding *finding;

        finding =
                probe_fail(context, crypt->key,
                           "the encrypted volume %s is taken from %s, a name that may mean another disk, or "
                           "none, in a clone%s",
                           crypt->name, crypt->device,
                           crypt->erases ? ", and is made anew at each boot: what lies there is lost" : "");
        finding_set_place(context, finding, CRYPTTAB, crypt->number);
        finding_set_actual(context, finding, "%s", crypt->device);
        finding_set_required(context, finding, crypt->erases ? "PARTUUID=" : "UUID=");
}

static int judge_crypts(struct context *context)
{
        const struct crypts *crypts;
        int r;

        r = crypts_get(context, &crypts);
        for (size_t i = 0; r >= 0 && i < crypts->n; i++)
                if (device_name_is_unstable(text_from_string(crypts->items[i].device)))
                        report_crypt(context, &crypts->items[i]);

        return r;
}

static int report_bond(struct context *context, const struct lvm_bonds *bonds, const struct lvm_bound *bound)
{
        _cleanup_free_ char *key = string_format("system.devices:%s", bound->id_name);
        struct finding *finding;

        if (!key)
                return -ENOMEM;

        finding = probe_fail(
                context, key,
                "LVM looks for its volumes on the disk with the %s %s alone%s%s%s, which a clone "
                "does not have",
                text_equal(text_from_string(bound->id_type), "sys_serial") ? "serial number" : "ID",
                bound->id_name, bound->device_name[0] ? " (" : "", bound->device_name,
                bound->device_name[0] ? ")" : "");
        finding_set_place(context, finding, LVM_DEVICES, bound->number);
        finding_set_actual(context, finding, "IDTYPE=%s IDNAME=%s", bound->id_type, bound->id_name);
        finding_set_required(context, finding, "no devices file in the image, or use_devicesfile = 0");
        /* Newer versions search anew where the name of the machine is another one, as that of a clone is as
         * a rule. */
        if (bonds->by_host_name)
                finding_set_severity(finding, SEVERITY_NOTE);
        return 0;
}

static int judge_bonds(struct context *context)
{
        const struct lvm_bonds *bonds;
        int r;

        r = lvm_bonds_get(context, &bonds);
        for (size_t i = 0; r >= 0 && i < bonds->n; i++)
                r = report_bond(context, bonds, &bonds->items[i]);

        return r;
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
        r = judge_crypts(context);
        if (r >= 0)
                r = judge_bonds(context);
        if (r < 0)
                return r;

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
        .remedy = "Replace the device by UUID=, as 'blkid' shows it for that device. The devices file of LVM "
                  "is "
                  "removed before the image is made, and 'vgimportdevices -a' makes it again.",
        .references = (const char *const[]){ "fstab(5)", "crypttab(5)", "lvmdevices(8)", "blkid(8)",
                                             "udev(7)", NULL },
        .guestos_item = "GUESTOS.Fstab",
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = mounts_apply,
        .run = run,
};
