/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A broken promise of a format must stop the fuzzer in every build, NDEBUG or not. */
#define FUZZ_ASSERT(condition)                                                                               \
        do {                                                                                                 \
                if (!(condition))                                                                            \
                        abort();                                                                             \
        } while (0)
