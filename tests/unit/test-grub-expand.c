/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-expand.h"
#include "test.h"

static bool lookup(void *userdata, struct text name, struct text *ret_value)
{
        bool known = text_equal(name, "a") || text_equal(name, "two");

        if (known)
                *ret_value = text_equal(name, "a") ? TEXT("$b") : TEXT("x  y");
        return known;
}

static void check(bool script, const char *input, const char *expected)
{
        _cleanup_grub_expansion_ struct grub_expansion expansion = { 0 };
        struct text text = text_from_string(input);
        int r;

        r = script ? grub_expand_script(text, lookup, NULL, &expansion)
                   : grub_expand(text, lookup, NULL, &expansion);
        CHECK_INT(r, 0);
        test_check_text(__FILE__, __LINE__, input, grub_expansion_text(&expansion),
                        text_from_string(expected));
}

TEST(variables)
{
        check(false, "", "");
        check(false, "a=$a;${a}b$", "a=$b;$bb$");
        check(false, "$a$a ${a", "$b$b ${a");
        check(false, "${} $- $$a '$a' \\$a", "${} $- $$b '$b' \\$b");
        check(false, "<$none>", "<>");
}

TEST(script_words)
{
        check(true, "  root=/dev/vda1\tro \\\n quiet ", "root=/dev/vda1 ro quiet");
        check(true, "a$two z", "ax y z");
        check(true, "\"a$two\" z", "\"ax  y\" z");
        check(true, "dyndbg=\"file x +p\" b", "\"dyndbg=file x +p\" b");
        check(true, "'$two'\"$a\"", "$two$b");
        check(true, "a\\ b \\$a c\\\"d", "\"a b\" $a c\\\"d");
        check(true, "\"a\\n\\$\\\\\"", "a\\\\n$\\\\");
        check(true, "a $none b \"$none\" c", "a b  c");
        check(true, "\\", "\\\\");
}

TEST(reports_variables_once)
{
        _cleanup_grub_expansion_ struct grub_expansion expansion = { 0 };

        CHECK_INT(grub_expand(TEXT("$a $none $a"), lookup, NULL, &expansion), 0);
        CHECK_INT(expansion.n_variables, 2);
        CHECK_TEXT(expansion.variables[0].name, "a");
        CHECK(expansion.variables[0].defined);
        CHECK_TEXT(expansion.variables[1].name, "none");
        CHECK(!expansion.variables[1].defined);
        CHECK(!grub_expansion_complete(&expansion));
}

TEST(limits)
{
        _cleanup_grub_expansion_ struct grub_expansion many = { 0 }, large = { 0 }, quoted = { 0 };
        _cleanup_buffer_ struct buffer names = { 0 }, uses = { 0 };

        for (unsigned i = 0; i < 65; i++)
                buffer_addf(&names, "$v%u", i);
        CHECK_INT(grub_expand((struct text){ names.data, names.len }, lookup, NULL, &many), -E2BIG);

        for (unsigned i = 0; i < 32 * 1024; i++)
                buffer_add_string(&uses, "${two}");
        CHECK_INT(grub_expand((struct text){ uses.data, uses.len }, lookup, NULL, &large), -E2BIG);
        buffer_add_string(&uses, "\"");
        CHECK_INT(grub_expand_script((struct text){ uses.data, uses.len }, lookup, NULL, &quoted), -E2BIG);
}
