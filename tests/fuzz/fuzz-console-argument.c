/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/console-argument.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text value = { (const char *) data, size };
        struct console_argument console = console_parse(value), again;
        _cleanup_buffer_ struct buffer out = { 0 };

        FUZZ_ASSERT(text_same(console.value, value));
        FUZZ_ASSERT(console.device.len <= size && console.options.len <= size && console.glued.len <= size);
        FUZZ_ASSERT((console_fault_cause(console.fault) != NULL) == (console.fault != CONSOLE_FAULT_NONE));
        FUZZ_ASSERT(console_same_type(&console, &console));

        /* What counts as corrected has no fault left and means the same device. */
        if (console_print_corrected(&console, &out) < 0)
                return 0;
        again = console_parse((struct text){ out.data, out.len });
        FUZZ_ASSERT(again.fault == CONSOLE_FAULT_NONE);
        FUZZ_ASSERT(text_same(again.device, console.device));
        FUZZ_ASSERT(again.speed == console.speed);
        return 0;
}
