/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot.h"
#include "engine/mounts.h"
#include "engine/probe.h"

/* The initramfs mounts the root by the kernel command line, mostly read-only; the line of fstab is what
 * checks it and makes it writable. A root without kernel and boot loader (a container image) has no use for
 * one. */

static bool is_checked(const struct mount_entry *entry)
{
        static const char *const places[] = { "/", "/usr", "/boot", NULL };

        return !entry->unit && string_in_list(entry->where, places);
}

static int judge_options(struct context *context, const struct mount_entry *entry)
{
        static const struct {
                const char *yes, *no;
                const char *key; /* what waives one of them does not waive the other */
        } options[] = { { "nofail", "fail", "" }, { "noauto", "auto", "noauto:" } };

        for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
                _cleanup_free_ char *key = NULL;
                struct finding *finding;

                if (!fstab_option_yes(entry->line, options[i].yes, options[i].no))
                        continue;
                key = string_format("%s%s", options[i].key, entry->where);
                if (!key)
                        return -ENOMEM;
                finding = probe_fail(context, key, "%s carries %s, so that the system can start without it",
                                     entry->where, options[i].yes);
                finding_set_place(context, finding, entry->path, entry->number);
                finding_set_actual(context, finding, "%s", options[i].yes);
                finding_set_required(context, finding, "no %s", options[i].yes);
        }

        return 0;
}

static void judge_pass_number(struct context *context, const struct mount_entry *root)
{
        struct finding *finding;

        if (root->line->passno == 0 || root->line->passno == 1)
                return;

        finding = probe_fail(context, "passno", "the fsck pass of / is %d: it is not checked first",
                             root->line->passno);
        finding_set_severity(finding, SEVERITY_NOTE);
        finding_set_place(context, finding, root->path, root->number);
        finding_set_actual(context, finding, "%d", root->line->passno);
        finding_set_required(context, finding, "1, or 0 for file systems that need no check");
}

static void report_second(struct context *context, const struct mount_entry *first,
                          const struct mount_entry *second)
{
        struct finding *finding;

        finding = probe_fail(context, "second",
                             "/ stands in line %u and again in line %u: which one counts differs "
                             "from reader to reader",
                             first->number, second->number);
        finding_set_place(context, finding, second->path, second->number);
        finding_set_actual(context, finding, "%s", second->line->spec.data);
        finding_add_fact(context, finding, "otherLine", "%u", first->number);
}

static void report_none(struct context *context, const struct mounts *mounts)
{
        struct finding *finding;

        if (mounts->fstab)
                finding = probe_fail(context, NULL,
                                     "/etc/fstab has no line for /: the root is neither checked nor "
                                     "made writable at boot");
        else if (!string_equal(mounts->fstab_place, "/etc/fstab"))
                finding = probe_fail(context, NULL,
                                     "/etc/fstab is a link to %s, which does not exist: the root is "
                                     "neither checked nor made writable at boot",
                                     mounts->fstab_place);
        else
                finding = probe_fail(context, NULL,
                                     "there is no /etc/fstab: the root is neither checked nor made "
                                     "writable at boot");
        finding_set_place(context, finding, "/etc/fstab", 0);
}

static int run(struct context *context)
{
        const struct mount_entry *root = NULL;
        const struct mounts *mounts;
        int r;

        r = mounts_get(context, &mounts);
        if (r < 0)
                return r;

        for (size_t i = 0; i < mounts->n_entries; i++) {
                const struct mount_entry *entry = &mounts->entries[i];

                if (!is_checked(entry))
                        continue;
                r = judge_options(context, entry);
                if (r < 0)
                        return r;
                if (!string_equal(entry->where, "/"))
                        continue;
                judge_pass_number(context, entry);
                if (root)
                        report_second(context, root, entry);
                else
                        root = entry;
        }

        if (!root)
                report_none(context, mounts);
        else if (findings_count(context_findings(context), context_probe(context)) == 0) {
                struct finding *finding = probe_pass(context, NULL,
                                                     "/ stands once in /etc/fstab, and is not "
                                                     "optional");

                finding_set_place(context, finding, root->path, root->number);
        }
        return 0;
}

static int applies(struct context *context)
{
        const struct mounts *mounts;
        const struct boot *boot;
        int r;

        r = mounts_get(context, &mounts);
        if (r < 0)
                return r;
        if (mounts->n_entries > 0)
                return 1;

        r = boot_get(context, &boot);
        if (r < 0)
                return r;
        if (!boot->kernel_installed && string_equal(boot->loader, "none"))
                return probe_skip(context,
                                  "there is neither a kernel nor a boot loader here, as in a container: "
                                  "nothing mounts a root by fstab");

        return 1;
}

const struct probe probe_fstab_root = {
        .id = "fstab-root",
        .area = "fstab",
        .title = "/etc/fstab names the root once, and the system's own file systems are not optional",
        .reason = "Without its line the root stays as the kernel mounted it, often read-only and unchecked. "
                  "With "
                  "nofail or noauto on /usr or /boot the system starts half, and kernel updates go to the "
                  "wrong "
                  "place.",
        .remedy = "Write one line for /, with the root's own UUID, fsck pass 1 (0 for xfs and btrfs), and "
                  "without "
                  "nofail and noauto.",
        .references = (const char *const[]){ "fstab(5)", "systemd-fstab-generator(8)",
                                             "systemd-remount-fs.service(8)", NULL },
        .guestos_item = "GUESTOS.Fstab",
        .severity = SEVERITY_CRITICAL,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = applies,
        .run = run,
};
