/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Runs another implementation to compare with. A judge that is missing fails the test: it is never skipped.
 */

#include "test.h"

#include <fcntl.h>
#include <sys/wait.h>

/* Runs argv[0] (looked up in PATH) with an environment of PATH alone and collects its standard output.
 * The exit status, or a negative errno. */
__attribute__((__unused__)) static int judge_run(const char *const argv[], struct buffer *out)
{
        _cleanup_close_ int from = -EBADF;
        int ends[2], status;
        char block[4096];
        ssize_t n;
        pid_t pid;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        from = ends[0];

        pid = fork();
        if (pid < 0) {
                (void) close(ends[1]);
                return -errno;
        }
        if (pid == 0) {
                static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
                char *environment[] = { path, NULL };

                if (dup2(ends[1], STDOUT_FILENO) < 0)
                        _exit(126);
                (void) execvpe(argv[0], (char *const *) argv, environment);
                _exit(127);
        }

        (void) close(ends[1]);
        while ((n = read(from, block, sizeof(block))) > 0)
                buffer_add(out, block, (size_t) n);
        if (waitpid(pid, &status, 0) < 0 || n < 0)
                return -errno;

        return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

/* Makes a file with these bytes below /tmp; name is a template for mkstemp(). */
__attribute__((__unused__)) static void judge_write(char *name, const void *data, size_t len)
{
        int fd = mkostemp(name, O_CLOEXEC);

        if (fd < 0 || write(fd, data, len) != (ssize_t) len)
                test_failed(__FILE__, __LINE__, "cannot write '%s': %m", name);
        if (fd >= 0)
                (void) close(fd);
}

/* Small, seeded and the same everywhere: a failing test fails again. */
__attribute__((__unused__)) static unsigned judge_random(uint64_t *seed, unsigned below)
{
        *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
        return (unsigned) (*seed >> 33) % below;
}
