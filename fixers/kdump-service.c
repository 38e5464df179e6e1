/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "engine/kdump.h"
#include "engine/service-links.h"
#include "formats/shell-vars.h"

/* The links that the unit's own [Install] section, or the script's "chkconfig:" line, asks for; Debian's
 * switch USE_KDUMP; and a start where memory is set aside already. A mask is left alone: nothing but a person
 * puts it there, and it says that the service must not run. */

#define SWITCH "USE_KDUMP"

static int refuse_mask(struct plan *plan, const struct finding *finding, const struct service *service,
                       const char *unit)
{
        return plan_refuse(plan, finding,
                           "'%s' masks it, which somebody did on purpose: 'systemctl unmask %s' comes first",
                           service->place, unit);
}

static int make_links(struct plan *plan, const struct service_links *links)
{
        int r = 0;

        for (size_t i = 0; i < links->n && r >= 0; i++) {
                const struct service_link *link = &links->items[i];

                r = link->target ? plan_symlink(plan, link->path, link->target)
                                 : plan_remove(plan, link->path);
        }

        return r;
}

/* 1 when it is going to be enabled, 0 after a refusal. */
static int enable(struct plan *plan, const struct finding *finding, const struct service *service)
{
        _cleanup_service_links_ struct service_links links = { 0 };
        struct context *context = plan_context(plan);
        const char *unit = kdump_family(context_host(context))->unit;
        int r;

        if (service->state == SERVICE_MASKED)
                return refuse_mask(plan, finding, service, unit);
        r = service_links_enable(context, unit, service, &links);
        if (r < 0)
                return r;
        if (links.refusal)
                return plan_refuse(plan, finding, "%s", links.refusal);
        if (links.n == 0)
                return plan_refuse(plan, finding, "'%s' does not say in [Install] what should start it",
                                   service->unit);

        r = make_links(plan, &links);
        return r < 0 ? r : 1;
}

static int append_switch(struct text content, struct buffer *out)
{
        buffer_add_text(out, content);
        if (content.len > 0 && content.data[content.len - 1] != '\n')
                buffer_add_char(out, '\n');
        buffer_add_string(out, SWITCH "=1\n");
        return out->failed ? -ENOMEM : 0;
}

/* 1 with the new content, 0 after a refusal. */
static int edit_switch(struct plan *plan, const struct finding *finding, struct text content,
                       struct buffer *out)
{
        _cleanup_shell_vars_ struct shell_vars *vars = NULL;
        const struct shell_assignment *assignment;
        int r;

        r = shell_vars_parse(content.data, content.len, &vars);
        if (r < 0)
                return r;
        assignment = shell_vars_last(vars, SWITCH);
        if (!assignment) {
                r = append_switch(content, out);
                return r < 0 ? r : 1;
        }
        if (assignment->not_plain)
                return plan_refuse(plan, finding, "its line cannot be edited safely: %s",
                                   assignment->not_plain);

        r = shell_vars_set_value(vars, assignment, TEXT("1"));
        if (r < 0)
                return r;
        shell_vars_print(vars, out);
        return out->failed ? -ENOMEM : 1;
}

static int turn_on(struct plan *plan, const struct finding *finding)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct root *root = context_root(plan_context(plan));
        const struct root_file *file;
        int r;

        r = root_read(root, finding->path, &file);
        if (r == -ENOENT)
                return plan_refuse(plan, finding,
                                   "'%s', which comes with the package, is missing: install "
                                   "that anew",
                                   finding->path);
        if (r >= 0)
                r = edit_switch(plan, finding, file->content, &out);
        if (r <= 0)
                return r;

        r = plan_write(plan, finding->path, (struct text){ out.data, out.len }, 0644);
        return r < 0 ? r : 1;
}

/* Where memory is set aside and still empty no reboot is needed. */
static int start(struct plan *plan)
{
        static const char *const programs[] = { "/usr/bin/systemctl", "/bin/systemctl" };
        struct context *context = plan_context(plan);
        const char *unit = kdump_family(context_host(context))->unit;
        struct kdump_state state;
        int r;

        if (!plan_options(plan)->commands || !context_host(context)->systemd)
                return 0;
        r = kdump_state(context, &state);
        if (r < 0 || state.reserved == 0 || state.loaded || state.load_disabled)
                return r;

        for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
                r = root_exists(context_root(context), programs[i]);
                if (r < 0)
                        return r;
                if (r > 0)
                        return plan_run(plan, (const char *const[]){ programs[i], "restart", unit, NULL },
                                        (const char *const[]){ programs[i], "stop", unit, NULL });
        }
        return 0;
}

static int plan_kdump_service(struct plan *plan)
{
        _cleanup_service_ struct service service = { 0 };
        const struct finding *finding = NULL;
        bool all = true;
        int r;

        r = kdump_service(plan_context(plan), &service);
        while (r >= 0 && (finding = plan_next_finding(plan, finding))) {
                r = text_ends(text_from_string(finding->key), ":switch") ? turn_on(plan, finding)
                                                                         : enable(plan, finding, &service);
                all = all && r > 0;
        }

        return r < 0 || !all ? r : start(plan);
}

const struct fixer fixer_kdump_service = {
        .id = "kdump-service",
        .title = "Let the boot start the service that loads the crash kernel",
        .fixes = (const char *const[]){ "kdump-service", NULL },
        .risk = RISK_SERVICE,
        .flags = FIXER_OFFLINE,
        .plan = plan_kdump_service,
};
