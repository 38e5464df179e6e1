/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/probe.h"
#include "engine/resolver-process.h"
#include "engine/resolver.h"

/* glibc 2.26 began to notice changes of /etc/resolv.conf (its release notes). Before, each process keeps what
 * it read first, so that an edit has no effect on whatever runs. */

enum { GLIBC_RELOADS = 26, NAMED = 8, LISTED = 64 };

static int applies(struct context *context)
{
        unsigned glibc = context_host(context)->glibc_minor;
        const struct resolver *resolver;
        int r;

        if (glibc == 0)
                return probe_skip(context, "no glibc was found");
        if (glibc >= GLIBC_RELOADS)
                return probe_skip(context, "this glibc reads a changed resolv.conf again by itself");
        r = resolver_get(context, &resolver);
        if (r < 0)
                return r;
        if (!resolver->exists)
                return probe_skip(context, "there is no '%s' to judge", RESOLVER_PATH);

        return 1;
}

static void add_names(const struct resolver_processes *processes, size_t limit, struct buffer *out)
{
        for (size_t i = 0; i < processes->n && i < limit; i++)
                buffer_addf(out, "%s%s (%u)", i > 0 ? ", " : "", processes->items[i].name,
                            processes->items[i].pid);
        if (processes->n > limit)
                buffer_addf(out, ", and %zu more", processes->n - limit);
}

static int report_stale(struct context *context, const struct resolver_processes *processes)
{
        _cleanup_buffer_ struct buffer few = { 0 }, many = { 0 };
        struct finding *finding;

        add_names(processes, NAMED, &few);
        add_names(processes, LISTED, &many);
        if (few.failed || many.failed)
                return -ENOMEM;

        finding =
                probe_fail(context, NULL,
                           "%zu process%s began before '%s' changed and may still use what it said then: %s",
                           processes->n, processes->n == 1 ? "" : "es", RESOLVER_PATH, few.data);
        finding_set_place(context, finding, RESOLVER_PATH, 0);
        finding_set_required(context, finding, "restart of these, or of the system");
        finding_add_fact(context, finding, "processes", "%s", many.data);
        return 0;
}

static int run(struct context *context)
{
        _cleanup_resolver_processes_ struct resolver_processes processes = { 0 };
        struct root *root = context_root(context);
        struct finding *finding;
        struct root_stat stat;
        int r;

        r = root_stat(root, RESOLVER_PATH, &stat);
        if (r >= 0)
                r = resolver_processes_before(context, stat.mtime.tv_sec, &processes);
        if (r >= 0)
                r = root_note(root, "dns-stale-processes",
                              processes.n > 0          ? "stale"
                              : processes.n_hidden > 0 ? "hidden"
                                                       : "none");
        if (r < 0)
                return r;

        if (processes.n > 0)
                r = report_stale(context, &processes);
        else if (processes.n_hidden == 0)
                (void) probe_pass(context, NULL, "no running process holds an older '%s'", RESOLVER_PATH);
        if (processes.n_hidden > 0) {
                finding =
                        probe_unknown(context, "hidden",
                                      "%zu older process%s may not be looked into by this user; ask again as "
                                      "root",
                                      processes.n_hidden, processes.n_hidden == 1 ? "" : "es");
                finding_add_fact(context, finding, "looked", "%zu", processes.n_looked);
        }

        return r;
}

const struct probe probe_dns_stale_processes = {
        .id = "dns-stale-processes",
        .area = "dns",
        .title = "Running processes use the resolv.conf of today",
        .reason = "Before glibc 2.26 a process reads /etc/resolv.conf once: a change cures nothing that "
                  "already "
                  "runs.",
        .remedy = "Restart the named services, with nscd or sssd where they run, or reboot.",
        .references =
                (const char *const[]){ "resolv.conf(5)", "Release notes of glibc 2.26", "proc(5)", NULL },
        .severity = SEVERITY_NOTE,
        .flags = PROBE_LIVE,
        .applies = applies,
        .run = run,
};
