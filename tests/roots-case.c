/* SPDX-License-Identifier: Apache-2.0 */
#include "roots.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* A case of the golden roots, and the copy of its root that is judged and mended. */

enum { CASE_LIMIT = 1024 * 1024 };

void complain(struct run *run, const char *format, ...)
{
        va_list arguments;

        if (run->part)
                buffer_addf(&run->complaints, "%s: ", run->part);
        va_start(arguments, format);
        buffer_addv(&run->complaints, format, arguments);
        va_end(arguments);
        buffer_add_char(&run->complaints, '\n');
}

int load_file(const char *path, char **ret, size_t *ret_len)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        _cleanup_buffer_ struct buffer buffer = { 0 };
        char chunk[4096];
        ssize_t n;

        if (fd < 0)
                return -errno;
        while ((n = read(fd, chunk, sizeof(chunk))) > 0 && buffer.len < CASE_LIMIT)
                buffer_add(&buffer, chunk, (size_t) n);

        return n < 0 ? -errno : buffer_finish(&buffer, ret, ret_len);
}

int case_load(struct run *run)
{
        _cleanup_free_ char *path = string_format("%s/%s/case.json", run->roots, run->name);
        _cleanup_free_ char *data = NULL;
        const char *cause = NULL;
        size_t len;
        int r;

        r = path ? load_file(path, &data, &len) : -ENOMEM;
        if (r >= 0)
                r = json_parse(data, len, CASE_LIMIT, &run->expected, &cause);
        if (r < 0)
                complain(run, "case.json: %s", cause ? cause : strerror(-r));

        return r;
}

int copy_tree(const char *from, const char *to)
{
        _cleanup_free_ char *source = string_format("%s/.", from);
        const char *const argv[] = { "/bin/cp", "-a", "--", source, to, NULL };
        _cleanup_result_ struct command_result result = { 0 };
        int r;

        if (!source)
                return -ENOMEM;
        r = run_command(argv, false, &result);

        return r < 0 ? r : result.status == 0 ? 0 : -EIO;
}

/* The family's skeleton first, then what the case itself holds, then the steps. */
static int copy_part(struct run *run, const char *directory, bool required)
{
        _cleanup_free_ char *path = string_format("%s/%s", run->roots, directory);
        int r;

        if (!path)
                return -ENOMEM;
        if (!required && access(path, F_OK) < 0)
                return 0;
        r = copy_tree(path, run->tree);
        if (r < 0)
                complain(run, "cannot copy '%s': %s", directory, strerror(-r));

        return r;
}

static int copy_parts(struct run *run)
{
        _cleanup_free_ char *base = NULL, *other = NULL, *directory = NULL;
        int r = 0;

        if (json_dup_string(run->expected, "base", &base) >= 0) {
                directory = string_format(".bases/%s", base);
                r = directory ? copy_part(run, directory, true) : -ENOMEM;
                free(directory);
                directory = NULL;
        }
        if (r < 0)
                return r;

        if (json_dup_string(run->expected, "root", &other) >= 0)
                directory = string_format("%s/%s", run->name, other);
        else
                directory = string_format("%s/root", run->name);

        return directory ? copy_part(run, directory, other != NULL) : -ENOMEM;
}

/* 0, or -EPERM when a step needs rights or a file system that are not here. */
static int set_up(struct run *run)
{
        struct json_object *steps = json_get_array(run->expected, "setup");

        for (size_t i = 0; i < json_array_size(steps); i++) {
                int r = setup_step(run->tree, json_array_item(steps, i));

                if (r == -EPERM || r == -ENOTTY)
                        return -EPERM;
                if (r < 0) {
                        complain(run, "setup step %zu: %s", i + 1, strerror(-r));
                        return r;
                }
        }

        return 0;
}

char *scratch_name(const char *what)
{
        const char *directory = getenv("TMPDIR");

        return string_format("%s/ecs-guest-agent-%s.XXXXXX", directory ? directory : "/tmp", what);
}

int case_make(struct run *run)
{
        int r;

        run->tree = scratch_name("root");
        if (!run->tree)
                return -ENOMEM;
        if (!mkdtemp(run->tree) || chmod(run->tree, 0755) < 0) {
                complain(run, "mkdtemp: %s", strerror(errno));
                free(run->tree);
                run->tree = NULL;
                return -EIO;
        }
        r = copy_parts(run);

        return r < 0 ? r : set_up(run);
}

void case_remove(struct run *run)
{
        if (run->tree)
                remove_tree(run->tree);
        free(run->tree);
        run->tree = NULL;
}
