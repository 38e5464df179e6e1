/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/kdump-chain.h"
#include "engine/boot.h"
#include "engine/host.h"
#include "engine/kdump-reserve.h"
#include "engine/root.h"

#include <string.h>

/* All that the answer depends on. */
struct facts {
        const struct kdump_family *family;
        struct kdump_state state;
        const struct kdump_tool *missing;
        struct service service;
        bool conditional; /* the unit looks for crashkernel= itself */
        const struct kdump_settings *settings;
        struct kdump_reservation running, next;
        bool confidential;
};

static void facts_done(struct facts *facts)
{
        service_done(&facts->service);
        kdump_reservation_done(&facts->running);
        kdump_reservation_done(&facts->next);
}

void kdump_chain_done(struct kdump_chain *chain)
{
        free(chain->subject);
        kdump_initramfs_done(&chain->initramfs);
        *chain = (struct kdump_chain){ 0 };
}

/* Such machines encrypt their memory from the host and mostly cannot start a second kernel. */
static int is_confidential(struct root *root)
{
        int r;

        r = root_exists(root, "/sys/devices/virtual/misc/tdx_guest");
        if (r == 0)
                r = root_exists(root, "/sys/devices/virtual/misc/sev-guest");

        return r;
}

static int gather_reservations(struct context *context, struct facts *facts)
{
        const struct boot_line *running, *next;
        int r;

        r = kdump_running_line(context, &running);
        if (r >= 0 && running)
                r = kdump_reservation(context, running, &facts->running);
        if (r >= 0)
                r = kdump_next_line(context, &next);
        if (r >= 0 && next)
                r = kdump_reservation(context, next, &facts->next);

        return r;
}

static int gather(struct context *context, struct facts *facts)
{
        int r;

        facts->family = kdump_family(context_host(context));
        r = kdump_state(context, &facts->state);
        if (r >= 0)
                r = kdump_missing_tool(context, &facts->missing);
        if (r >= 0)
                r = kdump_service(context, &facts->service);
        if (r >= 0)
                r = kdump_service_is_conditional(context, &facts->service);
        facts->conditional = r > 0;
        if (r >= 0)
                r = kdump_settings_get(context, &facts->settings);
        if (r >= 0)
                r = gather_reservations(context, facts);
        if (r >= 0)
                r = is_confidential(context_root(context));
        facts->confidential = r > 0;

        return r < 0 ? r : 0;
}

static int set(struct kdump_chain *chain, enum kdump_link link, const char *subject, const char *cause)
{
        chain->link = link;
        chain->cause = cause ? cause : "";
        chain->subject = strdup(subject ? subject : "");
        return chain->subject ? 0 : -ENOMEM;
}

/* Memory is there for a crash kernel, and none is in it. */
static int judge_reserved(const struct facts *facts, struct kdump_chain *chain)
{
        const char *unit = facts->family->unit;

        if (facts->missing)
                return set(chain, KDUMP_NO_TOOL, facts->missing->paths[0], NULL);
        if (facts->state.load_disabled)
                return set(chain, KDUMP_LOAD_DISABLED, NULL, NULL);
        if (!service_starts(&facts->service))
                return set(chain, KDUMP_SERVICE_OFF, unit, service_state_name(facts->service.state));
        if (facts->settings->disabled)
                return set(chain, KDUMP_SWITCHED_OFF, unit, NULL);
        if (facts->state.locked_down)
                return set(chain, KDUMP_LOCKED_DOWN, unit, NULL);

        return set(chain, chain->initramfs.path ? KDUMP_LOAD_FAILED : KDUMP_NO_INITRAMFS, unit, NULL);
}

/* Whether the next boot is given something else than the running kernel was, and that works. */
static bool is_pending(const struct facts *facts)
{
        return facts->next.value && facts->next.certainty != KDUMP_RESERVES_NOTHING &&
               (!facts->running.value || !string_equal(facts->running.value, facts->next.value));
}

static int judge_unreserved(const struct facts *facts, struct kdump_chain *chain)
{
        const struct kdump_reservation *running = &facts->running;

        /* On SUSE the first start fails by design: it only prepares the next boot, see kdump(7). */
        if (is_pending(facts))
                return set(chain, KDUMP_PENDING, facts->next.value, NULL);
        if (!running->value && !service_starts(&facts->service))
                return set(chain, KDUMP_NOT_SET_UP, NULL, NULL);
        if (!facts->state.supported)
                return set(chain, KDUMP_NO_SUPPORT, NULL, NULL);
        if (!running->value)
                return set(chain, facts->conditional ? KDUMP_UNIT_SKIPPED : KDUMP_UNIT_FAILED,
                           facts->family->unit, NULL);
        if (running->certainty == KDUMP_RESERVES_NOTHING)
                return set(chain, KDUMP_UNRESERVABLE, running->value, crashkernel_cause_text(running->cause));
        if (running->warnings & (1U << CRASHKERNEL_WARNING_OFFSET))
                return set(chain, KDUMP_ADDRESS_TAKEN, running->value, NULL);

        return set(chain, KDUMP_REFUSED, running->value, NULL);
}

static int judge(const struct facts *facts, struct kdump_chain *chain)
{
        if (facts->state.loaded)
                return set(chain, chain->initramfs.newer ? KDUMP_STALE : KDUMP_LOADED, chain->initramfs.newer,
                           NULL);
        if (facts->confidential)
                return set(chain, KDUMP_NOT_POSSIBLE, NULL, NULL);

        return facts->state.reserved > 0 ? judge_reserved(facts, chain) : judge_unreserved(facts, chain);
}

int kdump_chain(struct context *context, struct kdump_chain *ret)
{
        _cleanup_kdump_chain_ struct kdump_chain chain = { 0 };
        _cleanup_(facts_done) struct facts facts = { 0 };
        int r;

        r = gather(context, &facts);
        if (r >= 0)
                r = kdump_initramfs(context, &chain.initramfs);
        if (r >= 0)
                r = judge(&facts, &chain);
        if (r < 0)
                return r;

        chain.state = facts.state;
        chain.never_rebuilt = facts.settings->never_rebuilt;
        *ret = chain;
        chain = (struct kdump_chain){ 0 };
        return 0;
}
