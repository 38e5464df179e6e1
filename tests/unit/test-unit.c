/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/unit.h"
#include "test.h"

#include <time.h>

static struct ini *parse(struct text text)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct ini *unit = NULL;

        CHECK_INT(unit_parse(text.data, text.len, &unit), 0);
        if (!unit)
                exit(1);
        ini_print(unit, &out);
        test_check_text(__FILE__, __LINE__, "printed", (struct text){ out.data, out.len }, text);
        return unit;
}

static void check_words(const struct ini *unit, const char *key, const char *expected)
{
        struct unit_words words = unit_words(unit, "Install", key);
        _cleanup_buffer_ struct buffer joined = { 0 };
        struct text word;

        while (unit_words_next(&words, &word)) {
                buffer_add_text(&joined, word);
                buffer_add_char(&joined, ',');
        }
        CHECK_STRING(joined.data ? joined.data : "", expected);
}

TEST(swap_and_mount)
{
        _cleanup_ini_ struct ini *unit = parse(TEXT("\xef\xbb\xbf[Unit]\nDescription=x # y\n\n[Swap]\n"
                                                    "What=/dev/vda2\nWhat=/dev/vdb1\n[Mount]\nWhere=/data\n"
                                                    "Options=a\nOptions=\n"));
        struct text value;

        CHECK(unit->bom);
        CHECK(unit_get(unit, "Unit", "Description", &value));
        CHECK_TEXT(value, "x # y");
        CHECK(unit_get(unit, "Swap", "What", &value));
        CHECK_TEXT(value, "/dev/vdb1");
        CHECK(unit_get(unit, "Mount", "Where", &value));
        CHECK_TEXT(value, "/data");
        CHECK(!unit_get(unit, "Mount", "Options", &value));
        CHECK(!unit_get(unit, "Mount", "What", &value));
}

TEST(lists)
{
        _cleanup_ini_ struct ini *unit =
                parse(TEXT("[Install]\nWantedBy=old.target\nWantedBy=\nWantedBy=a.target  \"b c\"\t'd'\n"
                           "WantedBy=e.target \"f\nAlso=x\nAlso=\nAlso=y\n[install]\nWantedBy=z\n"));

        check_words(unit, "WantedBy", "a.target,b c,d,e.target,\"f,");
        check_words(unit, "Also", "x,y,");
        check_words(unit, "Alias", "");
        CHECK(unit_has_word(unit, "Install", "WantedBy", "a.target"));
        CHECK(!unit_has_word(unit, "Install", "WantedBy", "old.target"));
        CHECK(!unit_has_word(unit, "Install", "WantedBy", "z"));
}

TEST(continuations)
{
        static const struct {
                struct text text;
                const char *value; /* of [S] a; NULL for none */
        } cases[] = {
                { TEXT_INIT("[S]\na=b\\\n  c\n"), "b c" },
                { TEXT_INIT("[S]\na=b \\\r\n\tc\\\r\nd\r\n"), "b  c d" },
                { TEXT_INIT("[S]\na=b\\\n# comment\\\n ; another\n c\nx=y\n"), "b c" },
                { TEXT_INIT("[S]\na=b\\\n\nx=y\n"), "b" },
                { TEXT_INIT("[S]\na=b\\\\\nx=y\n"), "b\\\\" },
                { TEXT_INIT("[S]\na=b\\ \nx=y\n"), "b\\" },
                { TEXT_INIT("[S]\na=b\\"), "b" },
                { TEXT_INIT("[S]\na=\\\nb\n"), "b" },
                { TEXT_INIT("[S]\na=\\\n# c"), "" },
                { TEXT_INIT("[S]\n# c\\\na=b\n"), "b" },
                { TEXT_INIT("[S]\nx=y\\\na=b\n"), NULL },
                { TEXT_INIT("[S]\na\\\n=b\n"), NULL },
                { TEXT_INIT("[S\\\n]\na=b\n"), NULL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_ini_ struct ini *unit = parse(cases[i].text);
                struct text value = TEXT("unset");

                CHECK_INT(ini_get(unit, "S", "a", &value), cases[i].value != NULL);
                test_check_text(__FILE__, __LINE__, "value", value,
                                text_from_string(cases[i].value ? cases[i].value : "unset"));
        }
}

TEST(line_numbers_count_continuations)
{
        _cleanup_ini_ struct ini *unit = parse(TEXT("[S]\na=b\\\n#\n\\\nc\nbad\n"));

        CHECK_INT(unit->n_lines, 3);
        CHECK_INT(unit->lines[1].number, 2);
        CHECK_INT(unit->lines[2].number, 6);
        CHECK_STRING(unit->lines[2].error, "neither a section, an assignment nor a comment");
}

TEST(time_is_linear)
{
        _cleanup_buffer_ struct buffer many = { 0 };
        _cleanup_ini_ struct ini *unit = NULL;
        clock_t start = clock();
        struct text value;

        buffer_add_string(&many, "[a]\nb=c\\\n");
        for (size_t i = 0; i < 60000; i++)
                buffer_add_string(&many, "# x \\\\\\\n dddddddddd\\\n");
        CHECK_INT(unit_parse(many.data, many.len, &unit), -E2BIG);
        unit = parse((struct text){ many.data, many.len / 2 });
        CHECK_INT(unit->n_lines, 2);
        CHECK(unit_get(unit, "a", "b", &value));
        CHECK(clock() - start < CLOCKS_PER_SEC);
}
