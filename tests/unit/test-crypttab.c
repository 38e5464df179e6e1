/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/crypttab.h"
#include "test.h"

/* Which lines systemd-cryptsetup-generator takes, and what it makes of them, was measured with v252. */
static const char content[] = "# name device key options\n"
                              "\n"
                              "data UUID=1111 none luks,x-systemd.device-timeout=5s\n"
                              "  two\t/dev/vdb3\n"
                              "alone\n"
                              "five a b c d\n"
                              "\"q\" \"UUID=2222\" - nofail\r\n"
                              "#off UUID=3333\n"
                              "last LABEL=x none nofailure,swap";

TEST(lines)
{
        static const struct {
                unsigned number;
                const char *name, *device, *key, *options;
        } expected[] = {
                { 3, "data", "UUID=1111", "none", "luks,x-systemd.device-timeout=5s" },
                { 4, "two", "/dev/vdb3", "", "" },
                { 7, "\"q\"", "\"UUID=2222\"", "-", "nofail" },
                { 9, "last", "LABEL=x", "none", "nofailure,swap" },
        };
        struct text rest = TEXT(content);
        struct crypttab_line line;
        unsigned number = 0;
        size_t n = 0;

        for (; crypttab_next(&rest, &number, &line); n++) {
                if (n == ARRAY_SIZE(expected))
                        exit(1);
                CHECK_INT(line.number, expected[n].number);
                CHECK(text_equal(line.name, expected[n].name));
                CHECK(text_equal(line.device, expected[n].device));
                CHECK(text_equal(line.key, expected[n].key));
                CHECK(text_equal(line.options, expected[n].options));
        }
        CHECK_INT(n, ARRAY_SIZE(expected));
}

TEST(options)
{
        struct crypttab_line line = { .options = TEXT("luks,x-systemd.device-timeout=5s,,nofailure,swap") };

        CHECK(crypttab_has_option(&line, "luks"));
        CHECK(crypttab_has_option(&line, "x-systemd.device-timeout"));
        CHECK(crypttab_has_option(&line, "swap"));
        CHECK(!crypttab_has_option(&line, "nofail"));
        CHECK(!crypttab_has_option(&line, "5s"));
        CHECK(!crypttab_has_option(&line, ""));
        line.options = (struct text){ 0 };
        CHECK(!crypttab_has_option(&line, "luks"));
}

TEST(nothing)
{
        struct text rest = { 0 };
        struct crypttab_line line;
        unsigned number = 0;

        CHECK(!crypttab_next(&rest, &number, &line));
        CHECK_INT(number, 0);
}
