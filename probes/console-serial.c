/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/console.h"
#include "engine/host.h"
#include "engine/probe.h"

/* The serial log and the remote console of an instance are its first serial port: what the kernel does not
 * write there nobody can read when the network is down. */

static bool lacks_serial(const struct boot_line *line, void *userdata,
                         const struct kernel_cmdline_token **ret_token)
{
        return !console_has_serial(line, userdata);
}

static int report(struct context *context, const struct boot *boot, const struct console_source *source,
                  const char *serial)
{
        _cleanup_free_ char *key = console_key(source);
        _cleanup_buffer_ struct buffer actual = { 0 }, required = { 0 };
        const char *title = source->first->title;
        struct finding *finding;

        console_print_list(source->first, &actual);
        console_print_required(source->first, serial, &required);
        if (!key || actual.failed || required.failed)
                return -ENOMEM;

        if (source->has_default || !boot_default(boot))
                finding = probe_fail(context, key,
                                     "the next boot has no console on %s, in '%s': no serial log "
                                     "and no remote console",
                                     serial, source->path);
        else
                finding = probe_fail(context, key, "the boot entry '%s' has no console on %s, in '%s'",
                                     title ? title : source->first->path, serial, source->path);
        finding_set_place(context, finding, source->path, source->line);
        finding_set_actual(context, finding, "%s", actual.data);
        finding_set_required(context, finding, "%s", required.data);
        console_add_facts(context, finding, source);
        return 0;
}

static int run(struct context *context)
{
        _cleanup_console_sources_ struct console_sources sources = { 0 };
        const char *serial = console_serial_device(context_host(context));
        const struct boot *boot;
        int r;

        if (!serial) {
                (void) probe_unknown(context, NULL,
                                     "the architecture cannot be told, so neither can the name "
                                     "of the serial port");
                return 0;
        }

        r = boot_get(context, &boot);
        if (r >= 0)
                r = console_find(boot, 1u << BOOT_NEXT, lacks_serial, (void *) serial, &sources);
        for (size_t i = 0; i < sources.n && r >= 0; i++)
                if (!sources.items[i].uncertain)
                        r = report(context, boot, &sources.items[i], serial);
        if (r >= 0)
                r = console_report_unknown(context, &sources);
        if (r >= 0 && sources.n == 0 && sources.n_judged > 0)
                console_report_pass(context, boot, "the next boot has a console on the serial port");
        return r;
}

static int applies(struct context *context)
{
        const struct host *host = context_host(context);

        if (host->arch[0] && !console_serial_device(host))
                return probe_skip(context, "instances have no architecture '%s'", host->arch);

        return boot_applies(context, 1u << BOOT_NEXT);
}

const struct probe probe_console_serial = {
        .id = "console-serial",
        .area = "console",
        .title = "The next boot has a console on the serial port",
        .reason =
                "Without console=ttyS0 (arm64: ttyAMA0) the instance's serial log stays empty and its remote "
                "console shows nothing: a boot that fails cannot be diagnosed.",
        .remedy = "Add \"console=tty0 console=ttyS0,115200n8\" (arm64: ttyAMA0) to the command line of the "
                  "boot "
                  "entries and of kernels to come. The last one becomes /dev/console.",
        .references =
                (const char *const[]){ "Linux Documentation/admin-guide/serial-console.rst",
                                       "Linux Documentation/admin-guide/kernel-parameters.txt, console=",
                                       "grubby(8)", "update-grub(8)", NULL },
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = applies,
        .run = run,
};
