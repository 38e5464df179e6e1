/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"
#include "roots.h"

#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { TIME_LIMIT = 60, OUTPUT_LIMIT = 64 * 1024 * 1024, NOBODY = 65534 };

static void become_nobody(void)
{
        if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
                _exit(126);
}

static void child(const char *const *argv, bool as_nobody, int out, int err)
{
        int null = open("/dev/null", O_RDONLY);

        if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
                _exit(126);
        /* A program that hangs is ended by the kernel and shows as a signal. */
        (void) alarm(TIME_LIMIT);
        if (as_nobody)
                become_nobody();
        (void) execv(argv[0], (char *const *) argv);
        _exit(127);
}

static int read_some(int fd, struct buffer *buffer)
{
        char chunk[65536];
        ssize_t n = read(fd, chunk, sizeof(chunk));

        if (n > 0)
                buffer_add(buffer, chunk, (size_t) n);

        return n < 0 ? -errno : buffer->len > OUTPUT_LIMIT ? -EFBIG : n > 0;
}

static int read_both(int out, int err, struct buffer *out_buffer, struct buffer *err_buffer)
{
        struct pollfd fds[] = { { .fd = out, .events = POLLIN }, { .fd = err, .events = POLLIN } };
        struct buffer *buffers[] = { out_buffer, err_buffer };

        while (fds[0].fd >= 0 || fds[1].fd >= 0) {
                if (poll(fds, 2, -1) < 0 && errno != EINTR)
                        return -errno;
                for (size_t i = 0; i < 2; i++) {
                        int r;

                        if (fds[i].fd < 0 || fds[i].revents == 0)
                                continue;
                        r = read_some(fds[i].fd, buffers[i]);
                        if (r < 0)
                                return r;
                        if (r == 0)
                                fds[i].fd = -1;
                }
        }

        return 0;
}

int run_command(const char *const *argv, bool as_nobody, struct command_result *ret)
{
        _cleanup_buffer_ struct buffer out = { 0 }, err = { 0 };
        _cleanup_result_ struct command_result result = { 0 };
        int out_pipe[2], err_pipe[2], status, r;
        pid_t pid;

        if (pipe2(out_pipe, O_CLOEXEC) < 0 || pipe2(err_pipe, O_CLOEXEC) < 0)
                return -errno;
        (void) fflush(stdout);
        pid = fork();
        if (pid < 0)
                return -errno;
        if (pid == 0)
                child(argv, as_nobody, out_pipe[1], err_pipe[1]);

        (void) close(out_pipe[1]);
        (void) close(err_pipe[1]);
        r = read_both(out_pipe[0], err_pipe[0], &out, &err);
        (void) close(out_pipe[0]);
        (void) close(err_pipe[0]);
        if (waitpid(pid, &status, 0) < 0)
                return -errno;
        if (r < 0)
                return r;

        result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        r = buffer_finish(&out, &result.out, &result.out_len);
        if (r >= 0)
                r = buffer_finish(&err, &result.err, &result.err_len);
        if (r < 0)
                return r;

        *ret = result;
        result = (struct command_result){ 0 };
        return 0;
}

void command_result_done(struct command_result *result)
{
        free(result->out);
        free(result->err);
        *result = (struct command_result){ 0 };
}

/* nftw() passes no argument. */
static struct buffer *snapshot;
static size_t snapshot_prefix;

static void add_content(const char *path, const struct stat *st)
{
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *data = NULL;
        char hex[DIGEST_HEX_SIZE];
        ssize_t n;

        /* Larger ones are holes, or a line again and again: their size says enough. */
        if (st->st_size > 4 * 1024 * 1024)
                return;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOATIME);
        data = malloc(st->st_size > 0 ? (size_t) st->st_size : 1);
        n = fd >= 0 && data ? read(fd, data, (size_t) st->st_size) : -1;
        if (n == st->st_size && digest_text((struct text){ data, (size_t) n }, hex) >= 0)
                buffer_addf(snapshot, " %s", hex);
        else
                buffer_addf(snapshot, " unreadable");
}

static int snapshot_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
        char target[4096];
        ssize_t n;

        buffer_addf(snapshot, "%s %o %u:%u %lld %lld.%09ld", path + snapshot_prefix, st->st_mode, st->st_uid,
                    st->st_gid, (long long) st->st_size, (long long) st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
        if (S_ISLNK(st->st_mode)) {
                n = readlink(path, target, sizeof(target));
                buffer_addf(snapshot, " -> %.*s", n > 0 ? (int) n : 0, target);
        } else if (S_ISREG(st->st_mode))
                add_content(path, st);
        buffer_add_char(snapshot, '\n');
        return 0;
}

int snapshot_tree(const char *path, char **ret)
{
        _cleanup_buffer_ struct buffer buffer = { 0 };

        snapshot = &buffer;
        snapshot_prefix = strlen(path);
        if (nftw(path, snapshot_one, 16, FTW_PHYS) != 0)
                return -errno;

        return buffer_finish(&buffer, ret, NULL);
}
