/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/grubenv.h"
#include "judge.h"

#define HEADER "# GRUB Environment Block\n"

/* A block of size bytes: the given start, then '#'. */
static struct grubenv *parse_block(const char *start, size_t size)
{
        char block[2048];
        struct grubenv *grubenv = NULL;

        memset(block, '#', sizeof(block));
        memcpy(block, start, strlen(start));
        CHECK_INT(grubenv_parse(block, size, &grubenv), 0);
        return grubenv;
}

static void check_identity(const char *data, size_t len)
{
        _cleanup_grubenv_ struct grubenv *grubenv = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };

        CHECK_INT(grubenv_parse(data, len, &grubenv), 0);
        grubenv_print(grubenv, &out);
        test_check_text(__FILE__, __LINE__, "print", (struct text){ out.data, out.len },
                        (struct text){ data, len });
}

TEST(entries_and_free_bytes)
{
        _cleanup_grubenv_ struct grubenv *grubenv =
                parse_block(HEADER "# x\nsaved_entry=a=b\nkernelopts=root=/dev/vda1 ro \n", 1024);
        struct text value;

        CHECK_INT(grubenv->fault, GRUBENV_OK);
        CHECK_INT(grubenv->fault_line, 0);
        CHECK_INT(grubenv->n_lines, 5);
        CHECK_INT(grubenv->lines[2].line, 3);
        CHECK(grubenv_get(grubenv, "saved_entry", &value));
        CHECK_TEXT(value, "a=b");
        CHECK(grubenv_get(grubenv, "kernelopts", &value));
        CHECK_TEXT(value, "root=/dev/vda1 ro ");
        CHECK(!grubenv_get(grubenv, "kernel", &value));
        CHECK_INT(grubenv->free, 1024 - 25 - 4 - 16 - 30 - 1);
        CHECK(grubenv_fault_cause(GRUBENV_OK) == NULL);
}

TEST(escapes)
{
        _cleanup_grubenv_ struct grubenv *grubenv = parse_block(HEADER "a=1\\\n2\\\\\nb=x\n", 1024);
        struct text value;

        CHECK_INT(grubenv->fault, GRUBENV_OK);
        CHECK(grubenv_get(grubenv, "a", &value));
        CHECK_TEXT(value, "1\n2\\");
        CHECK(grubenv_get(grubenv, "b", &value));
        CHECK_TEXT(value, "x");
        CHECK_INT(grubenv_find(grubenv, TEXT("b"))->line, 4);
}

TEST(the_last_of_a_name_wins)
{
        _cleanup_grubenv_ struct grubenv *grubenv = parse_block(HEADER "a=1\na=2\n", 1024);
        struct text value;

        CHECK(grubenv_get(grubenv, "a", &value));
        CHECK_TEXT(value, "2");
}

