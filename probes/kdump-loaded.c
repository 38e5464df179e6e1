/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/host.h"
#include "engine/kdump-chain.h"
#include "engine/probe.h"

#include <inttypes.h>

/* What the running kernel says, against what is configured. An enabled unit proves nothing: it may have been
 * skipped by its condition, which shows neither as active nor as failed. The verdict names the first missing
 * link between the two. */

#define CMDLINE "/proc/cmdline"

/* Texts take the subject and the cause. Without a state there is nothing to judge, and it is a skip. */
static const struct {
        const char *state, *text, *path;
} links[KDUMP_LINK_COUNT] = {
        [KDUMP_LOADED] = { "loaded", "a crash kernel is loaded" },
        [KDUMP_STALE] = { "stale", "a crash kernel is loaded, but was made before '%s' changed" },
        [KDUMP_NO_TOOL] = { "reserved-but-unusable", "memory is reserved but unusable: '%s' is not "
                                                     "installed, so nothing loads a crash kernel" },
        [KDUMP_LOAD_DISABLED] = { "reserved-but-unusable",
                                  "memory is reserved but unusable: kernel.kexec_load_disabled forbids "
                                  "loading a crash "
                                  "kernel until the next boot",
                                  "/proc/sys/kernel/kexec_load_disabled" },
        [KDUMP_LOCKED_DOWN] = { "reserved-but-unusable",
                                "memory is reserved, but '%s' loaded nothing: under Secure Boot or lockdown "
                                "the kernel "
                                "takes only a signed crash kernel, loaded with 'kexec -s'" },
        [KDUMP_SERVICE_OFF] = { "reserved", "memory is reserved, but no crash kernel is loaded: '%s' is %s" },
        [KDUMP_SWITCHED_OFF] = { "reserved", "memory is reserved, but no crash kernel is loaded: USE_KDUMP "
                                             "is off for '%s'" },
        [KDUMP_NO_INITRAMFS] = { "reserved", "memory is reserved, but '%s' loaded no crash kernel: there is "
                                             "no crash initramfs for "
                                             "the running kernel" },
        [KDUMP_LOAD_FAILED] = { "reserved",
                                "memory is reserved, but '%s' loaded no crash kernel: its journal says why" },
        [KDUMP_UNRESERVABLE] = { "configured", "crashkernel=%s reserved nothing: %s", CMDLINE },
        [KDUMP_ADDRESS_TAKEN] = { "configured",
                                  "crashkernel=%s reserved nothing: memory at that address is in use",
                                  CMDLINE },
        [KDUMP_REFUSED] = { "configured",
                            "crashkernel=%s reserved nothing: 'dmesg | grep -i crashkernel' says why",
                            CMDLINE },
        [KDUMP_UNIT_SKIPPED] = { "absent",
                                 "'%s' is enabled, but was skipped by its start condition, which shows "
                                 "nowhere as a "
                                 "failure: the running kernel has no crashkernel=",
                                 CMDLINE },
        [KDUMP_UNIT_FAILED] = { "absent",
                                "'%s' is enabled, but has no memory to load a crash kernel into: the running "
                                "kernel has "
                                "no crashkernel=",
                                CMDLINE },
        [KDUMP_NO_SUPPORT] = { "absent", "the running kernel is built without crash kernels" },
        [KDUMP_PENDING] = { NULL, "pending reboot: crashkernel=%s takes effect with the next boot, until "
                                  "then no crash "
                                  "kernel can be loaded" },
        [KDUMP_NOT_SET_UP] = { NULL,
                               "kdump is not set up: see kdump-tools, kdump-service and kdump-reservation" },
        [KDUMP_NOT_POSSIBLE] = { NULL, "this is a confidential virtual machine, which has no crash dumps" },
};

static void report(struct context *context, const struct kdump_chain *chain, const char *text)
{
        struct finding *finding;

        if (chain->link == KDUMP_LOADED)
                finding = probe_pass(context, NULL, "%s", text);
        else
                finding = probe_fail(context, NULL, "%s%s", text,
                                     chain->link != KDUMP_STALE ? ""
                                     : chain->never_rebuilt     ? ", and force_no_rebuild keeps it so"
                                                                : ": the change is not in effect");
        if (chain->link == KDUMP_STALE) {
                finding_set_place(context, finding, chain->initramfs.path, 0);
                finding_set_required(context, finding, "%s", kdump_family(context_host(context))->rebuild);
        } else
                finding_set_place(context, finding, links[chain->link].path, 0);
        if (chain->link == KDUMP_NO_TOOL)
                finding_set_required(context, finding, "%s", kdump_family(context_host(context))->install);
        finding_add_fact(context, finding, "state", "%s", links[chain->link].state);
        finding_add_fact(context, finding, "reservedMiB", "%" PRIu64, chain->state.reserved / (1024 * 1024));
}

static int run(struct context *context)
{
        _cleanup_kdump_chain_ struct kdump_chain chain = { 0 };
        _cleanup_free_ char *text = NULL;
        int r;

        r = kdump_chain(context, &chain);
        if (r < 0)
                return r;
        text = string_format(links[chain.link].text, chain.subject, chain.cause);
        if (!text)
                return -ENOMEM;
        if (!links[chain.link].state)
                return probe_skip(context, "%s", text);

        report(context, &chain, text);
        return 0;
}

const struct probe probe_kdump_loaded = {
        .id = "kdump-loaded",
        .area = "kdump",
        .title = "The running kernel has a crash kernel loaded",
        .reason = "Only a loaded crash kernel writes a dump. Until one is, a crash leaves nothing behind, "
                  "whatever the "
                  "configuration says.",
        .remedy = "Clear the named cause, restart the kdump service, and look at "
                  "/sys/kernel/kexec_crash_loaded (or "
                  "/sys/kernel/kexec/crash_loaded): it must be 1.",
        .references = (const char *const[]){ "kexec(8)", "kdumpctl(8)", "kdump(7)", "systemd.unit(5)",
                                             "Documentation/admin-guide/kdump/kdump.rst",
                                             "Documentation/ABI/testing/sysfs-kernel-kexec-kdump", NULL },
        .severity = SEVERITY_WARNING,
        .flags = PROBE_LIVE,
        .applies = kdump_apply,
        .run = run,
};
