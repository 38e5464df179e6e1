/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "engine/resolver-edit.h"
#include "engine/resolver-process.h"

/* What fix_dns.sh of the Alibaba Cloud Image FAQ does, with glibc's parser instead of a search: the option
 * goes into the options line, or a whole line where there is none; nameservers stay. And what it leaves
 * undone: the owner of the file is told to write the option, too, in the same plan. */

enum { GLIBC_RELOADS = 26, NAMED = 8 };

/* Programs ask this machine alone. A file without any nameserver is one that its owner has yet to write. */
static bool asks_itself(const struct resolver *resolver)
{
        bool unwritten = resolver->conf && resolver->conf->n_nameservers == 0 && !resolver->stub &&
                         resolver->owner != RESOLVER_PLAIN && resolver->owner != RESOLVER_RESOLVED_STUB;

        return resolver_is_local(resolver) && !unwritten;
}

_printf_(2, 3) static int obstacle(char **ret_reason, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        *ret_reason = string_formatv(format, arguments);
        va_end(arguments);

        return *ret_reason ? 1 : -ENOMEM;
}

/* Why nobody could tell what would become of an edit of this file: 1 with the reason, 0 without one. */
static int find_obstacle_in_file(const struct resolver *resolver, char **ret_reason)
{
        bool in_run = text_starts(text_from_string(resolver->path), "/run/");
        bool plain = resolver->owner == RESOLVER_PLAIN;

        if (resolver->error < 0)
                return obstacle(ret_reason, "'%s': %s", RESOLVER_PATH, resolver->error_text);
        if (resolver->immutable)
                return obstacle(ret_reason, "'%s' is immutable, by 'chattr +i', and stays as it is",
                                resolver->path);
        if (plain && in_run)
                return obstacle(ret_reason, "'%s' is a link to '%s', and who makes that is not known",
                                RESOLVER_PATH, resolver->path);
        if (!resolver->exists && !resolver->made_at_boot && resolver->link)
                return obstacle(ret_reason, "'%s' is a link to '%s', which is not there", RESOLVER_PATH,
                                resolver->path);
        if (!resolver->exists && plain)
                return obstacle(ret_reason, "there is no '%s'", RESOLVER_PATH);

        return 0;
}

static int find_obstacle_in_owner(const struct resolver *resolver, char **ret_reason)
{
        if (asks_itself(resolver))
                return obstacle(ret_reason,
                                "programs ask a stub or a nameserver on this machine alone, which "
                                "the lost packet cannot touch");
        if (resolver->owner == RESOLVER_UNDECIDED)
                return obstacle(ret_reason, "who writes '%s' cannot be told: %s", resolver->path,
                                resolver->cause);
        if (resolver->owner == RESOLVER_RESOLVED)
                return obstacle(
                        ret_reason,
                        "systemd-resolved makes '%s' and has no setting for resolver options; through "
                        "its stub, /run/systemd/resolve/stub-resolv.conf, none is needed",
                        resolver->path);

        return 0;
}

/* Before glibc 2.26 a process reads the file once. */
static int hint_at_processes(struct plan *plan)
{
        _cleanup_resolver_processes_ struct resolver_processes processes = { 0 };
        struct context *context = plan_context(plan);
        unsigned glibc = context_host(context)->glibc_minor;
        _cleanup_buffer_ struct buffer names = { 0 };
        int r;

        if (!root_is_live(context_root(context)) || glibc == 0 || glibc >= GLIBC_RELOADS)
                return 0;
        r = resolver_processes_before(context, plan_options(plan)->time, &processes);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                diag_clear(context_diag(context));

        for (size_t i = 0; i < processes.n && i < NAMED; i++)
                buffer_addf(&names, "%s%s", i > 0 ? ", " : ": ", processes.items[i].name);
        if (processes.n > NAMED)
                buffer_addf(&names, ", and %zu more", processes.n - NAMED);
        buffer_add(&names, "", 0);
        if (names.failed)
                return -ENOMEM;

        return plan_hint(plan,
                         "Before glibc 2.26 a process reads '%s' once: what runs keeps the old options until "
                         "it, or the system, is restarted%s.",
                         RESOLVER_PATH, names.data);
}

/* 1 when the file will be different. netconfig would take an edit for an administrator's, and leave the file
 * alone from then on. */
static int edit_file(struct plan *plan, const struct resolver *resolver)
{
        struct context *context = plan_context(plan);
        unsigned glibc = context_host(context)->glibc_minor;
        _cleanup_buffer_ struct buffer out = { 0 };
        const struct root_file *file;
        int r;

        if (!resolver->exists || resolver->owner == RESOLVER_NETCONFIG)
                return 0;
        r = root_read(context_root(context), RESOLVER_PATH, &file);
        if (r >= 0)
                r = resolver_edit_lines(file->content, glibc > 0 ? glibc : GLIBC_MINOR_NEWEST,
                                        RESOLVER_DEFAULT_OPTIONS, &out);
        if (r == -EPERM)
                return diag_set(context_diag(context), r, RESOLVER_PATH, 0,
                                "an options line of '%s' turns single-request-reopen off again",
                                RESOLVER_PATH);
        if (r <= 0)
                return r;

        r = plan_write(plan, RESOLVER_PATH, (struct text){ out.data, out.len }, 0644);
        return r < 0 ? r : 1;
}

/* Whether the owner leaves what stands in the file, or writes the option already. */
static bool will_stay(struct context *context, const struct resolver *resolver)
{
        return (resolver->exists && resolver->forecast == RESOLVER_KEEPS) ||
               resolver_will_have(context, resolver, RESOLV_SINGLE_REQUEST_REOPEN) == RESOLVER_YES;
}

static bool has_options(const struct resolver *resolver)
{
        for (size_t i = 0; resolver->conf && i < resolver->conf->n_lines; i++)
                if (resolver->conf->lines[i].kind == RESOLV_OPTIONS)
                        return true;

        return false;
}

/* The owner first: the file alone would be a cure until the next lease. */
static int edit(struct plan *plan, const struct resolver *resolver, char **ret_reason)
{
        const char *list = has_options(resolver) ? "single-request-reopen" : RESOLVER_DEFAULT_OPTIONS;
        int r = 0;

        if (!will_stay(plan_context(plan), resolver))
                r = resolver_edit_settings(plan, resolver, list, ret_reason);
        if (r < 0 || *ret_reason)
                return r;

        r = edit_file(plan, resolver);
        return r <= 0 ? r : hint_at_processes(plan);
}

static int plan_reopen(struct plan *plan)
{
        const struct resolver *resolver;
        _cleanup_free_ char *reason = NULL;
        int r;

        r = resolver_get(plan_context(plan), &resolver);
        if (r < 0)
                return r;
        r = find_obstacle_in_file(resolver, &reason);
        if (r == 0)
                r = find_obstacle_in_owner(resolver, &reason);
        if (r == 0)
                r = edit(plan, resolver, &reason);

        return r < 0 || !reason ? r : resolver_edit_refuse(plan, reason);
}

const struct fixer fixer_dns_single_request_reopen = {
        .id = "dns-single-request-reopen",
        .title = "Add single-request-reopen to the resolver's options, and to what writes them",
        .fixes = (const char *const[]){ "dns-single-request-reopen", NULL },
        .risk = RISK_NETWORK,
        .flags = FIXER_OFFLINE | FIXER_FORCE,
        .plan = plan_reopen,
};
