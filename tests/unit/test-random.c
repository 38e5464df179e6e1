/* SPDX-License-Identifier: Apache-2.0 */
#include "forbid.h"
#include "test.h"

#include "base/random.h"
#include "base/syscalls.h"

#include <sys/wait.h>

static void check_names(void)
{
        enum { N = 500 };
        char names[N][RANDOM_NAME_SIZE];
        bool seen[RANDOM_NAME_SIZE][256] = { { false } };

        for (size_t i = 0; i < N; i++) {
                CHECK_INT(random_name(names[i]), 0);
                CHECK_INT(strspn(names[i], "0123456789abcdef"), 16);
                CHECK_INT(strlen(names[i]), 16);
                for (size_t j = 0; j < 16; j++)
                        seen[j][(unsigned char) names[i][j]] = true;
                for (size_t j = 0; j < i; j++)
                        CHECK(strcmp(names[i], names[j]) != 0);
        }
        /* Each digit at each place. */
        for (size_t j = 0; j < 16; j++)
                for (const char *digit = "0123456789abcdef"; *digit; digit++)
                        CHECK(seen[j][(unsigned char) *digit]);
}

TEST(names)
{
        check_names();
}

/* More than one answer of the kernel may hold; each byte is set. */
TEST(bytes)
{
        enum { N = 70000 };
        static unsigned char bytes[N + 1];
        bool seen[256] = { false };

        bytes[N] = 170;
        CHECK_INT(random_bytes(bytes, 0), 0);
        CHECK_INT(bytes[0], 0);
        CHECK_INT(random_bytes(bytes, N), 0);
        CHECK_INT(bytes[N], 170);
        for (size_t i = N - 5000; i < N; i++)
                seen[bytes[i]] = true;
        for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
                CHECK(seen[i]);
}

#ifdef SYSCALL_GETRANDOM
enum { SKIPPED = 99 };

static int as_on_old_kernel(unsigned error)
{
        char name[RANDOM_NAME_SIZE] = "";
        unsigned char byte;

        if (!forbid(SYSCALL_GETRANDOM, error))
                return SKIPPED;
        if (sys_getrandom(&byte, 1) != -(int) error || random_name(name) != 0 || strlen(name) != 16)
                return 1;
        /* Without the device as well there is no answer. */
        if (!forbid(SYS_openat, EACCES))
                return SKIPPED;
        memset(name, 0, sizeof(name));
        return random_name(name) == -EACCES && name[0] == '\0' ? 0 : 2;
}

static void check_without(unsigned error)
{
        int status = -1;
        pid_t pid = fork();

        if (pid == 0)
                _exit(as_on_old_kernel(error));
        CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
        if (WEXITSTATUS(status) == SKIPPED)
                test_skip("no system call filters here");
        else
                CHECK_INT(WEXITSTATUS(status), 0);
}

TEST(without_the_system_call)
{
        check_without(ENOSYS);
        check_without(EPERM);
        check_without(EAGAIN);
}
#endif
