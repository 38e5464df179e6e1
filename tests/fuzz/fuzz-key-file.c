/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/key-file.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_key_file_ struct key_file *file = NULL;
        unsigned line = 0, last = 0;
        int r;

        r = key_file_parse((const char *) data, size, &file, &line);
        FUZZ_ASSERT(r == 0 || (r == -EBADMSG && line > 0) || r == -ENOMEM);
        if (r < 0)
                return 0;

        for (size_t i = 0; i < file->n_entries; i++) {
                const struct key_file_entry *entry = &file->entries[i];

                FUZZ_ASSERT(entry->group.len > 0 && entry->line > last);
                FUZZ_ASSERT(entry->key.len > 0 || entry->value.len == 0);
                last = entry->line;
        }
        (void) key_file_get(file, "main", "dns");
        return 0;
}
