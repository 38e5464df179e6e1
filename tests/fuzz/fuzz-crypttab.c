/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/crypttab.h"
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text rest = { (const char *) data, size };
        struct crypttab_line line;
        unsigned number = 0, last = 0;

        while (crypttab_next(&rest, &number, &line)) {
                FUZZ_ASSERT(line.number == number && number > last);
                FUZZ_ASSERT(line.name.len > 0 && line.device.len > 0 && line.name.data[0] != '#');
                FUZZ_ASSERT(line.options.len == 0 || line.key.len > 0);
                FUZZ_ASSERT(!memchr(line.device.data, '\n', line.device.len));
                (void) crypttab_has_option(&line, "nofail");
                last = number;
        }
        FUZZ_ASSERT(rest.len == 0);

        return 0;
}
