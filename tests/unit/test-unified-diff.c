/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/unified-diff.h"

#include "test.h"
#include "tree.h"

#include <sys/wait.h>
#include <time.h>

static void check_diff(const char *before, const char *after, const char *expected)
{
        _cleanup_buffer_ struct buffer out = { 0 };

        CHECK_INT(unified_diff(text_from_string(before), text_from_string(after),
                               before ? "/etc/fstab" : NULL, after ? "/etc/fstab" : NULL, &out),
                  0);
        CHECK_STRING(out.data, expected);
}

#define HEAD "--- a/etc/fstab\n+++ b/etc/fstab\n"

TEST(one_line)
{
        check_diff("a\n", "b\n", HEAD "@@ -1 +1 @@\n-a\n+b\n");
        check_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
                   HEAD "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
        check_diff("1\n2\n3\n4\n", "1\n2\n3\n4\n5\n", HEAD "@@ -2,3 +2,4 @@\n 2\n 3\n 4\n+5\n");
        check_diff("1\n2\n3\n4\n", "2\n3\n4\n", HEAD "@@ -1,4 +1,3 @@\n-1\n 2\n 3\n 4\n");
}

TEST(nothing_for_equal_texts)
{
        check_diff("a\nb", "a\nb", NULL);
        check_diff("", "", NULL);
        check_diff(NULL, "", NULL);
        check_diff("", NULL, NULL);
}

