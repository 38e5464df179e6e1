/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

TEST(lines_keep_every_byte)
{
        struct text rest = TEXT("a\r\n\n\0b"), line;

        CHECK(text_next_line(&rest, &line));
        CHECK_TEXT(line, "a\r\n");
        CHECK_TEXT(text_chomp(line), "a");
        CHECK(text_next_line(&rest, &line));
        CHECK_TEXT(line, "\n");
        CHECK(text_next_line(&rest, &line));
        CHECK_TEXT(line, "\0b");
        CHECK_TEXT(text_chomp(line), "\0b");
        CHECK(!text_next_line(&rest, &line));
}

TEST(words)
{
        struct text rest = TEXT("  one\ttwo "), word;

        CHECK(text_next_word(&rest, " \t", &word));
        CHECK_TEXT(word, "one");
        CHECK(text_next_word(&rest, " \t", &word));
        CHECK_TEXT(word, "two");
        CHECK(!text_next_word(&rest, " \t", &word));
}

TEST(numbers)
{
        uint64_t value = 7;

        CHECK_INT(text_parse_u64(TEXT("0"), &value), 0);
        CHECK_INT(value, 0);
        CHECK_INT(text_parse_u64(TEXT("18446744073709551615"), &value), 0);
        CHECK(value == UINT64_MAX);
        CHECK_INT(text_parse_u64(TEXT("18446744073709551616"), &value), -ERANGE);
        CHECK_INT(text_parse_u64(TEXT(""), &value), -EINVAL);
        CHECK_INT(text_parse_u64(TEXT("+1"), &value), -EINVAL);
        CHECK_INT(text_parse_u64(TEXT("1 "), &value), -EINVAL);
}

TEST(escapes_what_a_terminal_obeys)
{
        _cleanup_buffer_ struct buffer buffer = { 0 };

        buffer_add_escaped(&buffer, TEXT("a\033[31m\n\t\\\x7f\xc2\x9b\xff\xe4\xb8\xad\0z"));
        CHECK_STRING(buffer.data, "a\\x1b[31m\\n\\t\\\\\\x7f\\xc2\\x9b\\xff\xe4\xb8\xad\\x00z");
}

TEST(repairs_utf8)
{
        _cleanup_buffer_ struct buffer buffer = { 0 };

        /* Overlong '/', a surrogate, beyond U+10FFFF, a cut sequence, NUL. */
        buffer_add_utf8(&buffer, TEXT("ok\xc3\xa4|\xc0\xaf|\xed\xa0\x80|\xf4\x90\x80\x80|\xe4\xb8|\0"));
        CHECK_STRING(buffer.data, "ok\xc3\xa4|\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|"
                                  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|"
                                  "\xef\xbf\xbd");
}

TEST(arrays_grow)
{
        _cleanup_free_ size_t *array = NULL;

        for (size_t n = 0; n < 1000; n++) {
                CHECK_INT(array_grow(&array, n, sizeof(*array)), 0);
                array[n] = n;
        }
        for (size_t n = 0; n < 1000; n++)
                CHECK_INT(array[n], n);
}

TEST(an_empty_buffer_is_an_empty_string)
{
        struct buffer buffer = { 0 };
        char *string = NULL;
        size_t len = 7;

        CHECK_INT(buffer_finish(&buffer, &string, &len), 0);
        CHECK_STRING(string, "");
        CHECK_INT(len, 0);
        free(string);
}
