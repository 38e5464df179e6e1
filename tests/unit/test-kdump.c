/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "engine/kdump-place.h"

/* A golden root lies on a file system of the build machine, so a full one can only be told here. */
TEST(v16b_full_file_system)
{
        static const struct row {
                unsigned long block;
                fsblkcnt_t available;
                fsfilcnt_t inodes, available_inodes;
                bool full;
        } rows[] = {
                { 4096, 65536, 1000, 1, false }, /* 256 MiB */
                { 4096, 65535, 1000, 1, true },
                { 4096, 0, 1000, 1, true },
                { 4096, 1U << 30, 1000, 0, true },
                { 4096, 1U << 30, 0, 0, false }, /* counts no inodes */
                { 0, 0, 0, 0, true },
                { 1048576, 256, 0, 0, false },
                { 1UL << 31, 1, 0, 0, false },
                { 1UL << 31, 0, 0, 0, true },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                struct statvfs statvfs = {
                        .f_frsize = rows[i].block,
                        .f_bavail = rows[i].available,
                        .f_files = rows[i].inodes,
                        .f_favail = rows[i].available_inodes,
                };

                CHECK_INT(kdump_is_full(&statvfs), rows[i].full);
        }
}
