/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/ini.h"
#include "test.h"

#include <time.h>

static void check_print(const struct ini *ini, struct text expected)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        ini_print(ini, &out);
        test_check_text(__FILE__, __LINE__, "printed", (struct text){ out.data, out.len }, expected);
}

static struct ini *parse(struct text text)
{
        struct ini *ini = NULL;

        CHECK_INT(ini_parse(text.data, text.len, INI_KEYFILE, &ini), 0);
        if (!ini)
                exit(1);
        check_print(ini, text);
        return ini;
}

TEST(keyfile)
{
        _cleanup_ini_ struct ini *ini = parse(
                TEXT("# c\n[connection]\nid=eth0\r\n\n [ipv4] \n  dns-options = a;b; \n;x\nmethod=auto\n"
                     "[ipv6]\nmethod=ignore\n[ipv4]\nmethod=manual # not a comment\nempty=\nback=a\\\nz"));
        const struct ini_line *line;
        struct text value = TEXT("unset");

        CHECK(ini_get(ini, "connection", "id", &value));
        CHECK_TEXT(value, "eth0");
        CHECK(ini_get(ini, "ipv4", "dns-options", &value));
        CHECK_TEXT(value, "a;b;");
        CHECK(ini_get(ini, "ipv4", "method", &value));
        CHECK_TEXT(value, "manual # not a comment");
        CHECK(ini_get(ini, "ipv4", "empty", &value));
        CHECK_TEXT(value, "");
        CHECK(ini_get(ini, "ipv4", "back", &value));
        CHECK_TEXT(value, "a\\");
        CHECK(!ini_get(ini, "ipv4", "id", &value) && !ini_get(ini, "IPV4", "method", &value));
        CHECK(ini_has_section(ini, "ipv6") && !ini_has_section(ini, "ipv"));

        line = ini_next(ini, NULL, "ipv4", "method");
        CHECK_INT(line->number, 8);
        line = ini_next(ini, line, "ipv4", "method");
        CHECK_INT(line->number, 12);
        CHECK(!ini_next(ini, line, "ipv4", "method"));
        CHECK(!ini->bom);
}

TEST(invalid_lines)
{
        static const struct {
                struct text text;
                const char *error;
        } cases[] = {
                { TEXT_INIT("a=b\n"), "assignment outside a section" },
                { TEXT_INIT("[a\n"), "section header is not of the form [name]" },
                { TEXT_INIT("[]\n"), "section header is not of the form [name]" },
                { TEXT_INIT("[a] b\n"), "section header is not of the form [name]" },
                { TEXT_INIT("a b\n"), "neither a section, an assignment nor a comment" },
                { TEXT_INIT(" = b\n"), "no key in front of '='" },
                { TEXT_INIT("[a\0]\n"), "NUL byte in the line" },
                { TEXT_INIT("\xef\xbb\xbf[a]\n"), "a byte order mark stands in front of the line" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_ini_ struct ini *ini = parse(cases[i].text);

                CHECK_INT(ini->lines[0].kind, INI_INVALID);
                CHECK_STRING(ini->lines[0].error, cases[i].error);
        }
}

TEST(setting_values)
{
        _cleanup_ini_ struct ini *ini = parse(TEXT("[a]\r\nx = 1 \r\n\r\n# b\r\n[b]\r\ny=2\r\nx=3"));
        _cleanup_ini_ struct ini *empty = parse(TEXT(""));

        CHECK_INT(ini_set(ini, "a", "x", TEXT("7 8")), 0);
        CHECK_INT(ini_set(ini, "a", "z", TEXT("")), 0);
        CHECK_INT(ini_set(ini, "b", "w", TEXT("9")), 0);
        CHECK_INT(ini_set(ini, "c", "v", TEXT("0")), 0);
        check_print(ini, TEXT("[a]\r\nx = 7 8 \r\nz=\r\n\r\n# b\r\n[b]\r\ny=2\r\nx=3\nw=9\n[c]\nv=0\n"));
        CHECK_INT(ini->lines[ini->n_lines - 1].number, 11);
        CHECK_INT(ini_set(empty, "a", "b", TEXT("c")), 0);
        check_print(empty, TEXT("[a]\nb=c\n"));

        CHECK_INT(ini_set(ini, "a", "x", TEXT("7\n8")), -EINVAL);
        CHECK_INT(ini_set(ini, "a", "x", TEXT(" 7")), -EINVAL);
        CHECK_INT(ini_set(ini, "a", "x", TEXT("7\0")), -EINVAL);
        CHECK_INT(ini_set(ini, "a", "x=", TEXT("7")), -EINVAL);
        CHECK_INT(ini_set(ini, "a", "#x", TEXT("7")), -EINVAL);
        CHECK_INT(ini_set(ini, "a]", "x", TEXT("7")), -EINVAL);
        CHECK_INT(ini_set(ini, "", "x", TEXT("7")), -EINVAL);
}

TEST(time_is_linear)
{
        _cleanup_buffer_ struct buffer many = { 0 };
        _cleanup_ini_ struct ini *ini = NULL;
        clock_t start = clock();

        buffer_add_string(&many, "[a]\n");
        for (size_t i = 0; i < 60000; i++)
                buffer_addf(&many, "k%zu = v\n", i);
        ini = parse((struct text){ many.data, many.len });
        CHECK_INT(ini->n_lines, 60001);
        CHECK(clock() - start < CLOCKS_PER_SEC);
}
