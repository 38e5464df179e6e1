/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/crashkernel.h"

#include <assert.h>

#define ROUNDING (128 * CRASHKERNEL_MIB)

static const char *const cause_texts[] = {
        [CRASHKERNEL_ABSENT] = "there is no crashkernel= parameter",
        [CRASHKERNEL_MALFORMED] = "the kernel refuses the malformed value",
        [CRASHKERNEL_NO_RANGE] = "no range covers this amount of memory",
        [CRASHKERNEL_ZERO] = "the size is 0",
        [CRASHKERNEL_TOO_LARGE] = "the size is not less than the memory",
        [CRASHKERNEL_AUTO_UNSUPPORTED] = "this kernel does not support 'auto'",
        [CRASHKERNEL_LOW_ALONE] = "',low' reserves nothing without ',high'",
};
_Static_assert(ARRAY_SIZE(cause_texts) == CRASHKERNEL_CAUSE_COUNT, "a cause is missing");

static const char *const warning_texts[] = {
        [CRASHKERNEL_WARNING_SEVERAL] = "given more than once, the last one counts",
        [CRASHKERNEL_WARNING_OFFSET] = "asks for a fixed address, which may be in use",
        [CRASHKERNEL_WARNING_HIGH_WITHOUT_LOW] = "',high' without ',low': the kernel chooses the low part",
        [CRASHKERNEL_WARNING_HIGH_IGNORED] = "',high' and ',low' do not count beside a plain crashkernel=",
        [CRASHKERNEL_WARNING_GAP] = "there is a gap between the ranges",
        [CRASHKERNEL_WARNING_OVERLAP] = "ranges overlap, the first that matches counts",
        [CRASHKERNEL_WARNING_TAIL] = "what follows the last range is not understood",
        [CRASHKERNEL_WARNING_ROUNDING] = "kernels that do not round the memory up reserve another size",
        [CRASHKERNEL_WARNING_CMA] = "',cma' needs Linux 6.17",
};
_Static_assert(ARRAY_SIZE(warning_texts) == CRASHKERNEL_WARNING_COUNT, "a warning is missing");

const char *crashkernel_cause_text(enum crashkernel_cause cause)
{
        return cause < CRASHKERNEL_CAUSE_COUNT ? cause_texts[cause] : NULL;
}

const char *crashkernel_warning_text(enum crashkernel_warning warning)
{
        return warning < CRASHKERNEL_WARNING_COUNT ? warning_texts[warning] : NULL;
}

static struct crashkernel_outcome nothing(enum crashkernel_cause cause)
{
        return (struct crashkernel_outcome){ .cause = cause, .range = SIZE_MAX };
}

static struct crashkernel_outcome reserve(uint64_t size, uint64_t memory, size_t range)
{
        if (size == 0)
                return (struct crashkernel_outcome){ .cause = CRASHKERNEL_ZERO, .range = range };
        if (size >= memory)
                return (struct crashkernel_outcome){ .cause = CRASHKERNEL_TOO_LARGE, .range = range };

        return (struct crashkernel_outcome){ .size = size, .range = range };
}

/* The kernel checks the size of every range that it passes on its way to the one that matches, and gives up
 * at one that is not less than the memory. */
static struct crashkernel_outcome match(const struct crashkernel_range *ranges, size_t n_ranges,
                                        uint64_t memory)
{
        for (size_t i = 0; i < n_ranges; i++) {
                if (ranges[i].size.bytes >= memory)
                        return (struct crashkernel_outcome){ .cause = CRASHKERNEL_TOO_LARGE, .range = i };
                if (memory >= ranges[i].start.bytes && memory < ranges[i].end.bytes)
                        return reserve(ranges[i].size.bytes, memory, i);
        }

        return nothing(CRASHKERNEL_NO_RANGE);
}

static struct crashkernel_outcome evaluate_ranges(const struct crashkernel_parameter *parameter,
                                                  uint64_t memory)
{
        struct crashkernel_outcome outcome = match(parameter->ranges, parameter->n_ranges, memory);

        if (outcome.cause == CRASHKERNEL_NO_RANGE && parameter->fault)
                return nothing(CRASHKERNEL_MALFORMED);
        if (outcome.cause == CRASHKERNEL_RESERVED && parameter->offset_fault)
                return nothing(CRASHKERNEL_MALFORMED);

        return outcome;
}

static struct crashkernel_outcome evaluate_auto(const struct crashkernel_auto *automatic, uint64_t memory)
{
        struct crashkernel_outcome outcome;

        if (!automatic)
                return nothing(CRASHKERNEL_AUTO_UNSUPPORTED);

        outcome = match(automatic->ranges, automatic->n_ranges, memory);
        if (outcome.cause == CRASHKERNEL_RESERVED && automatic->scaled)
                outcome.size += memory / 4096 / 4;
        return outcome;
}

