/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-default.h"
#include "fuzz.h"

#include <string.h>

#define FILES_MAX 8

/* The input is a list of files, each ended by a line "%%" but the last. */
static size_t split_files(struct text input, struct grub_default_file *files)
{
        size_t n = 0;

        for (;;) {
                const char *end = input.len > 0 ? memmem(input.data, input.len, "%%\n", 3) : NULL;

                files[n].name = TEXT("file");
                files[n].data = input;
                if (!end || n + 1 == FILES_MAX)
                        return n + 1;

                files[n++].data.len = (size_t) (end - input.data);
                input.len -= (size_t) (end - input.data) + 3;
                input.data = end + 3;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const names[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT",
                                             "GRUB_TERMINAL" };
        _cleanup_grub_default_ struct grub_default *grub_default = NULL;
        struct grub_default_file files[FILES_MAX];
        size_t n = split_files((struct text){ (const char *) data, size }, files), file = 0, index = 0;

        if (grub_default_parse(files, n, &grub_default) < 0)
                return 0;

        for (size_t i = 0; i < n; i++) {
                _cleanup_buffer_ struct buffer out = { 0 };

                grub_default_print(grub_default, i, &out);
                FUZZ_ASSERT(text_same(files[i].data, (struct text){ out.data, out.len }));
        }
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                struct shell_value value = { 0 };
                enum shell_state state = grub_default_get(grub_default, names[i], &value);
                unsigned line;

                FUZZ_ASSERT(state == SHELL_UNSET || value.file < n);
                FUZZ_ASSERT((state == SHELL_UNCERTAIN) == (value.cause != NULL));
                (void) grub_default_repeated(grub_default, names[i], &file, &line);
        }
        file = 0;
        while (grub_default_next_repeated(grub_default, &file, &index))
                FUZZ_ASSERT(file < n);

        return 0;
}
