/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/unit.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const keys[] = { "WantedBy", "Also", "What", NULL };
        struct text input = { (const char *) data, size }, word;
        _cleanup_buffer_ struct buffer printed = { 0 };
        _cleanup_ini_ struct ini *unit = NULL;

        if (unit_parse(input.data, input.len, &unit) < 0)
                return 0;

        ini_print(unit, &printed);
        FUZZ_ASSERT(text_same((struct text){ printed.data, printed.len }, input));
        for (size_t i = 0; i < unit->n_lines; i++) {
                FUZZ_ASSERT((unit->lines[i].kind == INI_INVALID) == (unit->lines[i].error != NULL));
                FUZZ_ASSERT(!text_contains(unit->lines[i].value, "\n"));
                FUZZ_ASSERT(unit->lines[i].value.len <= unit->lines[i].raw.len);
        }
        for (const char *const *key = keys; *key; key++) {
                struct unit_words words = unit_words(unit, "Install", *key);

                (void) unit_get(unit, "Mount", *key, &word);
                while (unit_words_next(&words, &word))
                        FUZZ_ASSERT(!text_has_nul(word));
                (void) unit_has_word(unit, "Install", *key, "multi-user.target");
        }

        return 0;
}
