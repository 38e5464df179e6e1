/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/crashkernel-default.h"
#include "fuzz.h"

static void check_evaluation(const struct crashkernel *crashkernel, uint64_t memory,
                             const struct crashkernel_auto *automatic)
{
        struct crashkernel_evaluation evaluation = crashkernel_evaluate(crashkernel, memory, automatic);

        FUZZ_ASSERT((evaluation.exact.cause == CRASHKERNEL_RESERVED) == (evaluation.exact.size > 0));
        FUZZ_ASSERT((evaluation.rounded.cause == CRASHKERNEL_RESERVED) == (evaluation.rounded.size > 0));
        FUZZ_ASSERT(evaluation.exact.size < memory || evaluation.exact.size == 0);
        FUZZ_ASSERT(crashkernel_certain(&evaluation) <= evaluation.exact.size);
        FUZZ_ASSERT(evaluation.warnings < 1U << CRASHKERNEL_WARNING_COUNT);
        FUZZ_ASSERT(evaluation.exact.cause == CRASHKERNEL_RESERVED ||
                    crashkernel_cause_text(evaluation.exact.cause));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct crashkernel_system release7 = { "rhel", 7, "x86_64" };
        _cleanup_crashkernel_ struct crashkernel *crashkernel = NULL, *value = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        struct text input = { (const char *) data, size };

        FUZZ_ASSERT(crashkernel_parse(input.data, input.len, &crashkernel) == 0);
        crashkernel_print(crashkernel, &out);
        FUZZ_ASSERT(!out.failed && text_same((struct text){ out.data, out.len }, input));

        FUZZ_ASSERT(crashkernel_parse_value(input, &value) == 0);
        FUZZ_ASSERT(value->n_parameters >= 1);

        for (unsigned shift = 0; shift < 64; shift += 3)
                for (int64_t step = -1; step <= 1; step++) {
                        uint64_t memory = ((uint64_t) 1 << shift) + (uint64_t) step;

                        check_evaluation(crashkernel, memory, NULL);
                        check_evaluation(value, memory, crashkernel_auto_rule(&release7));
                }
        return 0;
}
