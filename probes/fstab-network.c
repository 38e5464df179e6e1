/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mounts.h"
#include "engine/probe.h"

#include <string.h>

/* remote-fs.target waits for what is on the network, and logins wait for remote-fs.target. A clone in another
 * network may never reach the server. */

/* A block device that comes over the network, as far as its name tells. */
static bool is_network_device(struct text source)
{
        return text_starts(source, "/dev/nbd") || text_starts(source, "/dev/rbd") ||
               (text_starts(source, "/dev/disk/by-path/") && text_contains(source, "-iscsi-"));
}

/* Programs that mount object storage or the like. systemd takes them for local file systems unless _netdev
 * says otherwise: it starts them before the network, and their failure ends the boot. */
static bool is_network_program(const struct fstab_line *line)
{
        static const char *const programs[] = { "ossfs", "ossfs2",  "s3fs",  "goofys", "rclone",
                                                "sshfs", "gcsfuse", "cosfs", "obsfs",  "juicefs" };

        for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
                struct text source = line->spec, type = line->vfstype, name = text_from_string(programs[i]);

                /* Both ways of fuse(8): "ossfs#bucket … fuse" and "bucket … fuse.ossfs". */
                if (text_starts(source, programs[i]) && source.len > name.len && source.data[name.len] == '#')
                        return true;
                if (text_starts(type, "fuse."))
                        type = (struct text){ type.data + strlen("fuse."), type.len - strlen("fuse.") };
                if (text_same(type, name))
                        return true;
        }

        return false;
}

static void report_program(struct context *context, const struct mount_entry *entry)
{
        bool optional = mount_is_optional(entry);
        struct finding *finding;

        finding =
                probe_fail(context, mount_key(entry),
                           "%s comes over the network and lacks _netdev: it is mounted before the network is "
                           "up%s",
                           entry->where, optional ? ", and so never" : ", and its failure ends the boot");
        finding_set_place(context, finding, entry->path, entry->number);
        finding_set_required(context, finding, optional ? "_netdev" : "_netdev,nofail");
        finding_add_fact(context, finding, "missing", optional ? "_netdev" : "_netdev,nofail");
}

static void report_required(struct context *context, const struct mount_entry *entry)
{
        struct finding *finding;

        finding = probe_fail(context, mount_key(entry),
                             "%s comes over the network and the boot waits for it: logins hang while its "
                             "server cannot be reached",
                             entry->where);
        finding_set_place(context, finding, entry->path, entry->number);
        finding_set_required(context, finding, "nofail, noauto or x-systemd.automount");
        finding_add_fact(context, finding, "missing", "nofail");
}

static void report_netdev(struct context *context, const struct mount_entry *entry)
{
        /* With _netdev alone it would be the next one that the boot waits for. */
        const char *missing =
                mount_is_optional(entry) || mount_is_system(entry) ? "_netdev" : "_netdev,nofail";
        struct finding *finding;

        finding =
                probe_fail(context, mount_key(entry),
                           "%s lies on the network device %s and lacks _netdev: it is waited for before the "
                           "network is up",
                           entry->where, entry->line->spec.data);
        finding_set_place(context, finding, entry->path, entry->number);
        finding_set_required(context, finding, "%s", missing);
        finding_add_fact(context, finding, "missing", "%s", missing);
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

                if (mount_is_swap(entry) || entry->where[0] != '/')
                        continue;
                if (fstab_is_network(entry->line)) {
                        if (!mount_is_optional(entry) && !mount_is_system(entry))
                                report_required(context, entry);
                } else if (is_network_program(entry->line)) {
                        if (entry->boot.need != MOUNT_ON_DEMAND && entry->boot.need != MOUNT_IGNORED &&
                            !entry->boot.automount)
                                report_program(context, entry);
                } else if (is_network_device(entry->line->spec) && entry->boot.need != MOUNT_ON_DEMAND)
                        report_netdev(context, entry);
        }

        if (findings_count(context_findings(context), context_probe(context)) == 0)
                (void) probe_pass(context, NULL, "the boot waits for nothing that comes over the network");
        return 0;
}

const struct probe probe_fstab_network = {
        .id = "fstab-network",
        .area = "fstab",
        .title = "The boot does not wait for file systems on the network",
        .reason =
                "A clone may start in another network, without the server or the right to reach it. Without "
                "nofail its logins wait for the mount to time out; a network device without _netdev is even "
                "waited for before there is a network.",
        .remedy = "Add nofail (and _netdev for a network block device) to the options, or mount on first use "
                  "with "
                  "x-systemd.automount.",
        .references = (const char *const[]){ "systemd.mount(5)", "fstab(5)", "nfs(5)", NULL },
        .guestos_item = "GUESTOS.Fstab",
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = mounts_apply,
        .run = run,
};
