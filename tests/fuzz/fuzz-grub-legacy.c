/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-legacy.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text input = { (const char *) data, size };
        _cleanup_grub_legacy_ struct grub_legacy *legacy = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        size_t index;

        if (grub_legacy_parse(input, &legacy) < 0)
                return 0;

        grub_legacy_print(legacy, &out);
        FUZZ_ASSERT(text_same(input, (struct text){ out.data, out.len }));
        FUZZ_ASSERT(grub_legacy_default(legacy, &index) < 0 || index < legacy->n_entries);
        for (size_t i = 0; i < legacy->n_entries; i++) {
                FUZZ_ASSERT(legacy->entries[i].line > 0);
                FUZZ_ASSERT((grub_legacy_set_arguments(&legacy->entries[i], TEXT("x")) == 0) ==
                            (legacy->entries[i].kernel.len > 0));
        }

        return 0;
}
