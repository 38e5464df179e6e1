/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/kernel-cmdline.h"
#include "test.h"

static struct kernel_cmdline *parse(struct text text)
{
        struct kernel_cmdline *cmdline = NULL;

        CHECK_INT(kernel_cmdline_parse(text.data, text.len, &cmdline), 0);
        return cmdline;
}

static void check_print(const struct kernel_cmdline *cmdline, struct text expected)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        kernel_cmdline_print(cmdline, &out);
        test_check_text(__FILE__, __LINE__, "printed line", (struct text){ out.data, out.len }, expected);
}

#define CMDLINE(name, literal)                                                                               \
        _cleanup_kernel_cmdline_ struct kernel_cmdline *name = parse(TEXT(literal));                         \
        check_print(name, TEXT(literal))

TEST(splits_at_blanks)
{
        CMDLINE(cmdline, "BOOT_IMAGE=/vmlinuz  ro\troot=UUID=ab-cd quiet\n");

        CHECK_INT(cmdline->n_tokens, 4);
        CHECK_TEXT(cmdline->tokens[0].key, "BOOT_IMAGE");
        CHECK_TEXT(cmdline->tokens[0].separator, "");
        CHECK_TEXT(cmdline->tokens[1].key, "ro");
        CHECK_TEXT(cmdline->tokens[1].separator, "  ");
        CHECK(!cmdline->tokens[1].has_value);
        CHECK_TEXT(cmdline->tokens[2].key, "root");
        CHECK_TEXT(cmdline->tokens[2].value, "UUID=ab-cd");
        CHECK_TEXT(cmdline->trailer, "\n");
}

/* What next_arg() of the kernel gives for each, worked out by hand from its source. */
TEST(quotes_as_in_the_kernel)
{
        static const struct {
                struct text raw, key, value;
                bool has_value;
        } cases[] = {
                { { "a=\"b c\"", 7 }, { "a", 1 }, { "b c", 3 }, true },
                { { "\"a=b c\"", 7 }, { "a", 1 }, { "b c", 3 }, true },
                { { "\"a b\"", 5 }, { "a b", 3 }, { "", 0 }, false },
                { { "a=b\" \"c", 7 }, { "a", 1 }, { "b\" \"c", 5 }, true },
                { { "a=\"b\"c", 6 }, { "a", 1 }, { "b\"c", 3 }, true },
                { { "a=\"\"", 4 }, { "a", 1 }, { "", 0 }, true },
                { { "a=", 2 }, { "a", 1 }, { "", 0 }, true },
                { { "=a", 2 }, { "=a", 2 }, { "", 0 }, false },
                { { "=a=b", 4 }, { "=a", 2 }, { "b", 1 }, true },
                { { "\"\"", 2 }, { "", 0 }, { "", 0 }, false },
                { { "\"=\"", 3 }, { "=", 1 }, { "", 0 }, false },
                { { "dyndbg=\"file ec.c +p\"", 21 }, { "dyndbg", 6 }, { "file ec.c +p", 12 }, true },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_kernel_cmdline_ struct kernel_cmdline *cmdline = parse(cases[i].raw);

                check_print(cmdline, cases[i].raw);
                CHECK_INT(cmdline->n_tokens, 1);
                test_check_text(__FILE__, __LINE__, cases[i].raw.data, cmdline->tokens[0].key, cases[i].key);
                test_check_text(__FILE__, __LINE__, cases[i].raw.data, cmdline->tokens[0].value,
                                cases[i].value);
                CHECK_INT(cmdline->tokens[0].has_value, cases[i].has_value);
                CHECK(!cmdline->tokens[0].open_quote);
        }
}

TEST(an_open_quote_swallows_the_rest)
{
        CMDLINE(cmdline, "quiet a=\"b c -- d\n");

        CHECK_INT(cmdline->n_tokens, 2);
        CHECK(cmdline->tokens[1].open_quote);
        CHECK_TEXT(cmdline->tokens[1].value, "b c -- d\n");
        CHECK_INT(kernel_cmdline_append(cmdline, TEXT("x")), -EBADMSG);
        CHECK_INT(kernel_cmdline_insert(cmdline, 1, TEXT("x")), 0);
        check_print(cmdline, TEXT("quiet x a=\"b c -- d\n"));
}

TEST(what_is_behind_two_dashes_belongs_to_init)
{
        CMDLINE(cmdline, "console=tty0 --x -- console=ttyS0 single");

        CHECK_INT(cmdline->n_tokens, 5);
        CHECK_INT(cmdline->n_kernel, 2);
        CHECK_INT(kernel_cmdline_count(cmdline, "console"), 1);
        CHECK_TEXT(kernel_cmdline_last(cmdline, "console")->value, "tty0");
        CHECK(!kernel_cmdline_first(cmdline, "single"));
        CHECK_INT(kernel_cmdline_append(cmdline, TEXT("console=ttyS0")), 0);
        check_print(cmdline, TEXT("console=tty0 --x console=ttyS0 -- console=ttyS0 single"));
}

