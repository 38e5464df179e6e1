/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A unit test is a function made by TEST(); main() runs them all and counts. A failed check prints both sides
 * and goes on, so that one run names every problem of a file. */

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef void (*test_function)(void);

void test_register(const char *name, test_function function);
void test_failed(const char *file, int line, const char *format, ...) _printf_(3, 4);
/* Reports the running test as skipped, visibly; the test returns by itself afterwards. */
void test_skip(const char *reason);

#define TEST(name)                                                                                           \
        static void test_##name(void);                                                                       \
        __attribute__((__constructor__)) static void register_##name(void)                                   \
        {                                                                                                    \
                test_register(#name, test_##name);                                                           \
        }                                                                                                    \
        static void test_##name(void)

#define CHECK(condition)                                                                                     \
        do {                                                                                                 \
                if (!(condition))                                                                            \
                        test_failed(__FILE__, __LINE__, "not true: %s", #condition);                         \
        } while (0)

#define CHECK_INT(actual, expected)                                                                          \
        do {                                                                                                 \
                int64_t _a = (int64_t) (actual), _e = (int64_t) (expected);                                  \
                if (_a != _e)                                                                                \
                        test_failed(__FILE__, __LINE__, "%s is %" PRIi64 ", not %" PRIi64, #actual, _a, _e); \
        } while (0)

/* Compares NUL-terminated strings; NULL equals only NULL. */
#define CHECK_STRING(actual, expected) test_check_string(__FILE__, __LINE__, #actual, (actual), (expected))
/* Compares a struct text with a string literal. */
#define CHECK_TEXT(actual, expected) test_check_text(__FILE__, __LINE__, #actual, (actual), TEXT(expected))

void test_check_string(const char *file, int line, const char *what, const char *actual,
                       const char *expected);
void test_check_text(const char *file, int line, const char *what, struct text actual, struct text expected);
