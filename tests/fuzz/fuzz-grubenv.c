/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grubenv.h"
#include "fuzz.h"

/* A block that was fit for an edit is so afterwards, and holds the value. */
static void check_set(struct grubenv *grubenv, struct text value)
{
        _cleanup_grubenv_ struct grubenv *again = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        struct text found;
        int r;

        r = grubenv_set(grubenv, TEXT("a"), value);
        FUZZ_ASSERT((r == -EPERM) == (grubenv->fault != GRUBENV_OK));
        if (r < 0)
                return;

        grubenv_print(grubenv, &out);
        if (out.failed || grubenv_parse(out.data, out.len, &again) < 0)
                return;
        FUZZ_ASSERT(again->fault == GRUBENV_OK && again->free == grubenv->free);
        FUZZ_ASSERT(grubenv_get(again, "a", &found) && text_same(found, value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text input = { (const char *) data, size }, value;
        _cleanup_grubenv_ struct grubenv *grubenv = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };

        if (grubenv_parse(input.data, input.len, &grubenv) < 0)
                return 0;

        grubenv_print(grubenv, &out);
        FUZZ_ASSERT(text_same(input, (struct text){ out.data, out.len }));
        FUZZ_ASSERT((grubenv->fault == GRUBENV_OK) == (grubenv_fault_cause(grubenv->fault) == NULL));
        FUZZ_ASSERT(grubenv->fault != GRUBENV_OK || (size == GRUBENV_SIZE && grubenv->free < size));
        (void) grubenv_get(grubenv, "kernelopts", &value);
        for (size_t i = 0; i < grubenv->n_lines; i++)
                if (grubenv->lines[i].kind == GRUBENV_ENTRY) {
                        const struct grubenv_line *found = grubenv_find(grubenv, grubenv->lines[i].name);

                        FUZZ_ASSERT(found && found->value.len <= found->raw_value.len);
                        FUZZ_ASSERT(found->line >= grubenv->lines[i].line);
                }

        check_set(grubenv, size > 64 ? (struct text){ input.data + size - 16, 15 } : TEXT("x"));
        check_set(grubenv, TEXT("b\\\n"));
        return 0;
}
