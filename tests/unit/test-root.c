/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "engine/root-internal.h"

TEST(smoke)
{
        _cleanup_root_ struct root *root = NULL;
        const struct root_file *file;
        char hex[DIGEST_HEX_SIZE];

        CHECK_INT(root_open("/", ROOT_LIVE, &root), 0);
        CHECK_INT(root_read(root, "/etc/passwd", &file), 0);
        CHECK(text_contains(file->content, "root:"));
        CHECK_INT(root_exists(root, "/nonexistent"), 0);
        CHECK_INT(root_digest(root, hex), 0);
}
