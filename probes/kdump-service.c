/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/host.h"
#include "engine/kdump.h"
#include "engine/probe.h"

#include <string.h>

/* Whether something loads the crash kernel at each boot. That it is enabled proves nothing more: see
 * kdump-reservation for the memory and kdump-loaded for the result. */

/* Why each state but the two good ones means that nothing is loaded. */
static const char *const consequences[SERVICE_STATE_COUNT] = {
        [SERVICE_MISSING] = "does not exist",
        [SERVICE_DISABLED] = "is not enabled",
        [SERVICE_MASKED] = "is masked",
        [SERVICE_RUNTIME] = "is enabled until the next boot only",
};

/* What this system calls it: a script of release 6 is no unit, and systemctl is not there to take the name.
 */
static struct text service_name(struct context *context, const struct service *service)
{
        struct text name = text_from_string(kdump_family(context_host(context))->unit);

        if (service->script)
                name.len -= sizeof(".service") - 1;
        return name;
}

static void set_command(struct context *context, struct finding *finding, const struct service *service)
{
        struct text name = service_name(context, service);

        if (service->state == SERVICE_MISSING)
                return;
        if (service->script)
                finding_set_required(context, finding, "chkconfig %.*s on", TEXT_ARGS(name));
        else
                finding_set_required(context, finding, "%ssystemctl enable --now %.*s",
                                     service->state == SERVICE_MASKED ? "systemctl unmask, then " : "",
                                     TEXT_ARGS(name));
}

static void judge_state(struct context *context, const struct service *service)
{
        struct text name = service_name(context, service);
        struct finding *finding;

        if (service_starts(service)) {
                finding = probe_pass(context, NULL, "'%.*s' is enabled", TEXT_ARGS(name));
                finding_set_place(context, finding, service->place, 0);
        } else {
                finding = probe_fail(context, NULL, "'%.*s' %s, so no boot loads a crash kernel",
                                     TEXT_ARGS(name), consequences[service->state]);
                finding_set_place(context, finding, service->place ? service->place : service->unit, 0);
                set_command(context, finding, service);
        }
        finding_set_actual(context, finding, "%s", service_state_name(service->state));
        finding_add_fact(context, finding, "unit", "%.*s", TEXT_ARGS(name));
        finding_add_fact(context, finding, "state", "%s", service_state_name(service->state));
}

/* Debian's unit starts, sees the switch, and loads nothing. */
static int judge_switch(struct context *context)
{
        const char *path = kdump_family(context_host(context))->configuration;
        const struct kdump_settings *settings;
        struct finding *finding;
        int r;

        r = kdump_settings_get(context, &settings);
        if (r == -ENOMEM)
                return r;
        if (r < 0 || settings->disabled_uncertain) {
                const char *cause = r < 0 ? context_diag(context)->message : settings->disabled_uncertain;

                finding = probe_unknown(context, "switch", "whether USE_KDUMP is on cannot be told: %s",
                                        cause ? cause : strerror(-r));
                finding_set_place(context, finding, path, r < 0 ? 0 : settings->disabled_line);
                return 0;
        }
        if (!settings->disabled)
                return 0;

        finding = probe_fail(context, "switch", "USE_KDUMP is off, so '%s' loads no crash kernel",
                             kdump_family(context_host(context))->unit);
        finding_set_place(context, finding, path, settings->disabled_line);
        finding_set_required(context, finding, "USE_KDUMP=1");
        return 0;
}

static int run(struct context *context)
{
        _cleanup_service_ struct service service = { 0 };
        const struct kdump_tool *missing;
        int r;

        r = kdump_service(context, &service);
        if (r < 0)
                return r;
        if (service.state == SERVICE_MISSING) {
                r = kdump_missing_tool(context, &missing);
                if (r < 0)
                        return r;
                if (missing)
                        return probe_skip(context, "the tools are not installed: see kdump-tools");
        }

        judge_state(context, &service);
        return host_is_debian_like(context_host(context)) ? judge_switch(context) : 0;
}

const struct probe probe_kdump_service = {
        .id = "kdump-service",
        .area = "kdump",
        .title = "The service that loads the crash kernel starts at boot",
        .reason = "The crash kernel must be loaded anew at each boot. Public images leave the service off, "
                  "so a "
                  "crash reboots or hangs without a dump.",
        .remedy = "systemctl enable --now kdump.service (Debian and Ubuntu: kdump-tools.service, and "
                  "USE_KDUMP=1 in "
                  "/etc/default/kdump-tools), on release 6: chkconfig kdump on; service kdump start.",
        .references = (const char *const[]){ "systemctl(1)", "systemd.unit(5)", "chkconfig(8)",
                                             "kdump-tools(5)", NULL },
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = kdump_apply,
        .run = run,
};
