/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/devices.h"
#include "engine/mounts.h"
#include "engine/probe.h"

/* Cloud disks keep several copies of every block, so that swapping triples its I/O, and a swap name that a
 * clone does not have delays each boot by 90 seconds. The kinds of swap want different cures, so each has its
 * key. */

enum kind { ZRAM, STALE, EPHEMERAL, PERHAPS_EPHEMERAL, CLOUDCONFIG, SWAP_FILE, PARTITION, KIND_COUNT };

static const struct kind_text {
        const char *name;    /* in keys and facts; plain swap has no prefix in its key */
        const char *summary; /* takes the source and the consequence */
} kinds[] = {
        [ZRAM] = { "zram",
                   "%s is compressed memory, which a line cannot create: a boot that does not set it up "
                   "first %s" },
        [STALE] = { "stale", "swap is taken from %s, which does not exist: each boot %s" },
        [EPHEMERAL] = { "ephemeral",
                        "swap is taken from %s, which is not on the system disk: a clone without it "
                        "%s at each boot" },
        [PERHAPS_EPHEMERAL] = { "ephemeral",
                                "swap is taken from %s, which could not be shown to lie on the system disk: "
                                "a clone without it %s at each boot" },
        [CLOUDCONFIG] = { "cloudconfig", "swap on %s was made by cloud-init, which will make it again" },
        [SWAP_FILE] = { "file", "swap file %s is used at each boot" },
        [PARTITION] = { "partition", "swap on %s is used at each boot" },
};
_Static_assert(ARRAY_SIZE(kinds) == KIND_COUNT, "a row for each kind");

static bool is_file(const struct mount_entry *entry)
{
        return text_starts(entry->line->spec, "/") && !text_starts(entry->line->spec, "/dev/");
}

/* A file that is looked for only where it lies on the root: another file system need not be mounted now. */
static int kind_of_file(struct context *context, const struct mounts *mounts, const struct mount_entry *entry,
                        enum kind *ret)
{
        _cleanup_free_ char *path = mount_normalize(entry->line->spec);
        const struct mount_entry *holder;
        const struct block_device *device;
        enum device_place place;
        int r;

        if (!path)
                return -ENOMEM;
        holder = mounts_find(mounts, path);
        if (holder && !mount_is_system(holder) && mount_is_local_device(holder) &&
            !mounts_same_as_root(mounts, holder)) {
                r = devices_locate(context, holder->line, &place, &device);
                if (r < 0)
                        return r;
                if (place != DEVICE_ON_SYSTEM_DISK) {
                        *ret = place == DEVICE_NOT_SHOWN ? PERHAPS_EPHEMERAL : EPHEMERAL;
                        return 0;
                }
        }
        if (holder && !string_equal(holder->where, "/"))
                return 0;

        r = root_exists(context_root(context), path);
        if (r == 0)
                *ret = STALE;
        return r < 0 ? r : 0;
}

static int kind_of_device(struct context *context, const struct mount_entry *entry, enum kind *ret)
{
        const struct block_device *device;
        enum device_place place;
        int r;

        r = devices_locate(context, entry->line, &place, &device);
        if (r < 0)
                return r;

        if (place == DEVICE_MISSING)
                *ret = STALE;
        else if (place == DEVICE_ELSEWHERE)
                *ret = EPHEMERAL;
        return 0;
}

static bool is_from_cloud_init(const struct mount_entry *entry)
{
        struct text rest = entry->line->mntops, word;

        while (text_next_word(&rest, ",", &word))
                if (text_equal(word, "comment=cloudconfig"))
                        return true;

        return false;
}

static int kind_of(struct context *context, const struct mounts *mounts, const struct mount_entry *entry,
                   enum kind *ret)
{
        if (text_starts(entry->line->spec, "/dev/zram")) {
                *ret = ZRAM;
                return 0;
        }

        *ret = is_from_cloud_init(entry) ? CLOUDCONFIG : is_file(entry) ? SWAP_FILE : PARTITION;
        return is_file(entry) ? kind_of_file(context, mounts, entry, ret)
                              : kind_of_device(context, entry, ret);
}

/* systemd waits for devices; for a file that is not there neither it nor swapon(8) does. */
static const char *consequence(const struct context *context, const struct mount_entry *entry, enum kind kind)
{
        bool waits = context_host(context)->systemd && !(kind == STALE && is_file(entry));

        return waits ? "waits 90 seconds for it" : "fails to turn it on";
}

static int judge(struct context *context, const struct mounts *mounts, const struct mount_entry *entry)
{
        const char *source = entry->line->spec.data;
        _cleanup_free_ char *key = NULL;
        struct finding *finding;
        enum kind kind;
        int r;

        r = kind_of(context, mounts, entry, &kind);
        if (r < 0)
                return r;

        key = kind < SWAP_FILE ? string_format("%s:%s", kinds[kind].name, source)
                               : string_format("%s", source);
        if (!key)
                return -ENOMEM;
        if (!mount_configures_swap(entry)) {
                finding = probe_pass(context, key, "the unit for swap on %s is not enabled", source);
                finding_set_place(context, finding, entry->path, 0);
                return 0;
        }
        if (entry->boot.need == MOUNT_ON_DEMAND)
                finding = probe_fail(context, key, "swap on %s is configured, though no boot turns it on",
                                     source);
        else
                finding = probe_fail(context, key, kinds[kind].summary, source,
                                     consequence(context, entry, kind));
        finding_set_place(context, finding, entry->path, entry->number);
        finding_set_required(context, finding, "no swap");
        finding_add_fact(context, finding, "kind", "%s", kinds[kind].name);
        if (entry->boot.need == MOUNT_ON_DEMAND) {
                finding_set_severity(finding, SEVERITY_NOTE);
                finding_add_fact(context, finding, "atBoot", "no");
        }
        return 0;
}

static int run(struct context *context)
{
        const struct mounts *mounts;
        int r;

        r = mounts_get(context, &mounts);
        if (r < 0)
                return r;

        for (size_t i = 0; i < mounts->n_entries; i++) {
                if (!mount_is_swap(&mounts->entries[i]))
                        continue;
                r = judge(context, mounts, &mounts->entries[i]);
                if (r < 0)
                        return r;
        }

        if (findings_count(context_findings(context), context_probe(context)) == 0)
                (void) probe_pass(context, NULL, "neither /etc/fstab nor a unit turns on swap");
        return 0;
}

const struct probe probe_swap_configured = {
        .id = "swap-configured",
        .area = "swap",
        .title = "No swap is configured",
        .reason = "Cloud disks keep several copies of every block: swapping multiplies that I/O and slows a "
                  "loaded "
                  "machine further. Swap that a clone does not have delays each of its boots.",
        .remedy =
                "Turn it off with swapoff, comment out the line or disable the unit, then remove resume= and "
                "rd.lvm.lv= of it from the kernel command line and the initramfs.",
        .references = (const char *const[]){ "swapon(8)", "systemd.swap(5)", "fstab(5)",
                                             "Alibaba Cloud ECS documentation: Image FAQ", NULL },
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .run = run,
};