static struct crashkernel_outcome evaluate_parameter(const struct crashkernel_parameter *parameter,
                                                     uint64_t memory,
                                                     const struct crashkernel_auto *automatic)
{
        switch (parameter->form) {
        case CRASHKERNEL_FORM_RANGES:
                return evaluate_ranges(parameter, memory);
        case CRASHKERNEL_FORM_AUTO:
                return evaluate_auto(automatic, memory);
        default:
                return parameter->fault ? nothing(CRASHKERNEL_MALFORMED)
                                        : reserve(parameter->size.bytes, memory, SIZE_MAX);
        }
}

static uint64_t round_up(uint64_t memory)
{
        if (memory > UINT64_MAX - ROUNDING)
                return memory;

        return (memory + ROUNDING - 1) / ROUNDING * ROUNDING;
}

/* The last parameter of each kind, which is the one that counts. */
struct chosen {
        const struct crashkernel_parameter *plain, *high, *low, *cma;
        bool several;
};

static struct chosen choose(const struct crashkernel *crashkernel)
{
        struct chosen chosen = { 0 };

        for (size_t i = 0; i < crashkernel->n_parameters; i++) {
                const struct crashkernel_parameter *parameter = &crashkernel->parameters[i];
                const struct crashkernel_parameter **place = &chosen.plain;

                if (parameter->form == CRASHKERNEL_FORM_HIGH)
                        place = &chosen.high;
                else if (parameter->form == CRASHKERNEL_FORM_LOW)
                        place = &chosen.low;
                else if (parameter->form == CRASHKERNEL_FORM_CMA)
                        place = &chosen.cma;

                chosen.several = chosen.several || *place;
                *place = parameter;
        }

        return chosen;
}

static void warn_if(struct crashkernel_evaluation *evaluation, enum crashkernel_warning warning,
                    bool condition)
{
        if (condition)
                evaluation->warnings |= 1U << warning;
}

static void warn(struct crashkernel_evaluation *evaluation, const struct chosen *chosen)
{
        const struct crashkernel_parameter *parameter = evaluation->parameter;
        struct text tail;

        warn_if(evaluation, CRASHKERNEL_WARNING_SEVERAL, chosen->several);
        warn_if(evaluation, CRASHKERNEL_WARNING_CMA, chosen->cma);
        warn_if(evaluation, CRASHKERNEL_WARNING_HIGH_IGNORED, chosen->plain && (chosen->high || chosen->low));
        warn_if(evaluation, CRASHKERNEL_WARNING_HIGH_WITHOUT_LOW,
                !chosen->plain && chosen->high && !chosen->low);
        if (!parameter)
                return;

        tail = parameter->tail;
        warn_if(evaluation, CRASHKERNEL_WARNING_OFFSET, parameter->has_offset);
        warn_if(evaluation, CRASHKERNEL_WARNING_GAP, parameter->has_gap);
        warn_if(evaluation, CRASHKERNEL_WARNING_OVERLAP, parameter->has_overlap);
        warn_if(evaluation, CRASHKERNEL_WARNING_TAIL,
                parameter->form == CRASHKERNEL_FORM_RANGES && tail.len > 0 && tail.data[0] != '@');
        warn_if(evaluation, CRASHKERNEL_WARNING_ROUNDING, evaluation->rounded.size != evaluation->exact.size);
}

struct crashkernel_evaluation crashkernel_evaluate(const struct crashkernel *crashkernel, uint64_t memory,
                                                   const struct crashkernel_auto *automatic)
{
        struct crashkernel_evaluation evaluation = { 0 };
        struct chosen chosen;

        assert(crashkernel);

        chosen = choose(crashkernel);
        evaluation.parameter = chosen.plain ? chosen.plain : chosen.high;
        if (!evaluation.parameter)
                evaluation.exact = nothing(chosen.low ? CRASHKERNEL_LOW_ALONE : CRASHKERNEL_ABSENT);
        else if (!chosen.plain && chosen.low && chosen.low->fault)
                /* An invalid low part takes the high one with it. */
                evaluation.exact = nothing(CRASHKERNEL_MALFORMED);
        else
                evaluation.exact = evaluate_parameter(evaluation.parameter, memory, automatic);

        evaluation.rounded = evaluation.exact;
        if (evaluation.parameter && (evaluation.parameter->form == CRASHKERNEL_FORM_RANGES ||
                                     evaluation.parameter->form == CRASHKERNEL_FORM_AUTO))
                evaluation.rounded = evaluate_parameter(evaluation.parameter, round_up(memory), automatic);
        if (!chosen.plain && evaluation.exact.size > 0 && chosen.low)
                evaluation.low = chosen.low->size.bytes;
        if (chosen.cma && !chosen.cma->fault)
                evaluation.cma = chosen.cma->size.bytes;

        warn(&evaluation, &chosen);
        return evaluation;
}

uint64_t crashkernel_certain(const struct crashkernel_evaluation *evaluation)
{
        return evaluation->rounded.size < evaluation->exact.size ? evaluation->rounded.size
                                                                 : evaluation->exact.size;
}
