/* SPDX-License-Identifier: Apache-2.0 */
#include "roots.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { TIME_LIMIT = 60, OUTPUT_LIMIT = 64 * 1024 * 1024, NOBODY = 65534 };

void add_argument(struct command_line *line, const char *argument)
{
        if (line->n + 1 < MAX_ARGUMENTS)
                line->argv[line->n++] = argument;
}

void add_list(struct command_line *line, struct json_object *array)
{
        for (size_t i = 0; i < json_array_size(array) && line->n_owned < MAX_ARGUMENTS; i++) {
                char *copy = text_dup(json_item_text(array, i));

                line->owned[line->n_owned++] = copy;
                add_argument(line, copy ? copy : "");
        }
}

void add_agentctl(struct command_line *line, const struct run *run, const char *format)
{
        add_argument(line, run->agentctl);
        add_argument(line, "--root");
        add_argument(line, run->tree);
        add_argument(line, format);
        if (json_get_true(run->expected, "live"))
                add_argument(line, "--assume-live");
        add_list(line, json_get_array(run->expected, "options"));
}

void command_line_done(struct command_line *line)
{
        for (size_t i = 0; i < line->n_owned; i++)
                free(line->owned[i]);
        line->n_owned = 0;
}

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

struct json_object *parse_result(struct run *run, const char *what, const struct command_result *result)
{
        struct json_object *object = NULL;
        const char *cause = NULL;
        int r = json_parse(result->out, result->out_len, REPORT_LIMIT, &object, &cause);

        if (r < 0)
                complain(run, "%s is no JSON document: %s%s%s", what, cause ? cause : strerror(-r),
                         result->err_len > 0 ? "; " : "", result->err ? result->err : "");

        return r < 0 ? NULL : object;
}

void check_plain(struct run *run, const struct command_result *result, bool tabs)
{
        for (size_t i = 0; i < result->out_len; i++)
                if ((unsigned char) result->out[i] < 0x20 && result->out[i] != '\n' &&
                    !(tabs && result->out[i] == '\t')) {
                        complain(run, "a control character in the text output");
                        return;
                }
}

void cut_time(struct command_result *result)
{
        char *time = result->out ? strstr(result->out, "\"time\":") : NULL;

        for (; time && *time && *time != '\n'; time++)
                *time = ' ';
}