TEST(faults)
{
        static const struct {
                const char *start;
                size_t size;
                enum grubenv_fault fault;
                unsigned line;
        } cases[] = {
                { HEADER "a=1\n", 1023, GRUBENV_FAULT_SIZE, 0 },
                { HEADER "a=1\n", 1025, GRUBENV_FAULT_SIZE, 0 },
                { HEADER "a=1\n", 1048, GRUBENV_FAULT_SIZE, 0 },
                { HEADER, 0, GRUBENV_FAULT_SIZE, 0 },
                { "a=1\n", 1024, GRUBENV_FAULT_HEADER, 0 },
                { "# GRUB Environment Block\r\na=1\r\n", 1024, GRUBENV_FAULT_HEADER, 0 },
                { "", 1024, GRUBENV_FAULT_HEADER, 0 },
                { HEADER "a=1\nb=2", 1024, GRUBENV_FAULT_UNTERMINATED, 3 },
                { HEADER "a=1\n###b\\", 1024, GRUBENV_FAULT_PADDING, 3 },
                { HEADER "a=1\n ", 1024, GRUBENV_FAULT_PADDING, 3 },
                { HEADER "a=1\nnothing\nb=2\n", 1024, GRUBENV_FAULT_ENTRY, 3 },
                { HEADER "\n", 1024, GRUBENV_FAULT_ENTRY, 2 },
                { HEADER "=1\n", 1024, GRUBENV_FAULT_ENTRY, 2 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_grubenv_ struct grubenv *grubenv = parse_block(cases[i].start, cases[i].size);

                CHECK_STRING(grubenv_fault_cause(grubenv->fault), grubenv_fault_cause(cases[i].fault));
                CHECK_INT(grubenv->fault_line, cases[i].line);
        }
}

TEST(a_newline_for_the_last_byte)
{
        _cleanup_grubenv_ struct grubenv *grubenv = NULL;
        char block[1024];

        memset(block, '#', sizeof(block));
        memcpy(block, HEADER "a=1\n", strlen(HEADER) + 4);
        block[1023] = '\n';
        CHECK_INT(grubenv_parse(block, sizeof(block), &grubenv), 0);
        CHECK_INT(grubenv->fault, GRUBENV_FAULT_LAST_BYTE);
        CHECK_INT(grubenv->free, 0);
        check_identity(block, sizeof(block));
}

TEST(any_bytes_come_back)
{
        static const struct text cases[] = {
                { "", 0 },
                { "\0", 1 },
                { "\\", 1 },
                { "a=\\", 3 },
                { "a=\\\n", 4 },
                { "a=\\\\\n", 5 },
                { "=\n=\n", 4 },
                { "a\\=b\nc=d", 8 },
                { "a\\\n=b\n", 6 },
                { "\xef\xbb\xbf# GRUB Environment Block\r\na=1\r\n##", 36 },
                { "\n\n###\n###", 9 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                check_identity(cases[i].data, cases[i].len);
}

static void random_word(uint64_t *seed, const char *letters, unsigned longest, struct buffer *out)
{
        unsigned len = 1 + judge_random(seed, longest);

        while (len-- > 0)
                buffer_add_char(out, letters[judge_random(seed, (unsigned) strlen(letters))]);
}

/* What `grub-editenv FILE list` prints of a block without faults. */
static void print_list(const struct grubenv *grubenv, struct buffer *out)
{
        for (size_t i = 0; i < grubenv->n_lines; i++)
                if (grubenv->lines[i].kind == GRUBENV_ENTRY) {
                        buffer_add_text(out, grubenv->lines[i].name);
                        buffer_add_char(out, '=');
                        buffer_add_text(out, grubenv->lines[i].value);
                        buffer_add_char(out, '\n');
                }
}

static void compare_with_grub_editenv(const char *file, bool full)
{
        const char *const list[] = { "grub-editenv", file, "list", NULL };
        _cleanup_buffer_ struct buffer theirs = { 0 }, ours = { 0 };
        _cleanup_grubenv_ struct grubenv *grubenv = NULL;
        _cleanup_close_ int fd = open(file, O_RDONLY | O_CLOEXEC);
        char block[2048];
        ssize_t n;

        n = read(fd, block, sizeof(block));
        CHECK_INT(n, 1024);
        if (n != 1024)
                return;

        CHECK_INT(judge_run(list, &theirs), 0);
        CHECK_INT(grubenv_parse(block, (size_t) n, &grubenv), 0);
        CHECK_INT(grubenv->fault, full ? GRUBENV_FAULT_LAST_BYTE : GRUBENV_OK);
        check_identity(block, (size_t) n);
        print_list(grubenv, &ours);
        CHECK_STRING(ours.data ? ours.data : "", theirs.data ? theirs.data : "");
}

TEST(agrees_with_grub_editenv)
{
        _cleanup_buffer_ struct buffer ignored = { 0 };
        uint64_t seed = 1;

        for (unsigned round = 0; round < 40; round++) {
                char file[] = "/tmp/test-grubenv-XXXXXX";
                const char *const create[] = { "grub-editenv", file, "create", NULL };

                judge_write(file, "", 0);
                CHECK_INT(judge_run(create, &ignored), 0);
                for (unsigned i = judge_random(&seed, 8); i > 0; i--) {
                        _cleanup_buffer_ struct buffer pair = { 0 };
                        const char *const set[] = { "grub-editenv", file, "set", NULL, NULL };
                        const char *argv[ARRAY_SIZE(set)];

                        random_word(&seed, "abc_", 3, &pair);
                        buffer_add_char(&pair, '=');
                        random_word(&seed, "x =\\\n#\"'$\tz", 24, &pair);
                        memcpy(argv, set, sizeof(set));
                        argv[3] = pair.data;
                        CHECK_INT(judge_run(argv, &ignored), 0);
                }
                compare_with_grub_editenv(file, false);
                (void) unlink(file);
        }
}

/* grub-editenv itself fills a block up to the last byte and then cannot change it any more. */
TEST(a_block_that_grub_editenv_filled)
{
        _cleanup_buffer_ struct buffer ignored = { 0 };
        char file[] = "/tmp/test-grubenv-XXXXXX", pair[930] = "k=";
        const char *const create[] = { "grub-editenv", file, "create", NULL };
        const char *const set[] = { "grub-editenv", file, "set", pair, NULL };

        memset(pair + 2, 'x', 927);
        judge_write(file, "", 0);
        CHECK_INT(judge_run(create, &ignored), 0);
        CHECK_INT(judge_run(set, &ignored), 0);
        compare_with_grub_editenv(file, true);
        (void) unlink(file);
}

static struct text print(const struct grubenv *grubenv, struct buffer *out)
{
        out->len = 0;
        grubenv_print(grubenv, out);
        return (struct text){ out->data, out->len };
}

TEST(set_keeps_the_invariants)
{
        _cleanup_grubenv_ struct grubenv *grubenv = parse_block(HEADER "# x\na=1\nb=2\na=3\nc=4\n", 1024);
        _cleanup_grubenv_ struct grubenv *expected =
                parse_block(HEADER "# x\na=1\nb=2\na=long \\\\ \\\n value\nc=4\nd=\n", 1024);
        _cleanup_buffer_ struct buffer out = { 0 }, wanted = { 0 };
        struct text value;

        CHECK_INT(grubenv_set(grubenv, TEXT("a"), TEXT("long \\ \n value")), 0);
        CHECK_INT(grubenv_set(grubenv, TEXT("d"), TEXT("")), 0);
        (void) print(expected, &wanted);
        test_check_text(__FILE__, __LINE__, "print", print(grubenv, &out),
                        (struct text){ wanted.data, wanted.len });
        CHECK(grubenv_get(grubenv, "a", &value));
        CHECK_TEXT(value, "long \\ \n value");
        CHECK_INT(grubenv->free, expected->free);
        CHECK_INT(grubenv->n_lines, expected->n_lines);
        for (size_t i = 0; i < grubenv->n_lines; i++)
                CHECK_INT(grubenv->lines[i].line, expected->lines[i].line);
}

TEST(set_fills_up_to_one_byte)
{
        _cleanup_grubenv_ struct grubenv *grubenv = parse_block(HEADER, 1024);
        _cleanup_buffer_ struct buffer out = { 0 }, before = { 0 };
        size_t most = grubenv->free - strlen("k=\n");
        char value[1024];

        memset(value, 'x', sizeof(value));
        (void) print(grubenv, &before);
        CHECK_INT(grubenv_set(grubenv, TEXT("k"), (struct text){ value, most + 1 }), -ENOSPC);
        test_check_text(__FILE__, __LINE__, "print", print(grubenv, &out),
                        (struct text){ before.data, before.len });

        CHECK_INT(grubenv_set(grubenv, TEXT("k"), (struct text){ value, most }), 0);
        CHECK_INT(grubenv->free, 0);
        (void) print(grubenv, &out);
        CHECK_INT(out.len, 1024);
        CHECK_INT(out.data[1023], '#');
        CHECK_INT(out.data[1022], '\n');
        CHECK_INT(grubenv_set(grubenv, TEXT("k"), (struct text){ value, most + 1 }), -ENOSPC);
        CHECK_INT(grubenv_set(grubenv, TEXT("j"), TEXT("")), -ENOSPC);
        CHECK_INT(grubenv_set(grubenv, TEXT("k"), TEXT("1")), 0);
        CHECK_INT(grubenv->free, most - 1);
}

TEST(set_refuses)
{
        _cleanup_grubenv_ struct grubenv *grubenv = parse_block(HEADER "a=1\n", 1024);
        _cleanup_grubenv_ struct grubenv *faulty = parse_block(HEADER "a=1\n", 1023);

        CHECK_INT(grubenv_set(faulty, TEXT("a"), TEXT("2")), -EPERM);
        CHECK_INT(grubenv_set(grubenv, TEXT(""), TEXT("2")), -EINVAL);
        CHECK_INT(grubenv_set(grubenv, TEXT("#a"), TEXT("2")), -EINVAL);
        CHECK_INT(grubenv_set(grubenv, TEXT("a=b"), TEXT("2")), -EINVAL);
        CHECK_INT(grubenv_set(grubenv, TEXT("a\\"), TEXT("2")), -EINVAL);
        CHECK_INT(grubenv_set(grubenv, TEXT("a"), TEXT("2\0")), -EINVAL);
}

/* The same sets by both: the blocks are the same, byte for byte. */
TEST(set_is_what_grub_editenv_does)
{
        char file[] = "/tmp/test-grubenv-XXXXXX";
        const char *const create[] = { "grub-editenv", file, "create", NULL };
        _cleanup_buffer_ struct buffer ignored = { 0 }, ours = { 0 };
        _cleanup_grubenv_ struct grubenv *grubenv = NULL;
        char block[2048];
        uint64_t seed = 5;

        judge_write(file, "", 0);
        CHECK_INT(judge_run(create, &ignored), 0);
        for (unsigned i = 0; i < 30; i++) {
                _cleanup_buffer_ struct buffer pair = { 0 };
                const char *argv[] = { "grub-editenv", file, "set", NULL, NULL };
                _cleanup_close_ int fd = open(file, O_RDONLY | O_CLOEXEC);
                struct text name, value;
                ssize_t n;

                n = read(fd, block, sizeof(block));
                CHECK_INT(n, 1024);
                if (n != 1024)
                        break;
                if (!grubenv)
                        CHECK_INT(grubenv_parse(block, (size_t) n, &grubenv), 0);
                test_check_text(__FILE__, __LINE__, "block", print(grubenv, &ours),
                                (struct text){ block, (size_t) n });

                random_word(&seed, "abc_", 2, &pair);
                buffer_add_char(&pair, '=');
                random_word(&seed, "x =\\\n#\"'$\tz", 30, &pair);
                argv[3] = pair.data;
                CHECK_INT(judge_run(argv, &ignored), 0);
                CHECK(text_split((struct text){ pair.data, pair.len }, '=', &name, &value));
                CHECK_INT(grubenv_set(grubenv, name, value), 0);
        }
        (void) unlink(file);
}
