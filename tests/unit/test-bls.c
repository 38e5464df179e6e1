/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/bls.h"
#include "test.h"

static struct bls *parse(struct text text)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct bls *bls = NULL;

        CHECK_INT(bls_parse(text.data, text.len, &bls), 0);
        bls_print(bls, &out);
        test_check_text(__FILE__, __LINE__, "print", (struct text){ out.data, out.len }, text);
        return bls;
}

static bool lookup(void *userdata, struct text name, struct text *ret_value)
{
        const char *kernelopts = userdata;

        if (!kernelopts || !text_equal(name, "kernelopts"))
                return false;

        *ret_value = text_from_string(kernelopts);
        return true;
}

#define EL8                                                                                                  \
        "title Example Linux (4.18.0-553.el8.x86_64) 8\n"                                                    \
        "version 4.18.0-553.el8.x86_64\n"                                                                    \
        "linux /vmlinuz-4.18.0-553.el8.x86_64\n"                                                             \
        "initrd /initramfs-4.18.0-553.el8.x86_64.img $tuned_initrd\n"                                        \
        "options $kernelopts $tuned_params\n"                                                                \
        "id example-20240601-4.18.0-553.el8.x86_64\n"                                                        \
        "grub_users $grub_users\n"                                                                           \
        "grub_arg --unrestricted\n"                                                                          \
        "grub_class kernel\n"

TEST(an_el8_entry)
{
        _cleanup_bls_ struct bls *bls = parse(TEXT(EL8));
        _cleanup_grub_expansion_ struct grub_expansion options = { 0 }, initrd = { 0 };
        char kernelopts[] = "root=/dev/vda1 ro console=tty0";
        struct text value;

        CHECK_INT(bls->n_malformed, 0);
        CHECK(bls_get(bls, "title", &value));
        CHECK_TEXT(value, "Example Linux (4.18.0-553.el8.x86_64) 8");
        CHECK(bls_get(bls, "linux", &value));
        CHECK_TEXT(value, "/vmlinuz-4.18.0-553.el8.x86_64");
        CHECK(bls_get(bls, "grub_users", &value));
        CHECK_TEXT(value, "$grub_users");
        CHECK(bls_get(bls, "id", &value));
        CHECK(!bls_get(bls, "machine-id", &value));
        CHECK_INT(bls_next(bls, "options", NULL)->line, 5);

        CHECK_INT(bls_expand(bls, "options", lookup, kernelopts, &options), 0);
        CHECK_TEXT(grub_expansion_text(&options), "root=/dev/vda1 ro console=tty0 ");
        CHECK_INT(options.n_variables, 2);
        CHECK(options.variables[0].defined);
        CHECK_TEXT(options.variables[1].name, "tuned_params");
        CHECK(!options.variables[1].defined);

        CHECK_INT(bls_expand(bls, "initrd", NULL, NULL, &initrd), 0);
        CHECK_TEXT(grub_expansion_text(&initrd), "/initramfs-4.18.0-553.el8.x86_64.img ");
        CHECK_TEXT(initrd.variables[0].name, "tuned_initrd");
}

TEST(repeated_keys)
{
        _cleanup_bls_ struct bls *bls = parse(TEXT("options root=/dev/vda1  ro \n"
                                                   "initrd /a\n"
                                                   "initrd\t/b\n"
                                                   "# options no\n"
                                                   "  options\t quiet"));
        _cleanup_buffer_ struct buffer options = { 0 };
        const struct bls_line *first, *second;

        first = bls_next(bls, "initrd", NULL);
        second = bls_next(bls, "initrd", first);
        CHECK_TEXT(first->value, "/a");
        CHECK_TEXT(second->value, "/b");
        CHECK(!bls_next(bls, "initrd", second));
        bls_add_values(bls, "options", &options);
        CHECK_STRING(options.data, "root=/dev/vda1  ro quiet");
}

TEST(line_endings_and_kinds)
{
        _cleanup_bls_ struct bls *bls = parse(TEXT("title a\r\n\r\n \t# c\n  \noptions\nkey \n"));

        CHECK_INT(bls->n_lines, 6);
        CHECK_TEXT(bls->lines[0].value, "a");
        CHECK_TEXT(bls->lines[0].ending, "\r\n");
        CHECK_INT(bls->lines[1].kind, BLS_BLANK);
        CHECK_INT(bls->lines[2].kind, BLS_COMMENT);
        CHECK_INT(bls->lines[3].kind, BLS_BLANK);
        CHECK_INT(bls->lines[4].kind, BLS_MALFORMED);
        CHECK_STRING(bls->lines[4].fault, "a key without a value");
        CHECK_INT(bls->lines[5].kind, BLS_MALFORMED);
        CHECK_INT(bls->n_malformed, 2);
        CHECK(!bls_next(bls, "options", NULL));
}

TEST(hostile_bytes)
{
        static const struct {
                struct text text;
                const char *fault;
        } cases[] = {
                { { "\xef\xbb\xbftitle x\n", 11 }, "a byte order mark before the first key" },
                { { "title a\0b\n", 10 }, "a NUL byte" },
                { { "ti\0tle a\n", 9 }, "a NUL byte" },
                { { "\r", 1 }, "a key without a value" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_bls_ struct bls *bls = parse(cases[i].text);

                CHECK_INT(bls->n_lines, 1);
                CHECK_STRING(bls->lines[0].fault, cases[i].fault);
        }
        (void) bls_free(parse(TEXT("")));
}

TEST(replaced_values)
{
        _cleanup_bls_ struct bls *bls = parse(TEXT("title a\r\n options\t ro  \r\n# c\noptions b"));
        const struct bls_line *first = bls_next(bls, "options", NULL),
                              *second = bls_next(bls, "options", first);
        _cleanup_buffer_ struct buffer out = { 0 };

        CHECK_INT(bls_set_value(bls, first, TEXT("ro console=tty0")), 0);
        CHECK_INT(bls_set_value(bls, second, TEXT("c")), 0);
        CHECK_INT(bls_set_value(bls, second, TEXT("")), -EINVAL);
        CHECK_INT(bls_set_value(bls, second, TEXT(" c")), -EINVAL);
        CHECK_INT(bls_set_value(bls, second, TEXT("c\nd")), -EINVAL);
        CHECK_INT(bls_set_value(bls, second, TEXT("c\0d")), -EINVAL);
        CHECK_INT(bls_set_value(bls, &bls->lines[2], TEXT("c")), -EINVAL);
        bls_print(bls, &out);
        CHECK_STRING(out.data, "title a\r\n options\t ro console=tty0  \r\n# c\noptions c");
}
