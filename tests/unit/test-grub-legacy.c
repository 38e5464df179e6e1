/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grub-legacy.h"
#include "grub-cfg-samples.h"
#include "test.h"

static void check_print(const struct grub_legacy *legacy, struct text expected)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        grub_legacy_print(legacy, &out);
        test_check_text(__FILE__, __LINE__, "print", (struct text){ out.data, out.len }, expected);
}

static struct grub_legacy *parse(struct text text)
{
        struct grub_legacy *legacy = NULL;

        CHECK_INT(grub_legacy_parse(text, &legacy), 0);
        check_print(legacy, text);
        return legacy;
}

TEST(el6)
{
        _cleanup_grub_legacy_ struct grub_legacy *legacy = parse(TEXT(SAMPLE_EL6));
        size_t index = 7;

        CHECK_INT(legacy->n_entries, 3);
        CHECK_TEXT(legacy->default_value, "1");
        CHECK_INT(grub_legacy_default(legacy, &index), 0);
        CHECK_INT(index, 1);
        CHECK_TEXT(legacy->entries[0].title, "Example Linux (2.6.32-754.el6.x86_64)");
        CHECK_INT(legacy->entries[0].line, 9);
        CHECK_TEXT(legacy->entries[1].kernel, "/boot/vmlinuz-2.6.32-696.el6.x86_64");
        CHECK_TEXT(legacy->entries[1].arguments, "ro root=UUID=7777 single");
        CHECK_INT(legacy->entries[2].kernel.len, 0);
        CHECK_INT(legacy->entries[2].line, 15);
}

TEST(defaults)
{
        static const struct {
                struct text text;
                int result;
        } cases[] = {
                { { "title a\n", 8 }, 0 },
                { { "default 0\ntitle a\n", 18 }, 0 },
                { { "default 1\ntitle a\n", 18 }, -ENODATA },
                { { "default saved\ntitle a\n", 22 }, -ENODATA },
                { { "title a\ndefault=5\n", 18 }, 0 },
                { { "", 0 }, -ENODATA },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_grub_legacy_ struct grub_legacy *legacy = parse(cases[i].text);
                size_t index;

                CHECK_INT(grub_legacy_default(legacy, &index), cases[i].result);
        }
}

TEST(replaced_arguments)
{
        _cleanup_grub_legacy_ struct grub_legacy *legacy =
                parse(TEXT("title a\r\n\tkernel /x\tro quiet \r\ntitle b\nkernel /y\ntitle c\n"));

        CHECK_INT(grub_legacy_set_arguments(&legacy->entries[0], TEXT("console=tty0")), 0);
        CHECK_INT(grub_legacy_set_arguments(&legacy->entries[1], TEXT("a b")), 0);
        CHECK_INT(grub_legacy_set_arguments(&legacy->entries[2], TEXT("a b")), -EINVAL);
        CHECK_INT(grub_legacy_set_arguments(&legacy->entries[1], TEXT("a\nb")), -EINVAL);
        check_print(legacy,
                    TEXT("title a\r\n\tkernel /x\tconsole=tty0 \r\ntitle b\nkernel /y a b\ntitle c\n"));
}

TEST(any_bytes_come_back)
{
        (void) grub_legacy_free(parse(TEXT("title\0\nkernel\0 \0 \0\n")));
        (void) grub_legacy_free(parse(TEXT("\xef\xbb\xbftitle a\r\nkernel --\nkernel /x")));
        (void) grub_legacy_free(parse(TEXT("kernel /x a\ntitle\nkernel /x a\nkernel /y b")));
}
