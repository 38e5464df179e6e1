/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "formats/swaps.h"

#define HEADING "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"

static int parse(const char *string, struct swap_area **ret, size_t *ret_n)
{
        return swaps_parse(text_from_string(string), ret, ret_n);
}

TEST(areas)
{
        struct swap_area *areas = NULL;
        size_t n = 0;

        CHECK_INT(parse(HEADING "/dev/dm-1                               partition\t2097148\t\t1024\t\t-2\n"
                                "/swap\\040file\\134x\tfile 8 0 5\n",
                        &areas, &n),
                  0);
        CHECK_INT(n, 2);
        CHECK_STRING(areas[0].name, "/dev/dm-1");
        CHECK_TEXT(areas[0].type, "partition");
        CHECK_INT(areas[0].size, 2097148);
        CHECK_INT(areas[0].used, 1024);
        CHECK_INT(areas[0].priority, -2);
        CHECK_STRING(areas[1].name, "/swap file\\x");
        CHECK_INT(areas[1].priority, 5);
        swaps_free(areas, n);
}

TEST(nothing_in_use)
{
        static const char *const contents[] = { "", HEADING, HEADING "\n",
                                                HEADING "/dev/vda2 partition 1\n" };

        for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
                struct swap_area *areas = NULL;
                size_t n = 1;

                CHECK_INT(parse(contents[i], &areas, &n), 0);
                CHECK_INT(n, 0);
                swaps_free(areas, n);
        }
}

TEST(no_numbers)
{
        static const char *const lines[] = { "/a file x 0 1\n", "/a file 1 -1 1\n", "/a file 1 0 --1\n",
                                             "/a file 1 0 99999999999\n" };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                _cleanup_free_ char *content = string_format("%s/b file 1 1 1\n%s", HEADING, lines[i]);
                struct swap_area *areas = NULL;
                size_t n = 0;

                CHECK_INT(parse(content, &areas, &n), -EBADMSG);
        }
}
