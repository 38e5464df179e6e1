/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/crypts.h"
#include "engine/devices.h"
#include "engine/mounts.h"
#include "engine/probe.h"

/* systemd waits 90 seconds for each device of a line without nofail, then ends the boot in emergency mode. In
 * a clone only the system disk is sure to be there, so each such line has to be shown to lie on it. */

static bool needs_its_device(const struct mount_entry *entry)
{
        return mount_is_local_device(entry) && !mount_is_system(entry) && !entry->boot.automount &&
               entry->boot.need != MOUNT_ON_DEMAND && !fstab_nofail(entry->line);
}

/* Without systemd a missing disk may end the boot (fsck) or only the mount. */
static const char *consequence(const struct context *context)
{
        return context_host(context)->systemd ? "the boot waits for it" : "the line is not optional";
}

static struct finding *report(struct context *context, const struct mount_entry *entry,
                              enum device_place place, const struct block_device *device)
{
        _cleanup_free_ char *disks = device ? device_disks(device) : NULL;
        const char *source = entry->line->spec.data;

        switch (place) {
        case DEVICE_ELSEWHERE:
                /* A volume or array may have the system disk among its own, and still needs the others. */
                if (device && device->n_disks > 1)
                        return probe_fail(context, mount_key(entry),
                                          "%s (%s) is spread over %s, not on the system disk alone, and %s",
                                          entry->where, source, disks ? disks : "several disks",
                                          consequence(context));
                return probe_fail(context, mount_key(entry),
                                  "%s (%s) lies on %s, not on the system disk, and %s", entry->where, source,
                                  disks ? disks : "another disk", consequence(context));
        case DEVICE_MISSING:
                return probe_fail(context, mount_key(entry), "%s (%s) has no device here, and %s",
                                  entry->where, source, consequence(context));
        default:
                return probe_fail(context, mount_key(entry),
                                  "%s (%s) could not be shown to lie on the system disk, and %s",
                                  entry->where, source, consequence(context));
        }
}

/* 1 when the entry was reported, 0 when its device is no danger. */
static int judge(struct context *context, const struct mount_entry *entry)
{
        const struct block_device *device;
        enum device_place place;
        struct finding *finding;
        int r;

        r = devices_locate(context, entry->line, &place, &device);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                finding =
                        probe_unknown(context, mount_key(entry), "cannot tell on which disk %s (%s) lies: %s",
                                      entry->where, entry->line->spec.data,
                                      context_diag(context)->message ? context_diag(context)->message : "");
                finding_set_place(context, finding, entry->path, entry->number);
                return 1;
        }
        if (place == DEVICE_ON_SYSTEM_DISK)
                return 0;

        finding = report(context, entry, place, device);
        finding_set_place(context, finding, entry->path, entry->number);
        finding_set_required(context, finding, "nofail, or the line commented out");
        finding_add_fact(context, finding, "source", "%s", entry->line->spec.data);
        /* A unit that only another unit wants keeps the boot waiting, but does not end it. */
        if (!mount_stops_boot(entry) && entry->unit)
                finding_set_severity(finding, SEVERITY_WARNING);
        if (device)
                finding_add_fact(context, finding, "device", "%s", device->name);
        if (place == DEVICE_NOT_SHOWN && !root_is_live(context_root(context)))
                finding_add_fact(context, finding, "shownBy", "%s",
                                 context_options(context)->system_disk
                                         ? "no partition of the disk that --system-disk names has it"
                                         : "nothing; name the image's own disk with --system-disk");
        return 1;
}

static bool is_optional(const struct mount_entry *holder, void *userdata)
{
        (void) userdata;
        return mount_is_optional(holder);
}

