/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/crypts.h"
#include "engine/devices.h"
#include "engine/mounts.h"
#include "engine/probe.h"

/* A name that no device has ends this machine's own next boot, not only a clone's. Absence is believed only
 * where udev keeps its links: a container without it sees no name at all. */

static int judge(struct context *context, const struct devices *devices, const struct mount_entry *entry)
{
        const struct block_device *device = NULL;
        const char *source = entry->line->spec.data;
        struct finding *finding;
        size_t n = 0;
        int r;

        r = devices_find(devices, entry->line->spec, &device, &n);
        if (r == -ENODEV)
                finding = probe_fail(
                        context, mount_key(entry),
                        "no block device is %s: the next boot waits for it, then ends in emergency "
                        "mode without %s",
                        source, entry->where);
        else if (r == -ENODATA)
                finding = probe_unknown(
                        context, mount_key(entry),
                        "cannot tell whether %s for %s exists: udev keeps no links of that kind "
                        "here",
                        source, entry->where);
        else if (r < 0)
                return r;
        else if (n > 1 && device->type && !string_equal(device->type, "btrfs")) {
                finding = probe_fail(context, mount_key(entry),
                                     "%zu block devices are %s: which of them becomes %s is chance", n,
                                     source, entry->where);
                finding_set_severity(finding, SEVERITY_WARNING);
        } else
                return 0;

        finding_set_place(context, finding, entry->path, entry->number);
        finding_add_fact(context, finding, "source", "%s", source);
        return 0;
}

/* The target for encrypted volumes is wanted, not required: the boot goes on without it, later. */
static int judge_crypt(struct context *context, const struct devices *devices,
                       const struct crypt_entry *crypt)
{
        const struct block_device *device;
        struct finding *finding;
        int r;

        r = devices_find(devices, text_from_string(crypt->device), &device, NULL);
        if (r == -ENODEV)
                finding = probe_fail(context, crypt->key,
                                     "no block device is %s: each boot waits for it, to set up the encrypted "
                                     "volume %s",
                                     crypt->device, crypt->name);
        else if (r == -ENODATA)
                finding =
                        probe_unknown(context, crypt->key,
                                      "cannot tell whether %s for the encrypted volume %s exists: udev keeps "
                                      "no links of that kind here",
                                      crypt->device, crypt->name);
        else
                return r;

        finding_set_severity(finding, SEVERITY_WARNING);
        finding_set_place(context, finding, CRYPTTAB, crypt->number);
        finding_add_fact(context, finding, "source", "%s", crypt->device);
        return 0;
}

static int judge_crypts(struct context *context, const struct devices *devices, size_t *n)
{
        const struct crypts *crypts;
        int r;

        r = crypts_get(context, &crypts);
        for (size_t i = 0; r >= 0 && i < crypts->n; i++) {
                if (!crypts->items[i].waits)
                        continue;
                ++*n;
                r = judge_crypt(context, devices, &crypts->items[i]);
        }

        return r;
}

static int run(struct context *context)
{
        const struct devices *devices;
        const struct mounts *mounts;
        size_t n = 0;
        int r;

        r = mounts_get(context, &mounts);
        if (r < 0)
                return r;
        r = devices_get(context, &devices);
        if (r < 0)
                return r;

        for (size_t i = 0; i < mounts->n_entries; i++) {
                const struct mount_entry *entry = &mounts->entries[i];

                if (!mount_is_local_device(entry) || !mount_stops_boot(entry))
                        continue;
                n++;
                r = judge(context, devices, entry);
                if (r < 0)
                        return r;
        }
        r = judge_crypts(context, devices, &n);
        if (r < 0)
                return r;

        if (findings_count(context_findings(context), context_probe(context)) > 0)
                return 0;

        if (n == 0)
                (void) probe_pass(context, NULL, "no line makes the boot wait for a device");
        else if (n == 1)
                (void) probe_pass(context, NULL, "the only device that the boot waits for exists");
        else
                (void) probe_pass(context, NULL, "all %zu devices that the boot waits for exist", n);
        return 0;
}

const struct probe probe_fstab_device_missing = {
        .id = "fstab-device-missing",
        .area = "fstab",
        .title = "Every device that the boot waits for exists",
        .reason = "A UUID, label or path that no device has (after a reformat, or a detached disk) keeps the "
                  "next boot waiting for 90 seconds and ends it in emergency mode.",
        .remedy = "Write the device's present UUID ('blkid' shows it), add nofail, or comment the line out.",
        .references =
                (const char *const[]){ "fstab(5)", "crypttab(5)", "systemd.mount(5)", "blkid(8)", NULL },
        .guestos_item = "GUESTOS.Fstab",
        .severity = SEVERITY_CRITICAL,
        .flags = PROBE_LIVE,
        .applies = mounts_apply,
        .run = run,
};
