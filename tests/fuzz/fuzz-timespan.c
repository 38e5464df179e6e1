/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/timespan.h"
#include "fuzz.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text text = { (const char *) data, size };
        uint64_t usec = 1, again = 2;
        char plain[32];
        int r = timespan_parse(text, &usec);

        FUZZ_ASSERT(r == 0 || r == -EINVAL || r == -ERANGE);
        /* Set on success only, and the same length written plainly means the same. */
        if (r < 0) {
                FUZZ_ASSERT(usec == 1);
                return 0;
        }
        if (usec == TIMESPAN_INFINITY)
                return 0;

        (void) snprintf(plain, sizeof(plain), "%lluus", (unsigned long long) usec);
        FUZZ_ASSERT(timespan_parse(text_from_string(plain), &again) == 0 && again == usec);
        return 0;
}
