/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/mounts.h"
#include "engine/probe.h"
#include "engine/resume.h"

/* Swap that was removed from fstab alone is still waited for, by the initramfs or by the resume generator:
 * from 30 seconds to without end, before there is a root or a network. */

static bool has_swap(const struct mounts *mounts)
{
        for (size_t i = 0; i < mounts->n_entries; i++)
                if (mount_configures_swap(&mounts->entries[i]))
                        return true;

        return false;
}

static int judge(struct context *context, const struct mounts *mounts,
                 const struct resume_reference *reference)
{
        _cleanup_free_ char *key = string_format("%s@%s", reference->option, reference->path);
        struct finding *finding;
        enum resume_match match;
        int r;

        if (!key)
                return -ENOMEM;
        r = resume_match(context, reference, &match);
        if (r < 0)
                return r;

        if (match == RESUME_CONFIGURED)
                return 0;
        if (match == RESUME_NOT_KNOWN)
                finding =
                        probe_unknown(context, key,
                                      "cannot tell whether %s names the configured swap, which has a name of "
                                      "another kind",
                                      reference->option);
        else if (has_swap(mounts))
                finding = probe_fail(
                        context, key,
                        "%s names swap that is not configured: a clone waits for it before its root "
                        "is mounted",
                        reference->option);
        else
                finding = probe_fail(
                        context, key,
                        "the removal of swap is incomplete: %s still names it, and a clone waits for "
                        "it before its root is mounted",
                        reference->option);
        finding_set_place(context, finding, reference->path, reference->line);
        finding_set_actual(context, finding, "%s", reference->option);
        finding_add_fact(context, finding, "source", "%s", reference->source);
        finding_add_fact(context, finding, "place", "%s",
                         reference->initramfs ? "initramfs configuration" : "kernel command line");
        return 0;
}

static void report_doubt(struct context *context, const struct resume_doubt *doubt)
{
        struct finding *finding;

        finding = probe_unknown(context, doubt->path, "cannot tell whether swap is named there: %s",
                                doubt->cause);
        finding_set_place(context, finding, doubt->path, doubt->line);
}

static int run(struct context *context)
{
        const struct resume *resume;
        const struct mounts *mounts;
        int r;

        r = mounts_get(context, &mounts);
        if (r < 0)
                return r;
        r = resume_get(context, &resume);
        if (r < 0)
                return r;

        for (size_t i = 0; i < resume->n_references; i++) {
                r = judge(context, mounts, &resume->references[i]);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < resume->n_doubts; i++)
                report_doubt(context, &resume->doubts[i]);

        if (findings_count(context_findings(context), context_probe(context)) == 0)
                (void) probe_pass(context, NULL,
                                  "neither the kernel command line nor the initramfs configuration "
                                  "names swap that is not configured");
        return 0;
}

static int applies(struct context *context)
{
        const struct resume *resume;
        int r;

        r = resume_get(context, &resume);
        if (r < 0)
                return r;
        if (!resume->bootable && resume->n_references == 0 && resume->n_doubts == 0)
                return probe_skip(context,
                                  "there is neither a kernel nor a boot loader here, as in a container");

        return 1;
}

const struct probe probe_swap_resume = {
        .id = "swap-resume",
        .area = "swap",
        .title = "Nothing that runs before the root is mounted names swap that is gone",
        .reason = "resume=, rd.lvm.lv= and RESUME= make the initramfs wait for a device. When swap was "
                  "removed from "
                  "/etc/fstab only, each boot of a clone waits there, on some releases without end.",
        .remedy = "Remove the parameter from every source of the kernel command line and from the initramfs "
                  "configuration, then rebuild the initramfs (dracut -f, update-initramfs -u).",
        .references = (const char *const[]){ "systemd-hibernate-resume-generator(8)", "dracut.cmdline(7)",
                                             "initramfs-tools(7)", "dracut.conf(5)", NULL },
        .severity = SEVERITY_CRITICAL,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = applies,
        .run = run,
};
