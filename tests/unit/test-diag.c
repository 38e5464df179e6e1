/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "engine/diag.h"

TEST(set_overwrites)
{
        _cleanup_diag_ struct diag diag = { 0 };

        CHECK_INT(diag_set(&diag, -EIO, "/etc/fstab", 3, "first %d", 1), -EIO);
        CHECK_INT(diag_set(&diag, -EBADMSG, NULL, 0, "after %s", diag.message), -EBADMSG);
        CHECK_INT(diag.error, -EBADMSG);
        CHECK_STRING(diag.path, NULL);
        CHECK_INT(diag.line, 0);
        CHECK_STRING(diag.message, "after first 1");
}

TEST(add_keeps_the_inner_one)
{
        _cleanup_diag_ struct diag diag = { 0 };

        CHECK_INT(diag_set(&diag, -EIO, "/etc/fstab", 3, "inner"), -EIO);
        CHECK_INT(diag_add(&diag, -EIO, "/etc", 0, "outer"), -EIO);
        CHECK_STRING(diag.path, "/etc/fstab");
        CHECK_INT(diag.line, 3);
        CHECK_STRING(diag.message, "inner");

        CHECK_INT(diag_add(&diag, -ENOMEM, NULL, 0, "other"), -ENOMEM);
        CHECK_STRING(diag.message, "other");
}

TEST(clear_and_null)
{
        _cleanup_diag_ struct diag diag = { 0 };

        diag_set(&diag, -EIO, "/a", 1, "x");
        diag_clear(&diag);
        CHECK_INT(diag.error, 0);
        CHECK_STRING(diag.message, NULL);
        CHECK_INT(diag_add(&diag, -EIO, "/b", 2, "y"), -EIO);
        CHECK_STRING(diag.message, "y");

        CHECK_INT(diag_set(NULL, -EIO, "/a", 1, "x"), -EIO);
        CHECK_INT(diag_add(NULL, -EIO, "/a", 1, "x"), -EIO);
}
