/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/probe.h"
#include "engine/resolver.h"

/* glibc sends the A and the AAAA query of a lookup from one socket. A NAT or firewall that mishandles two
 * packets of a new flow drops one of them, and the program waits 5 or 10 seconds. Judged by glibc's own rules
 * for resolv.conf; where an owner makes the file at boot, by what it will write. */

static int applies(struct context *context)
{
        const struct host *host = context_host(context);
        const struct resolver *resolver;
        int r;

        r = host_check_read(host, context_diag(context));
        if (r < 0)
                return r;
        /* openEuler has the layout of release 7 and a much newer glibc. */
        if (!host_is_rhel_like(host, 6, 7) || string_equal(host->os_id, "openEuler"))
                return probe_skip(context,
                                  "matters on CentOS and RHEL-like 6 and 7 and on Alibaba Cloud Linux 2; "
                                  "this %s%s%s",
                                  host->os_name[0] ? "is '" : "system cannot be identified", host->os_name,
                                  host->os_name[0] ? "'" : "");
        r = resolver_get(context, &resolver);
        if (r < 0)
                return r;

        if (resolver->error < 0 || resolver->made_at_boot)
                return resolver_is_local(resolver)
                               ? probe_skip(context, "programs will ask a stub on this machine, made by %s",
                                            resolver_owner_name(resolver->owner))
                               : 1;
        if (!resolver->exists)
                return probe_skip(context, "there is no '%s' to judge", RESOLVER_PATH);
        if (resolver->conf->n_used == 0)
                return probe_skip(context, "'%s' names no nameserver, so that programs ask 127.0.0.1",
                                  RESOLVER_PATH);
        if (resolver_is_local(resolver))
                return probe_skip(context,
                                  "programs ask a nameserver on this machine alone, which the lost packet "
                                  "cannot touch");

        return 1;
}

/* A line that a reader would take for the setting and glibc does not. */
static const struct resolv_line *find_near_miss(const struct resolv_conf *conf)
{
        for (size_t i = 0; i < conf->n_lines; i++) {
                const struct resolv_line *line = &conf->lines[i];

                if (text_contains(line->value, resolv_flag_name(RESOLV_SINGLE_REQUEST_REOPEN)) ||
                    (line->kind == RESOLV_IGNORED &&
                     text_contains(line->keyword, resolv_flag_name(RESOLV_SINGLE_REQUEST_REOPEN))))
                        return line;
        }

        return NULL;
}

static struct finding *fail_by_file(struct context *context, const struct resolver *resolver)
{
        const struct resolv_line *miss = find_near_miss(resolver->conf);
        struct finding *finding;

        if (miss) {
                finding = probe_fail(
                        context, NULL,
                        "line %zu of '%s' holds single-request-reopen, but glibc does not take it: "
                        "%s",
                        miss->number, RESOLVER_PATH,
                        miss->error                    ? miss->error
                        : miss->kind == RESOLV_COMMENT ? "the line is a comment"
                        : miss->kind == RESOLV_OPTIONS ? "no option there begins with this name"
                                                       : "it is no options line");
                finding_set_place(context, finding, RESOLVER_PATH, (unsigned) miss->number);
                return finding;
        }

        finding = probe_fail(context, NULL,
                             "'%s' lacks single-request-reopen: a lookup may wait 5 or 10 seconds for a lost "
                             "packet",
                             RESOLVER_PATH);
        finding_set_place(context, finding, RESOLVER_PATH, 0);
        return finding;
}

/* The variable helps only those processes that have it. */
static int add_environment(struct context *context, struct finding *finding)
{
        _cleanup_resolver_place_ struct resolver_place place = { 0 };
        int r;

        r = resolver_environment(context, RESOLV_SINGLE_REQUEST_REOPEN, &place);
        if (r <= 0)
                return r;

        finding_set_actual(context, finding,
                           "only in RES_OPTIONS of '%s': yes for processes with that environment, no for all "
                           "others",
                           place.path);
        finding_add_fact(context, finding, "resOptionsPath", "%s", place.path);
        finding_add_fact(context, finding, "resOptions", "%s", place.text);
        return 0;
}

static int run_made_at_boot(struct context *context, const struct resolver *resolver)
{
        const char *owner = resolver_owner_name(resolver->owner);
        struct finding *finding;

        switch (resolver_will_have(context, resolver, RESOLV_SINGLE_REQUEST_REOPEN)) {
        case RESOLVER_YES:
                finding = probe_pass(context, NULL, "%s will write single-request-reopen at boot", owner);
                break;
        case RESOLVER_NO:
                finding =
                        probe_fail(context, NULL, "%s will write '%s' at boot without single-request-reopen",
                                   owner, resolver->path);
                finding_set_required(context, finding, "options single-request-reopen");
                break;
        default:
                finding = probe_unknown(context, NULL, "what %s will write at boot cannot be told: %s", owner,
                                        resolver->cause ? resolver->cause : "no cause known");
                break;
        }

        finding_set_place(context, finding, resolver->knob.path ? resolver->knob.path : RESOLVER_PATH,
                          resolver->knob.line);
        finding_add_fact(context, finding, "owner", "%s", resolver_owner_id(resolver->owner));
        return 0;
}

static int run(struct context *context)
{
        const struct resolver *resolver;
        struct finding *finding;
        size_t line;
        int r;

        r = resolver_get(context, &resolver);
        if (r < 0)
                return r;
        if (resolver->error < 0)
                return diag_set(context_diag(context), resolver->error, RESOLVER_PATH, 0, "'%s': %s",
                                RESOLVER_PATH, resolver->error_text);
        if (resolver->made_at_boot)
                return run_made_at_boot(context, resolver);

        if (resolv_options_have(&resolver->options, RESOLV_SINGLE_REQUEST_REOPEN)) {
                line = resolver->options.lines[RESOLV_SINGLE_REQUEST_REOPEN];
                finding = probe_pass(context, NULL, "line %zu of '%s' turns single-request-reopen on", line,
                                     RESOLVER_PATH);
                finding_set_place(context, finding, RESOLVER_PATH, (unsigned) line);
                finding_add_fact(context, finding, "owner", "%s", resolver_owner_id(resolver->owner));
                return 0;
        }

        finding = fail_by_file(context, resolver);
        finding_set_required(context, finding, "options single-request-reopen");
        finding_add_fact(context, finding, "owner", "%s", resolver_owner_id(resolver->owner));
        return add_environment(context, finding);
}

const struct probe probe_dns_single_request_reopen = {
        .id = "dns-single-request-reopen",
        .area = "dns",
        .title = "The resolver asks for A and AAAA from two sockets",
        .reason = "Networks that mishandle two packets of one new flow lose one of the two queries of a "
                  "lookup, "
                  "and each program waits 5 or 10 seconds before it goes on.",
        .remedy = "Add \"options single-request-reopen\" to /etc/resolv.conf, and set it where the owner of "
                  "the "
                  "file takes its options from (see dns-persistence). Restart what runs, since glibc before "
                  "2.26 "
                  "reads the file once a process.",
        .references =
                (const char *const[]){ "resolv.conf(5)",
                                       "Alibaba Cloud ECS documentation: Image FAQ, DNS resolution timeout "
                                       "on CentOS",
                                       NULL },
        .severity = SEVERITY_WARNING,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = applies,
        .run = run,
};
