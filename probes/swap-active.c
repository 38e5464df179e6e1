/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/probe.h"
#include "engine/swap-areas.h"

#include <inttypes.h>

/* What /proc/swaps says, whoever turned it on. */

static int report(struct context *context, const struct swap_area *area)
{
        struct finding *finding;
        int r;

        r = root_note(context_root(context), "swap in use", area->name);
        if (r < 0)
                return r;

        finding = probe_fail(context, area->name,
                             "swap is in use now: %s, %" PRIu64 " MiB, of which %" PRIu64 " MiB are used",
                             area->name, area->size / 1024, area->used / 1024);
        finding_set_place(context, finding, SWAP_AREAS_PATH, 0);
        finding_add_fact(context, finding, "device", "%s", area->name);
        finding_add_fact(context, finding, "type", "%.*s", TEXT_ARGS(area->type));
        finding_add_fact(context, finding, "sizeKiB", "%" PRIu64, area->size);
        finding_add_fact(context, finding, "usedKiB", "%" PRIu64, area->used);
        return 0;
}

static int run(struct context *context)
{
        const struct swap_areas *areas;
        int r;

        r = swap_areas_get(context, &areas);
        for (size_t i = 0; r >= 0 && i < areas->n; i++)
                r = report(context, &areas->items[i]);
        if (r < 0)
                return r;

        if (areas->n == 0)
                (void) probe_pass(context, NULL, "no swap is in use");
        return 0;
}

const struct probe probe_swap_active = {
        .id = "swap-active",
        .area = "swap",
        .title = "No swap is in use",
        .reason = "Swap that is in use now is what this machine slows down with; what turned it on may not "
                  "stand in "
                  "/etc/fstab, and then comes back in a clone.",
        .remedy = "Turn it off with swapoff when the memory suffices, and find out what turns it on.",
        .references = (const char *const[]){ "proc(5)", "swapon(8)", NULL },
        .severity = SEVERITY_NOTE,
        .flags = PROBE_LIVE,
        .run = run,
};
