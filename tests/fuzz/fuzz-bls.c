/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/bls.h"
#include "fuzz.h"

/* Knows every other variable by the parity of its length. */
static bool lookup(void *userdata, struct text name, struct text *ret_value)
{
        if (name.len % 2 == 0)
                *ret_value = *(struct text *) userdata;
        return name.len % 2 == 0;
}

static void expand(struct text text,
                   int (*function)(struct text, grub_lookup, void *, struct grub_expansion *))
{
        _cleanup_grub_expansion_ struct grub_expansion expansion = { 0 };
        int r;

        r = function(text, lookup, &text, &expansion);
        FUZZ_ASSERT(r == 0 || r == -E2BIG || r == -ENOMEM);
        FUZZ_ASSERT(grub_expansion_text(&expansion).data);
        (void) grub_expansion_complete(&expansion);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const keys[] = { "title", "options", "initrd", "linux", "grub_users", "id" };
        struct text input = { (const char *) data, size }, value;
        _cleanup_bls_ struct bls *bls = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };

        expand(input, grub_expand);
        expand(input, grub_expand_script);
        if (bls_parse(input.data, input.len, &bls) < 0)
                return 0;

        bls_print(bls, &out);
        FUZZ_ASSERT(text_same(input, (struct text){ out.data, out.len }));
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                _cleanup_grub_expansion_ struct grub_expansion expansion = { 0 };
                _cleanup_buffer_ struct buffer values = { 0 };
                int r;

                FUZZ_ASSERT(bls_get(bls, keys[i], &value) == (bls_next(bls, keys[i], NULL) != NULL));
                bls_add_values(bls, keys[i], &values);
                r = bls_expand(bls, keys[i], lookup, &value, &expansion);
                FUZZ_ASSERT(r == 0 || r == -E2BIG || r == -ENOMEM);
        }
        for (size_t i = 0; i < bls->n_lines; i++)
                FUZZ_ASSERT((bls->lines[i].kind == BLS_MALFORMED) == (bls->lines[i].fault != NULL));

        return 0;
}
