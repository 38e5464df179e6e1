/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/kernel-cmdline.h"
#include "fuzz.h"

static struct kernel_cmdline *parse_again(const struct kernel_cmdline *cmdline)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct kernel_cmdline *again;

        kernel_cmdline_print(cmdline, &out);
        FUZZ_ASSERT(!out.failed);
        FUZZ_ASSERT(kernel_cmdline_parse(out.data, out.len, &again) == 0);
        return again;
}

static void check_same(const struct kernel_cmdline *a, const struct kernel_cmdline *b)
{
        FUZZ_ASSERT(a->n_tokens == b->n_tokens && a->n_kernel == b->n_kernel);
        for (size_t i = 0; i < a->n_tokens; i++) {
                FUZZ_ASSERT(text_same(a->tokens[i].raw, b->tokens[i].raw));
                FUZZ_ASSERT(text_same(a->tokens[i].separator, b->tokens[i].separator));
                FUZZ_ASSERT(text_same(a->tokens[i].key, b->tokens[i].key));
                FUZZ_ASSERT(text_same(a->tokens[i].value, b->tokens[i].value));
        }
        FUZZ_ASSERT(text_same(a->trailer, b->trailer));
}

/* What an edit made of the model is what a new parse of the printed line sees. */
static void edit(struct kernel_cmdline *cmdline, uint8_t choice)
{
        _cleanup_kernel_cmdline_ struct kernel_cmdline *again = NULL;
        size_t index = cmdline->n_kernel > 0 ? choice % cmdline->n_kernel : 0;

        if (choice & 0x80 && cmdline->n_kernel > 0)
                kernel_cmdline_remove(cmdline, index);
        else if (choice & 0x40 && cmdline->n_kernel > 0)
                FUZZ_ASSERT(kernel_cmdline_replace(cmdline, index, TEXT("a=\"b c\"")) == 0);
        else
                (void) !kernel_cmdline_insert(cmdline, index, TEXT("console=tty0"));

        again = parse_again(cmdline);
        check_same(cmdline, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_kernel_cmdline_ struct kernel_cmdline *cmdline = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        size_t index = 0, n = 0;

        FUZZ_ASSERT(kernel_cmdline_parse((const char *) data, size, &cmdline) == 0);
        kernel_cmdline_print(cmdline, &out);
        FUZZ_ASSERT(out.len == size && text_same((struct text){ out.data, out.len },
                                                 (struct text){ (const char *) data, size }));

        FUZZ_ASSERT(cmdline->n_kernel <= cmdline->n_tokens);
        while (kernel_cmdline_next(cmdline, "console", &index))
                n++;
        FUZZ_ASSERT(kernel_cmdline_count(cmdline, "console") == n);
        FUZZ_ASSERT(!kernel_cmdline_nth(cmdline, "console", n));
        FUZZ_ASSERT((kernel_cmdline_last(cmdline, "console") != NULL) == (n > 0));

        edit(cmdline, size > 0 ? data[size - 1] : 0);
        return 0;
}
