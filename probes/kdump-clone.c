/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot.h"
#include "engine/host.h"
#include "engine/kdump-reserve.h"
#include "engine/probe.h"

#include <string.h>

/* An image carries its crashkernel= along, and each clone evaluates it with its own memory: ranges may give a
 * small one nothing, and a fixed size may take most of what it has. */

/* Sizes of instances in MiB, 0.5 GiB to 1 TiB. */
static const unsigned sizes[] = { 512,   1024,  2048,   4096,   8192,   16384,
                                  32768, 65536, 131072, 262144, 524288, 1048576 };

/* A machine that lends more than this part of its memory is short of it. */
#define STARVES_AT 4

struct list {
        unsigned sizes[ARRAY_SIZE(sizes)];
        size_t n;
};

static void evaluate(const struct crashkernel *crashkernel, const struct crashkernel_auto *rule,
                     struct list *nothing, struct list *starved)
{
        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
                const uint64_t memory = sizes[i] * CRASHKERNEL_MIB;
                const struct crashkernel_evaluation evaluation =
                        crashkernel_evaluate(crashkernel, memory, rule);

                if (crashkernel_certain(&evaluation) == 0)
                        nothing->sizes[nothing->n++] = sizes[i];
                else if (evaluation.rounded.size + evaluation.low > memory / STARVES_AT)
                        starved->sizes[starved->n++] = sizes[i];
        }
}

/* "0.5, 1 or 2"; NULL without memory. */
static char *print_list(const struct list *list)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        char *printed;

        for (size_t i = 0; i < list->n; i++) {
                buffer_add_string(&out, i == 0 ? "" : i + 1 < list->n ? ", " : " or ");
                if (list->sizes[i] < 1024)
                        buffer_add_string(&out, "0.5");
                else
                        buffer_addf(&out, "%u", list->sizes[i] / 1024);
        }

        return buffer_finish(&out, &printed, NULL) < 0 ? NULL : printed;
}

static int report(struct context *context, const struct boot_line *line, const char *value, const char *key,
                  const struct list *list, const char *consequence)
{
        _cleanup_free_ char *printed = NULL;
        struct finding *finding;

        if (list->n == 0)
                return 0;
        printed = print_list(list);
        if (!printed)
                return -ENOMEM;

        finding = probe_fail(context, key, "a clone with %s GiB of memory %s", printed, consequence);
        finding_set_place(context, finding, line->path, line->line);
        finding_set_actual(context, finding, "crashkernel=%s", value);
        finding_add_fact(context, finding, "sizesGiB", "%s", printed);
        return 0;
}

static int judge(struct context *context, const struct boot_line *line, const char *value,
                 const struct crashkernel_auto *rule)
{
        _cleanup_crashkernel_ struct crashkernel *crashkernel = NULL;
        struct list nothing = { .n = 0 }, starved = { .n = 0 };
        int r;

        r = crashkernel_parse(line->text, strlen(line->text), &crashkernel);
        if (r < 0)
                return r;

        evaluate(crashkernel, rule, &nothing, &starved);
        if (nothing.n == ARRAY_SIZE(sizes))
                return probe_skip(
                        context, "crashkernel=%s reserves nothing at any size: see kdump-reservation", value);
        r = report(context, line, value, "nothing", &nothing, "reserves nothing for a crash kernel");
        if (r >= 0)
                r = report(context, line, value, "starved", &starved,
                           "gives more than a quarter of it to the crash kernel");
        if (r >= 0 && nothing.n == 0 && starved.n == 0)
                finding_set_place(
                        context,
                        probe_pass(context, NULL, "crashkernel=%s suits clones from 0.5 GiB to 1 TiB", value),
                        line->path, line->line);

        return r;
}

static int run(struct context *context)
{
        _cleanup_reservation_ struct kdump_reservation here = { 0 };
        const struct crashkernel_auto *rule;
        const struct boot_line *line;
        int r;

        r = kdump_next_line(context, &line);
        if (r < 0)
                return r;
        if (!line) {
                (void) probe_unknown(context, NULL,
                                     "what the next boot is given cannot be told: see kdump-reservation");
                return 0;
        }
        r = kdump_reservation(context, line, &here);
        if (r < 0)
                return r;
        if (!here.value)
                return probe_skip(context, "there is no crashkernel= to evaluate: see kdump-reservation");
        if (kdump_auto(context_host(context), &rule) == KDUMP_AUTO_UNKNOWN &&
            string_equal(here.value, "auto")) {
                (void) probe_unknown(context, NULL,
                                     "what this system's kernel makes of crashkernel=auto is not known");
                return 0;
        }

        return judge(context, line, here.value, rule);
}

static int applies(struct context *context)
{
        int r;

        r = kdump_apply(context);
        return r > 0 ? boot_applies(context, 1U << BOOT_NEXT) : r;
}

const struct probe probe_kdump_clone = {
        .id = "kdump-clone",
        .area = "kdump",
        .title = "crashkernel= suits clones of every size",
        .reason = "The value in an image is evaluated again with the memory of each clone. Where no range "
                  "matches there "
                  "is no dump; where it takes too much, programs are killed for lack of memory.",
        .remedy = "Use ranges that grow with the memory, as the distribution's default does, or do without "
                  "dumps on the "
                  "sizes that are named.",
        .references =
                (const char *const[]){ "Documentation/admin-guide/kdump/kdump.rst", "kdumpctl(8)", NULL },
        .severity = SEVERITY_NOTE,
        .flags = PROBE_OFFLINE | PROBE_LIVE,
        .applies = applies,
        .run = run,
};
