/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/cloud-config.h"
#include "fuzz.h"

/* What is added is one piece, of one or two lines; everything else stays, but for an ending of the last line.
 */
static void check_added(struct text before, struct text after)
{
        size_t front = 0, back = 0;

        while (front < before.len && before.data[front] == after.data[front])
                front++;
        while (back < before.len - front &&
               before.data[before.len - back - 1] == after.data[after.len - back - 1])
                back++;
        FUZZ_ASSERT(after.len > before.len && front + back == before.len);
        FUZZ_ASSERT(text_contains(after, "opt: true"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text input = { (const char *) data, size };
        _cleanup_buffer_ struct buffer out = { 0 }, again = { 0 };
        const char *cause = NULL;
        int r;

        r = cloud_config_add_option(input, "opt", &out, &cause);
        if (r < 0) {
                FUZZ_ASSERT(r != -EPERM || (cause && out.len == 0));
                return 0;
        }

        check_added(input, (struct text){ out.data, out.len });
        FUZZ_ASSERT(cloud_config_add_option((struct text){ out.data, out.len }, "opt", &again, &cause) < 0);
        return 0;
}
