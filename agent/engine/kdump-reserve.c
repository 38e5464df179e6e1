/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/kdump-reserve.h"
#include "engine/boot.h"
#include "engine/host.h"
#include "engine/root.h"

#include <string.h>

#define GIB CRASHKERNEL_GIB

/* Sizes of instances; a crash kernel needs some 128 MiB, so below 2 GiB nothing is asked for. */
static const unsigned common_sizes[] = { 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048 };

void kdump_reservation_done(struct kdump_reservation *reservation)
{
        free(reservation->value);
        *reservation = (struct kdump_reservation){ 0 };
}

static const struct boot_line *find_line(const struct boot *boot, enum boot_role role)
{
        for (size_t i = 0; i < boot->n_lines; i++)
                if (boot->lines[i].role == role && boot_line_counts(&boot->lines[i]))
                        return &boot->lines[i];

        return NULL;
}

static const struct boot_line *when_certain(const struct boot_line *line)
{
        return line && !line->uncertain ? line : NULL;
}

int kdump_next_line(struct context *context, const struct boot_line **ret)
{
        const struct boot_line *line;
        const struct boot *boot;
        int r;

        r = boot_get(context, &boot);
        if (r < 0)
                return r;

        line = boot_default(boot);
        *ret = when_certain(line ? line : find_line(boot, BOOT_NEXT));
        return 0;
}

int kdump_running_line(struct context *context, const struct boot_line **ret)
{
        const struct boot *boot;
        int r;

        r = boot_get(context, &boot);
        if (r < 0)
                return r;

        *ret = when_certain(find_line(boot, BOOT_RUNNING));
        return 0;
}

/* Adds what one size of memory gives. */
static void add_size(const struct crashkernel *crashkernel, uint64_t memory,
                     const struct crashkernel_auto *rule, struct kdump_reservation *reservation)
{
        const struct crashkernel_evaluation evaluation = crashkernel_evaluate(crashkernel, memory, rule);
        uint64_t least = crashkernel_certain(&evaluation);
        uint64_t most = evaluation.rounded.size > evaluation.exact.size ? evaluation.rounded.size
                                                                        : evaluation.exact.size;

        if (least < reservation->least)
                reservation->least = least;
        if (most > reservation->most)
                reservation->most = most;
        if (evaluation.exact.cause != CRASHKERNEL_RESERVED)
                reservation->cause = evaluation.exact.cause;
        reservation->warnings |= evaluation.warnings;
        /* "auto" may grow with the memory to the byte, which is nothing to speak of. */
        if (least > 0 && evaluation.parameter && evaluation.parameter->form == CRASHKERNEL_FORM_AUTO)
                reservation->warnings &= ~(1U << CRASHKERNEL_WARNING_ROUNDING);
}

/* What /proc/meminfo counts is less than what the kernel evaluated with: the truth lies between it with the
 * reservation added and the size that the instance was sold with, a multiple of 512 MiB. */
static int judge_memory(struct context *context, const struct crashkernel *crashkernel,
                        const struct kdump_memory *memory, const struct crashkernel_auto *rule,
                        struct kdump_reservation *reservation)
{
        const uint64_t step = GIB / 2;
        struct kdump_state state;
        uint64_t bytes = memory->bytes;
        int r;

        reservation->least = UINT64_MAX;
        if (memory->reduced) {
                r = kdump_state(context, &state);
                if (r < 0)
                        return r;
                bytes += state.reserved;
                add_size(crashkernel, (bytes + step - 1) / step * step, rule, reservation);
        }
        add_size(crashkernel, bytes, rule, reservation);

        reservation->memory = bytes;
        if (reservation->most == 0)
                reservation->certainty = KDUMP_RESERVES_NOTHING;
        else
                reservation->certainty = reservation->least > 0 ? KDUMP_RESERVES : KDUMP_RESERVES_PERHAPS;
        return 0;
}

