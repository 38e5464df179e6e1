/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/wipe.h"

static bool all_zero(const char *data, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (data[i] != 0)
                        return false;

        return true;
}

TEST(wipes_what_it_is_told)
{
        char data[8] = "abcdefg";

        wipe(data + 1, 3);
        CHECK(data[0] == 'a' && all_zero(data + 1, 3) && string_equal(data + 4, "efg"));
        wipe(data, 0);
        CHECK(data[0] == 'a');
        wipe(NULL, 8);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__has_feature)
TEST(the_compiler_leaves_it_in)
{
        test_skip("for GCC without a sanitizer, which forbids to look at a dead local");
}
#else
/* Leaves a secret in a dead local, in the way of code that has to be clean. */
static __attribute__((__noinline__)) uintptr_t leave_secret(bool clean)
{
        char secret[64];

        memset(secret, 'S', sizeof(secret));
        __asm__ volatile("" : : "r"(secret) : "memory");
        if (clean)
                wipe(secret, sizeof(secret));
        return (uintptr_t) secret;
}

static __attribute__((__noinline__)) size_t count_secret(uintptr_t at)
{
        const volatile char *bytes = (const volatile char *) at;
        size_t n = 0;

        for (size_t i = 0; i < 64; i++)
                n += bytes[i] == 'S';
        return n;
}

/* The stack below us is read before anything else can have used much of it. */
TEST(the_compiler_leaves_it_in)
{
        size_t kept = count_secret(leave_secret(false)), wiped = count_secret(leave_secret(true));

        CHECK(kept > 32); /* or this test sees nothing */
        CHECK_INT(wiped, 0);
}
#endif

TEST(strings_and_buffers)
{
        struct buffer buffer = { 0 };
        char *string = strdup("secret");

        wipe_string(string);
        wipe_string(NULL);
        CHECK(buffer_reserve(&buffer, 1000));
        CHECK(buffer.size > 1000 && buffer.len == 0);
        string = buffer.data;
        for (int i = 0; i < 1000; i++)
                buffer_add_char(&buffer, 'x');
        CHECK(buffer.data == string); /* nothing moved */
        wipe_buffer(&buffer);
        CHECK(!buffer.data && buffer.size == 0);
        wipe_buffer(&buffer);
}
