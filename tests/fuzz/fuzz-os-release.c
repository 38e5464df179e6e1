/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/os-release.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text input = { (const char *) data, size };
        _cleanup_buffer_ struct buffer printed = { 0 };
        _cleanup_os_release_ struct os_release *release = NULL;
        struct release_identity identity;
        unsigned major, minor;

        if (os_release_parse(input.data, input.len, &release) < 0)
                return 0;

        os_release_print(release, &printed);
        FUZZ_ASSERT(text_same((struct text){ printed.data, printed.len }, input));
        for (size_t i = 0; i < release->n_lines; i++) {
                const struct os_release_line *line = release->lines + i;

                FUZZ_ASSERT((line->kind == OS_RELEASE_INVALID) == (line->error != NULL));
                FUZZ_ASSERT(line->value.data[line->value.len] == '\0');
                FUZZ_ASSERT(line->value.len <= line->raw.len);
        }
        release_from_os_release(release, &identity);
        (void) release_version_parse(identity.version_id, &major, &minor);
        for (const char *const *path = release_files; *path; path++)
                if (release_from_file(*path, input, &identity)) {
                        FUZZ_ASSERT(identity.id.len > 0);
                        (void) release_version_parse(identity.version_id, &major, &minor);
                }

        return 0;
}
