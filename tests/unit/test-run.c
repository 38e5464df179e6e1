/* SPDX-License-Identifier: Apache-2.0 */
#include "forbid.h"
#include "test.h"
#include "tree.h"

#include "engine/run.h"

static void check_said(const struct tree *tree, const char *name, const char *expected)
{
        _cleanup_close_ int fd = openat(tree->fd, name, O_RDONLY | O_CLOEXEC);
        char content[4096];
        ssize_t n = fd < 0 ? 0 : read(fd, content, sizeof(content) - 1);

        content[n > 0 ? n : 0] = '\0';
        CHECK_STRING(content, expected);
}

static char *make_script(const struct tree *tree, const char *name, const char *content)
{
        tree_file(tree, name, text_from_string(content));
        tree_need(fchmodat(tree->fd, name, 0755, 0) == 0, name);
        return string_format("%s/%s", tree->name, name);
}

static int run(const char *const *argv, const struct transaction_options *options, struct diag *diag)
{
        return run_change_command((char *const *) argv, options, diag);
}

/* Writes its arguments, a line each, beside itself. */
static const char write_arguments[] =
        "#!/bin/sh\nfor word; do printf '<%s>\\n' \"$word\"; done >\"${0%/*}/said\"\n";

TEST(a_command_is_run_as_it_is)
{
        _cleanup_tree_ struct tree tree = { .fd = -EBADF };
        struct transaction_options options = { .commands = true };
        struct diag diag = { 0 };

        tree_new(&tree);
        {
                _cleanup_free_ char *script = make_script(&tree, "script", write_arguments);

                CHECK_INT(run((const char *const[]){ script, "a b", "$HOME", "", NULL }, &options, &diag), 0);
        }
        check_said(&tree, "said", "<a b>\n<$HOME>\n<>\n");
}

TEST(a_runner_is_given_all_of_it)
{
        _cleanup_tree_ struct tree tree = { .fd = -EBADF };
        struct diag diag = { 0 };

        tree_new(&tree);
        {
                _cleanup_free_ char *runner = make_script(&tree, "runner", write_arguments);
                struct transaction_options options = { .commands = true, .runner = runner };
                const char *const argv[] = { "/sbin/swapoff", "/swap $x$", "", "%h", NULL };

                CHECK_INT(run(argv, &options, &diag), 0);
        }
        check_said(&tree, "said",
                   "<--quiet>\n<--wait>\n<--pipe>\n<--collect>\n<--property=RuntimeMaxSec=29min>\n<-->\n"
                   "</sbin/swapoff>\n</swap $$x$$>\n<>\n<%h>\n");
}

TEST(what_the_command_says_is_the_reason)
{
        _cleanup_tree_ struct tree tree = { .fd = -EBADF };
        struct diag diag = { 0 };

        tree_new(&tree);
        {
                _cleanup_free_ char *runner =
                        make_script(&tree, "runner", "#!/bin/sh\necho 'no room' >&2\nexit 3\n");
                struct transaction_options options = { .commands = true, .runner = runner };

                CHECK_INT(run((const char *const[]){ "/usr/bin/dracut", NULL }, &options, &diag), -EIO);
                CHECK_STRING(diag.message, "/usr/bin/dracut ended with status 3: no room");
        }
        diag_done(&diag);
}

TEST(a_runner_that_there_is_not)
{
        struct transaction_options options = { .commands = true, .runner = "/nosuch/systemd-run" };
        struct diag diag = { 0 };

        CHECK_INT(run((const char *const[]){ "/bin/true", NULL }, &options, &diag), -ENOENT);
        CHECK_STRING(diag.message, "/nosuch/systemd-run cannot be run: No such file or directory");
        diag_done(&diag);
}