TEST(two_dashes_with_a_value_are_an_option)
{
        CMDLINE(cmdline, "--=a b");

        CHECK_INT(cmdline->n_kernel, 2);
}

TEST(stops_at_nul)
{
        CMDLINE(cmdline, "quiet \0 ro");

        CHECK_INT(cmdline->n_tokens, 1);
        CHECK_TEXT(cmdline->trailer, " \0 ro");
        CHECK_INT(kernel_cmdline_append(cmdline, TEXT("ro")), 0);
        check_print(cmdline, TEXT("quiet ro \0 ro"));
}

/* V26c: consoleblank= is not console=. */
TEST(keys_are_exact)
{
        CMDLINE(cmdline, "consoleblank=0 console=tty0 myconsole=1 console=ttyS0 console");
        size_t index = 0;

        CHECK_INT(kernel_cmdline_count(cmdline, "console"), 3);
        CHECK_TEXT(kernel_cmdline_first(cmdline, "console")->value, "tty0");
        CHECK_TEXT(kernel_cmdline_nth(cmdline, "console", 1)->value, "ttyS0");
        CHECK(!kernel_cmdline_nth(cmdline, "console", 2)->has_value);
        CHECK(!kernel_cmdline_nth(cmdline, "console", 3));
        CHECK(!kernel_cmdline_last(cmdline, "consol"));
        CHECK(kernel_cmdline_next(cmdline, "console", &index));
        CHECK_INT(index, 2);
}

TEST(dash_and_underscore_are_the_same)
{
        CMDLINE(cmdline, "printk-time=1 a-b=c-d");

        CHECK_TEXT(kernel_cmdline_first(cmdline, "printk_time")->value, "1");
        CHECK_TEXT(kernel_cmdline_first(cmdline, "a_b")->value, "c-d");
}

TEST(blanks_of_the_kernel)
{
        CMDLINE(cmdline, "a\vb\fc\xa0"
                         "d\re");

        CHECK_INT(cmdline->n_tokens, 5);
}

TEST(empty_lines)
{
        CMDLINE(nothing, "");
        CMDLINE(blank, " \n");

        CHECK_INT(nothing->n_tokens, 0);
        CHECK_INT(kernel_cmdline_append(nothing, TEXT("a")), 0);
        check_print(nothing, TEXT("a"));
        CHECK_INT(kernel_cmdline_append(blank, TEXT("a")), 0);
        CHECK_INT(kernel_cmdline_append(blank, TEXT("b=\"c d\"")), 0);
        check_print(blank, TEXT("a b=\"c d\" \n"));
}

/* V25, as bytes. */
TEST(replaces_one_token)
{
        CMDLINE(cmdline, "ro  console=ttyS0\tconsole=ttyS0,115200n8 net.ifnames=0\n");

        CHECK_INT(kernel_cmdline_replace(cmdline, 1, TEXT("console=tty0")), 0);
        check_print(cmdline, TEXT("ro  console=tty0\tconsole=ttyS0,115200n8 net.ifnames=0\n"));
        CHECK_TEXT(cmdline->tokens[1].value, "tty0");
        CHECK_INT(kernel_cmdline_replace(cmdline, 1, TEXT("console=\"tty1\"")), 0);
        CHECK_TEXT(cmdline->tokens[1].value, "tty1");
}

TEST(removes_a_token_with_its_blank)
{
        CMDLINE(cmdline, " a b  c -- d\n");

        kernel_cmdline_remove(cmdline, 1);
        check_print(cmdline, TEXT(" a  c -- d\n"));
        kernel_cmdline_remove(cmdline, 0);
        check_print(cmdline, TEXT(" c -- d\n"));
        kernel_cmdline_remove(cmdline, 0);
        check_print(cmdline, TEXT(" -- d\n"));
        CHECK_INT(cmdline->n_kernel, 0);
        CHECK_INT(cmdline->n_tokens, 2);
}

TEST(refuses_what_is_not_one_token)
{
        static const struct text bad[] = {
                { "", 0 }, { "a b", 3 }, { " a", 2 }, { "a ", 2 }, { "a=\"b", 4 }, { "a\0b", 3 }, { "--", 2 },
        };
        CMDLINE(cmdline, "quiet");

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                CHECK_INT(kernel_cmdline_append(cmdline, bad[i]), -EINVAL);
                CHECK_INT(kernel_cmdline_replace(cmdline, 0, bad[i]), -EINVAL);
        }
        check_print(cmdline, TEXT("quiet"));
}