/* Without a size of its own: reserved anywhere is reserved. The rounding matters to single sizes only. */
static void judge_sizes(const struct crashkernel *crashkernel, const struct crashkernel_auto *rule,
                        struct kdump_reservation *reservation)
{
        for (size_t i = 0; i < ARRAY_SIZE(common_sizes); i++) {
                struct kdump_reservation one = { .least = UINT64_MAX };

                add_size(crashkernel, common_sizes[i] * GIB, rule, &one);
                reservation->warnings |= one.warnings;
                if (one.least == 0) {
                        reservation->cause = one.cause;
                        continue;
                }
                if (reservation->least == 0 || one.least < reservation->least)
                        reservation->least = one.least;
                if (one.most > reservation->most)
                        reservation->most = one.most;
        }

        reservation->warnings &= ~(1U << CRASHKERNEL_WARNING_ROUNDING);
        reservation->certainty = reservation->most > 0 ? KDUMP_RESERVES : KDUMP_RESERVES_NOTHING;
}

static bool same_parameters(const struct crashkernel *a, const struct crashkernel *b)
{
        if (a->n_parameters == 0 || a->n_parameters != b->n_parameters)
                return false;
        for (size_t i = 0; i < a->n_parameters; i++)
                if (!text_same(a->parameters[i].value, b->parameters[i].value))
                        return false;

        return true;
}

/* The kernel's own result beats any calculation, where it was given the same. */
static int observe(struct context *context, const struct crashkernel *crashkernel,
                   struct kdump_reservation *reservation)
{
        _cleanup_crashkernel_ struct crashkernel *running = NULL;
        const struct boot_line *line;
        struct kdump_state state;
        int r;

        if (!context_host(context)->live || (reservation->certainty == KDUMP_RESERVES &&
                                             !(reservation->warnings & (1U << CRASHKERNEL_WARNING_ROUNDING))))
                return 0;
        r = kdump_running_line(context, &line);
        if (r < 0 || !line)
                return r;
        r = crashkernel_parse(line->text, strlen(line->text), &running);
        if (r < 0 || !same_parameters(crashkernel, running))
                return r;
        r = kdump_state(context, &state);
        if (r < 0 || !state.supported || state.reserved == 0)
                return r;

        reservation->certainty = KDUMP_RESERVES;
        reservation->least = state.reserved;
        reservation->most = state.reserved;
        reservation->warnings &= ~(1U << CRASHKERNEL_WARNING_ROUNDING);
        reservation->observed = true;
        return 0;
}

static int judge(struct context *context, const struct crashkernel *crashkernel,
                 struct kdump_reservation *reservation)
{
        const struct crashkernel_auto *rule;
        enum kdump_auto automatic = kdump_auto(context_host(context), &rule);
        struct kdump_memory memory;
        int r;

        r = kdump_memory(context, &memory);
        if (r < 0)
                return r;
        if (memory.bytes > 0)
                r = judge_memory(context, crashkernel, &memory, rule, reservation);
        else
                judge_sizes(crashkernel, rule, reservation);
        if (r < 0)
                return r;

        if (reservation->certainty == KDUMP_RESERVES_NOTHING &&
            reservation->cause == CRASHKERNEL_AUTO_UNSUPPORTED && automatic == KDUMP_AUTO_UNKNOWN)
                reservation->certainty = KDUMP_RESERVES_UNKNOWN;
        return observe(context, crashkernel, reservation);
}

int kdump_reservation(struct context *context, const struct boot_line *line, struct kdump_reservation *ret)
{
        _cleanup_crashkernel_ struct crashkernel *crashkernel = NULL;
        _cleanup_reservation_ struct kdump_reservation reservation = { 0 };
        struct crashkernel_evaluation evaluation;
        int r;

        r = crashkernel_parse(line->text, strlen(line->text), &crashkernel);
        if (r < 0)
                return r;

        evaluation = crashkernel_evaluate(crashkernel, 4 * GIB, NULL);
        if (evaluation.parameter) {
                reservation.value = text_dup(evaluation.parameter->value);
                if (!reservation.value)
                        return -ENOMEM;
        }
        r = judge(context, crashkernel, &reservation);
        if (r < 0)
                return r;

        *ret = reservation;
        reservation = (struct kdump_reservation){ 0 };
        return 0;
}