TEST(files_that_come_and_go)
{
        check_diff(NULL, "a\nb\n", "--- /dev/null\n+++ b/etc/fstab\n@@ -0,0 +1,2 @@\n+a\n+b\n");
        check_diff("a\n", NULL, "--- a/etc/fstab\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
        check_diff("", "a\n", HEAD "@@ -0,0 +1 @@\n+a\n");
}

TEST(the_last_line_without_a_newline)
{
        check_diff("a\nb", "a\nb\n", HEAD "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
        check_diff("a\nb\n", "a\nb", HEAD "@@ -1,2 +1,2 @@\n a\n-b\n+b\n\\ No newline at end of file\n");
        check_diff("a\nb", "c\nb", HEAD "@@ -1,2 +1,2 @@\n-a\n+c\n b\n\\ No newline at end of file\n");
}

/* Six lines between two changes are context of both, seven are not. */
TEST(hunks_that_meet)
{
        check_diff("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
                   HEAD "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
        check_diff("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "1\n2\n3\n4\n5\n6\n7\nB\n",
                   HEAD "@@ -1,4 +1,3 @@\n-a\n 1\n 2\n 3\n@@ -6,4 +5,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

static void check_name(const char *path, const char *expected)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct text rest, line = { 0 };

        CHECK_INT(unified_diff(TEXT("a"), TEXT("b"), path, path, &out), 0);
        rest = (struct text){ out.data, out.len };
        CHECK(text_next_line(&rest, &line));
        test_check_text(__FILE__, __LINE__, path, line, text_from_string(expected));
}

/* As GNU diff 3.8 prints them, except for the delete character, which it leaves alone. */
TEST(names)
{
        check_name("/a-b_c'd", "--- a/a-b_c'd\n");
        check_name("relative", "--- a/relative\n");
        check_name("/a b", "--- \"a/a b\"\n");
        check_name("/t\tab", "--- \"a/t\\tab\"\n");
        check_name("/n\nl\r", "--- \"a/n\\nl\\r\"\n");
        check_name("/q\"x", "--- \"a/q\\\"x\"\n");
        check_name("/b\\s", "--- \"a/b\\\\s\"\n");
        check_name("/\303\274", "--- \"a/\\303\\274\"\n");
        check_name("/e\033\177", "--- \"a/e\\033\\177\"\n");
}

static uint32_t state = 20260131;

static unsigned random_below(unsigned limit)
{
        state = state * 1664525 + 1013904223;
        return (state >> 8) % limit;
}

/* Few different lines, so that there is something in common; the last may lack its end. */
static void random_text(struct buffer *out, unsigned n_lines, unsigned n_different)
{
        static const char *const lines[] = {
                "a", "", "bb", "\t", "-x", "+y", " z", "\\", "@@ -1 +1 @@", "c\r"
        };

        for (unsigned n = random_below(n_lines + 1); n > 0; n--) {
                buffer_add_string(out, lines[random_below(n_different)]);
                if (n > 1 || random_below(3) > 0)
                        buffer_add_char(out, '\n');
        }
}

/* Some lines of a text changed, the others kept. */
static void random_edit(struct text text, struct buffer *out)
{
        struct text line;

        while (text_next_line(&text, &line)) {
                unsigned what = random_below(12);

                if (what == 0)
                        buffer_add_text(out, TEXT("new\n"));
                if (what == 1)
                        buffer_add(out, "\0\377\n", 3);
                if (what != 2)
                        buffer_add_text(out, line);
        }
}

static size_t split(struct text text, struct text lines[64])
{
        size_t n = 0;

        while (text_next_line(&text, &lines[n]))
                n++;
        return n;
}

/* Lines that are not in the longest common subsequence, by the table that the search avoids. */
static size_t least_changes(struct text before, struct text after)
{
        size_t common[65][65] = { { 0 } }, n_a, n_b;
        struct text a[64], b[64];

        n_a = split(before, a);
        n_b = split(after, b);
        for (size_t i = 1; i <= n_a; i++)
                for (size_t j = 1; j <= n_b; j++) {
                        size_t left = common[i][j - 1], up = common[i - 1][j];

                        common[i][j] = left > up ? left : up;
                        if (text_same(a[i - 1], b[j - 1]))
                                common[i][j] = common[i - 1][j - 1] + 1;
                }

        return n_a + n_b - 2 * common[n_a][n_b];
}

static size_t count_changes(const struct buffer *diff)
{
        struct text rest = { diff->data, diff->len }, line;
        size_t n = 0, n_lines = 0;

        while (text_next_line(&rest, &line))
                n += n_lines++ > 1 && (line.data[0] == '-' || line.data[0] == '+');

        return n;
}

TEST(no_line_more_than_needed)
{
        for (int i = 0; i < 5000; i++) {
                _cleanup_buffer_ struct buffer a = { 0 }, b = { 0 }, out = { 0 };
                struct text before, after;

                random_text(&a, 30, 2 + random_below(4));
                random_text(&b, 30, 2 + random_below(4));
                before = (struct text){ a.data, a.len };
                after = (struct text){ b.data, b.len };
                CHECK_INT(unified_diff(before, after, "/a", "/a", &out), 0);
                CHECK_INT(count_changes(&out), least_changes(before, after));
        }
}

/* Runs patch in the directory on the file "patch" there; its exit status. */
static int run_patch(const struct tree *tree)
{
        int status = -1;
        pid_t pid = fork();

        if (pid == 0) {
                if (fchdir(tree->fd) == 0)
                        execlp("patch", "patch", "-p1", "-s", "-F0", "-i", "patch", NULL);
                _exit(127);
        }
        tree_need(pid > 0 && waitpid(pid, &status, 0) == pid, "patch");
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void check_content(const struct tree *tree, const char *path, struct text expected)
{
        _cleanup_free_ char *content = malloc(expected.len + 2);
        _cleanup_close_ int fd = openat(tree->fd, path, O_RDONLY | O_CLOEXEC);
        ssize_t n;

        tree_need(content != NULL, "malloc");
        CHECK(fd >= 0);
        n = read(fd, content, expected.len + 1);
        test_check_text(__FILE__, __LINE__, path, (struct text){ content, n > 0 ? (size_t) n : 0 }, expected);
}

/* NULL texts stand for a file that is not there. False when patch is not. */
static bool check_patch(const char *path, const struct text *before, const struct text *after)
{
        _cleanup_tree_ struct tree tree;
        _cleanup_buffer_ struct buffer out = { 0 };
        int status;

        tree_new(&tree);
        tree_directory(&tree, "etc");
        if (before)
                tree_file(&tree, path + 1, *before);
        CHECK_INT(unified_diff(before ? *before : TEXT(""), after ? *after : TEXT(""), before ? path : NULL,
                               after ? path : NULL, &out),
                  0);
        tree_file(&tree, "patch", (struct text){ out.data, out.len });
        status = run_patch(&tree);
        if (status == 127)
                return false;

        CHECK_INT(status, 0);
        if (after)
                check_content(&tree, path + 1, *after);
        else
                CHECK(faccessat(tree.fd, path + 1, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT);
        return true;
}

TEST(patch_makes_the_same_bytes)
{
        for (int i = 0; i < 300; i++) {
                _cleanup_buffer_ struct buffer a = { 0 }, b = { 0 };
                struct text before, after;

                random_text(&a, 60, 10);
                random_edit((struct text){ a.data, a.len }, &b);
                before = (struct text){ a.data, a.len };
                after = (struct text){ b.data, b.len };
                /* Equal texts and empty files that come or go have no diff, which patch would not take. */
                if (text_same(before, after))
                        continue;
                if (!check_patch("/etc/file", &before, &after)) {
                        test_skip("no patch(1) here");
                        return;
                }
                if (after.len == 0)
                        continue;
                (void) check_patch("/etc/file", NULL, &after);
                (void) check_patch("/etc/file", &after, NULL);
        }
}

TEST(patch_finds_the_file)
{
        static const char *const names[] = { "/etc/a b",     "/etc/ c",       "/etc/tab\t",
                                             "/etc/q\"x\\y", "/etc/\303\274", "/etc/\033[31m\177" };
        struct text before = TEXT("1\n2\n3\n4\n5\n"), after = TEXT("1\n2\n5\n");

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (!check_patch(names[i], &before, &after)) {
                        test_skip("no patch(1) here");
                        return;
                }
}

static void numbered_lines(struct buffer *out, const char *word, unsigned n)
{
        for (unsigned i = 0; i < n; i++)
                buffer_addf(out, "%s %u\n", word, i);
}

/* Of the processor, since others may use it as well. */
static double seconds_used(void)
{
        struct timespec used;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        return (double) used.tv_sec + (double) used.tv_nsec / 1e9;
}

/* One replacement between the common ends, in bounded time. */
static void check_large(unsigned n)
{
        _cleanup_buffer_ struct buffer a = { 0 }, b = { 0 }, out = { 0 };
        double start = seconds_used();

        buffer_add_string(&a, "head\n");
        numbered_lines(&a, "before", n);
        numbered_lines(&b, "after", n);
        buffer_add_string(&a, "tail\n");
        buffer_add_string(&b, "tail\n");
        CHECK_INT(unified_diff((struct text){ a.data, a.len }, (struct text){ b.data, b.len }, "/a", "/a",
                               &out),
                  0);
        CHECK_INT(count_changes(&out), 2 * n + 1);
        /* Tenths of a second; a minute when it is not bounded. */
        CHECK(seconds_used() - start < 20);
}

TEST(large_and_different)
{
        check_large(200);
        check_large(3000);
        check_large(49000);
        check_large(300000);
}

/* Two small changes far apart stay small. */
TEST(large_and_alike)
{
        _cleanup_buffer_ struct buffer a = { 0 }, b = { 0 }, out = { 0 };

        numbered_lines(&a, "line", 40000);
        buffer_add_string(&b, "first\n");
        numbered_lines(&b, "line", 40000);
        buffer_add_string(&b, "last");
        CHECK_INT(unified_diff((struct text){ a.data, a.len }, (struct text){ b.data, b.len }, "/a", "/a",
                               &out),
                  0);
        CHECK_INT(count_changes(&out), 2);
        CHECK(text_ends((struct text){ out.data, out.len }, "\n+last\n\\ No newline at end of file\n"));
}