/* Optional, and not shown to lie on the system disk. fstab-root tells of the system's own. */
static int may_be_missing(struct context *context, const struct mount_entry *holder, bool *ret)
{
        const struct block_device *device;
        enum device_place place;
        int r;

        *ret = false;
        if (!holder || !mount_is_optional(holder) || holder->boot.automount ||
            !mount_is_local_device(holder) || mount_is_system(holder))
                return 0;
        r = devices_locate(context, holder->line, &place, &device);
        if (r == -ENOMEM)
                return r;

        *ret = r < 0 || place != DEVICE_ON_SYSTEM_DISK;
        return 0;
}

static void report_dependent(struct context *context, const struct mount_entry *entry,
                             struct finding *finding)
{
        finding_set_severity(finding, SEVERITY_WARNING);
        finding_set_place(context, finding, entry->path, entry->number);
        finding_set_required(context, finding, "nofail");
}

/* A bind mount, an overlay or an image file fails with the file system that holds its source, and any mount
 * with the one that holds its mount point. Where that one ends the boot, it is reported itself. */
static int judge_holders(struct context *context, const struct mounts *mounts,
                         const struct mount_entry *entry)
{
        const struct mount_entry *holder;
        bool missing;
        int r;

        r = mounts_find_source(mounts, entry, is_optional, NULL, &holder);
        if (r < 0)
                return r;
        r = may_be_missing(context, holder, &missing);
        if (r < 0)
                return r;
        if (missing) {
                report_dependent(context, entry,
                                 probe_fail(context, mount_key(entry),
                                            "the source of %s (%s) is on the optional %s: without that disk "
                                            "the boot can end in emergency mode",
                                            entry->where, entry->line->spec.data, holder->where));
                return 0;
        }

        holder = mounts_find_parent(mounts, entry);
        r = may_be_missing(context, holder, &missing);
        if (r < 0)
                return r;
        if (missing)
                report_dependent(context, entry,
                                 probe_fail(context, mount_key(entry),
                                            "%s lies below the optional %s, which systemd mounts first: "
                                            "without that disk the boot can end in emergency mode",
                                            entry->where, holder->where));
        return 0;
}

static int judge_entry(struct context *context, const struct mounts *mounts, const struct mount_entry *entry)
{
        int r;

        if (needs_its_device(entry) && !mounts_same_as_root(mounts, entry)) {
                r = judge(context, entry);
                if (r != 0)
                        return r < 0 ? r : 0;
        }

        return mount_stops_boot(entry) ? judge_holders(context, mounts, entry) : 0;
}

static struct finding *report_crypt(struct context *context, const struct crypt_entry *crypt,
                                    enum device_place place, const struct block_device *device,
                                    bool may_hold_root)
{
        _cleanup_free_ char *disks = device ? device_disks(device) : NULL;

        if (place == DEVICE_ELSEWHERE)
                return probe_fail(
                        context, crypt->key,
                        "the encrypted volume %s (%s) lies on %s, not on the system disk%s, and the "
                        "boot waits for it",
                        crypt->name, crypt->device, disks ? disks : "another disk",
                        device && device->n_disks > 1 ? " alone" : "");
        if (place == DEVICE_MISSING)
                return probe_fail(
                        context, crypt->key,
                        "the encrypted volume %s (%s) has no device here, and the boot waits for it",
                        crypt->name, crypt->device);
        if (may_hold_root)
                return probe_unknown(
                        context, crypt->key,
                        "cannot tell whether the encrypted volume %s (%s) lies on the system disk "
                        "like the root",
                        crypt->name, crypt->device);

        return probe_fail(
                context, crypt->key,
                "the encrypted volume %s (%s) could not be shown to lie on the system disk, and the "
                "boot waits for it",
                crypt->name, crypt->device);
}

/* 1 with the place of a device that is not shown to be on the system disk. */
static int locate(struct context *context, const char *source, enum device_place *ret,
                  const struct block_device **ret_device)
{
        const struct fstab_line line = { .spec = text_from_string(source) };
        int r;

        r = devices_locate(context, &line, ret, ret_device);
        return r < 0 ? r : *ret != DEVICE_ON_SYSTEM_DISK;
}

