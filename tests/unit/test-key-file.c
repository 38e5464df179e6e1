/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/key-file.h"
#include "test.h"

static struct key_file *parse(const char *string)
{
        struct key_file *file = NULL;
        unsigned line = 0;

        CHECK_INT(key_file_parse(string, strlen(string), &file, &line), 0);
        return file;
}

static void check_refused(const char *string, unsigned expected)
{
        struct key_file *file = NULL;
        unsigned line = 0;

        CHECK_INT(key_file_parse(string, strlen(string), &file, &line), -EBADMSG);
        CHECK_INT(line, expected);
        CHECK(!file);
}

TEST(values)
{
        _cleanup_key_file_ struct key_file *file =
                parse("# main\n\n[main]\n dns = none \r\nplugins=a,b\n"
                      "[ipv4]\ndns-options=rotate;\n[main]\ndns=default\n");

        CHECK_TEXT(key_file_get(file, "main", "dns"), "default");
        CHECK_INT(key_file_find(file, "main", "dns")->line, 9);
        CHECK_TEXT(key_file_get(file, "main", "plugins"), "a,b");
        CHECK_TEXT(key_file_get(file, "ipv4", "dns-options"), "rotate;");
        CHECK_TEXT(key_file_get(file, "ipv6", "dns-options"), "");
        CHECK(!key_file_find(file, "ipv6", ""));
        CHECK_INT(key_file_find(file, "ipv4", "")->line, 6);
}

TEST(names_are_case_sensitive)
{
        _cleanup_key_file_ struct key_file *file = parse("[Main]\nDNS=none\n");

        CHECK(!key_file_find(file, "main", "dns"));
        CHECK_TEXT(key_file_get(file, "Main", "DNS"), "none");
}

TEST(no_final_newline_and_empty_value)
{
        _cleanup_key_file_ struct key_file *file = parse("[a]\nb=\nc==d");

        CHECK(key_file_find(file, "a", "b") != NULL);
        CHECK_TEXT(key_file_get(file, "a", "b"), "");
        CHECK_TEXT(key_file_get(file, "a", "c"), "=d");
}

TEST(refused)
{
        check_refused("dns=none\n[main]\n", 1);
        check_refused("[main]\n; no comment\n", 2);
        check_refused("[main]\nwords\n", 2);
        check_refused("[main\ndns=none\n", 1);
        check_refused("[]\n", 1);
        check_refused("[main]\n=x\n", 2);
}

TEST(empty)
{
        _cleanup_key_file_ struct key_file *file = parse("");

        CHECK_INT(file->n_entries, 0);
        CHECK(!key_file_find(file, "", ""));
}
