/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mountinfo.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text input = { (const char *) data, size }, rest = input;
        struct mountinfo line, found;

        while (mountinfo_next(&rest, &line)) {
                _cleanup_free_ char *point = text_dup(line.point);

                if (!point)
                        return 0;
                FUZZ_ASSERT(line.device.len > 0 && line.type.len > 0 && line.point.data[0] == '/');
                /* Without an escape or a NUL a point is what it says. */
                if (!text_contains(line.point, "\\") && !text_has_nul(line.point)) {
                        FUZZ_ASSERT(mountinfo_path_equal(line.point, point));
                        FUZZ_ASSERT(mountinfo_find(input, point, &found));
                        FUZZ_ASSERT(mountinfo_holding(input, point, &found));
                }
        }

        return 0;
}