/* Its target is wanted and not required: the boot goes on without it after 90 seconds. */
static int judge_crypt(struct context *context, const struct mounts *mounts, const struct crypts *crypts,
                       const struct crypt_entry *crypt)
{
        const struct block_device *device;
        enum device_place place;
        struct finding *finding;
        int r;

        if (!crypt->waits || crypt_is_system(crypt->name, mounts))
                return 0;
        r = locate(context, crypt->device, &place, &device);
        if (r <= 0)
                return r;

        finding = report_crypt(context, crypt, place, device, crypt_may_hold_root(crypts, crypt, mounts));
        finding_set_severity(finding, SEVERITY_WARNING);
        finding_set_place(context, finding, CRYPTTAB, crypt->number);
        finding_set_required(context, finding, "nofail among its options, or the line commented out");
        finding_add_fact(context, finding, "source", "%s", crypt->device);
        return 0;
}

static int judge_option(struct context *context, const struct mounts *mounts,
                        const struct crypt_option *option)
{
        _cleanup_free_ char *key = string_format("%s@%s", option->option, option->path), *disks = NULL;
        const struct block_device *device;
        enum device_place place;
        struct finding *finding;
        int r;

        if (!key)
                return -ENOMEM;
        if (crypt_is_system(option->name, mounts))
                return 0;
        r = locate(context, option->device, &place, &device);
        if (r <= 0)
                return r;

        disks = device ? device_disks(device) : NULL;
        if (place == DEVICE_NOT_SHOWN) {
                finding = probe_unknown(context, key,
                                        "cannot tell whether %s names a volume on the system disk",
                                        option->option);
                finding_set_severity(finding, SEVERITY_WARNING);
        } else
                finding = probe_fail(context, key, "%s names a volume on %s, and the initramfs waits for it",
                                     option->option, disks ? disks : "no device that is here");
        finding_set_place(context, finding, option->path, option->line);
        finding_set_actual(context, finding, "%s", option->option);
        finding_add_fact(context, finding, "source", "%s", option->device);
        return 0;
}

static int judge_encrypted(struct context *context, const struct mounts *mounts)
{
        const struct crypts *crypts;
        int r;

        r = crypts_get(context, &crypts);
        for (size_t i = 0; r >= 0 && i < crypts->n; i++)
                r = judge_crypt(context, mounts, crypts, &crypts->items[i]);
        for (size_t i = 0; r >= 0 && i < crypts->n_options; i++)
                r = judge_option(context, mounts, &crypts->options[i]);

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
                r = judge_entry(context, mounts, &mounts->entries[i]);
                if (r < 0)
                        return r;
        }
        r = judge_encrypted(context, mounts);
        if (r < 0)
                return r;

        if (findings_count(context_findings(context), context_probe(context)) == 0)
                (void) probe_pass(context, NULL, "the boot waits for no disk but the system disk");
        return 0;
}

const struct probe probe_fstab_data_disk = {
        .id = "fstab-data-disk",
        .area = "fstab",
        .title = "The boot needs no disk other than the system disk",
        .reason =
                "A clone may be started without the data disk, or with a new one that is neither partitioned "
                "nor formatted. systemd then waits 90 seconds for it and ends in emergency mode, where no "
                "network runs.",
        .remedy = "Add nofail to the options of the line, or comment the line out before the image is made. "
                  "Not "
                  "needed when clones always get data disks from snapshots of these.",
        .references =
                (const char *const[]){ "systemd.mount(5)", "systemd-fstab-generator(8)", "fstab(5)",
                                       "crypttab(5)", "Alibaba Cloud ECS documentation: Image FAQ", NULL },
        .guestos_item = "GUESTOS.Fstab",
        .severity = SEVERITY_CRITICAL,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = mounts_apply,
        .run = run,
};
