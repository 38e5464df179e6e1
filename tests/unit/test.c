/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

static struct {
        const char *name;
        test_function function;
} tests[256];
static size_t n_tests;
static bool failed_now;
static const char *skipped_now;

void test_register(const char *name, test_function function)
{
        if (n_tests == ARRAY_SIZE(tests)) {
                fprintf(stderr, "too many tests in one file\n");
                exit(1);
        }

        tests[n_tests].name = name;
        tests[n_tests++].function = function;
}

void test_failed(const char *file, int line, const char *format, ...)
{
        _cleanup_buffer_ struct buffer message = { 0 };
        va_list arguments;

        failed_now = true;
        va_start(arguments, format);
        buffer_addv(&message, format, arguments);
        va_end(arguments);
        /* One line, whatever text is in it: what reads this takes a second one for a result. */
        for (size_t i = 0; i < message.len; i++)
                if (message.data[i] == '\n' || message.data[i] == '\r')
                        message.data[i] = ' ';
        printf("# %s:%d: %s\n", file, line, message.data ? message.data : "");
}

void test_skip(const char *reason)
{
        skipped_now = reason;
}

void test_check_text(const char *file, int line, const char *what, struct text actual, struct text expected)
{
        _cleanup_buffer_ struct buffer a = { 0 };
        _cleanup_buffer_ struct buffer e = { 0 };

        if (text_same(actual, expected))
                return;

        buffer_add_escaped(&a, actual);
        buffer_add_escaped(&e, expected);
        test_failed(file, line, "%s is '%s', not '%s'", what, a.data ? a.data : "", e.data ? e.data : "");
}

void test_check_string(const char *file, int line, const char *what, const char *actual, const char *expected)
{
        if (actual && expected)
                test_check_text(file, line, what, text_from_string(actual), text_from_string(expected));
        else if (actual || expected)
                test_failed(file, line, "%s is %s, not %s", what, actual ? actual : "NULL",
                            expected ? expected : "NULL");
}

/* Prints TAP, which meson reads: one line a test. */
int main(void)
{
        size_t n_failed = 0;

        printf("1..%zu\n", n_tests);
        for (size_t i = 0; i < n_tests; i++) {
                failed_now = false;
                skipped_now = NULL;
                tests[i].function();
                n_failed += failed_now;
                printf("%sok %zu - %s%s%s\n", failed_now ? "not " : "", i + 1, tests[i].name,
                       skipped_now ? " # SKIP " : "", skipped_now ? skipped_now : "");
                fflush(stdout);
        }

        return n_failed > 0;
}
