/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/command.h"
#include "engine/root.h"
#include "engine/scan.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

int fail(enum exit_code code, const char *format, ...)
{
        _cleanup_buffer_ struct buffer message = { 0 };
        _cleanup_buffer_ struct buffer escaped = { 0 };
        va_list arguments;

        va_start(arguments, format);
        buffer_addv(&message, format, arguments);
        va_end(arguments);
        buffer_add_escaped(&escaped, (struct text){ message.data, message.len });
        (void) fprintf(stderr, "agentctl: %s\n", escaped.data ? escaped.data : "out of memory");
        return code;
}

int fail_memory(void)
{
        return fail(EXIT_REFUSED, "out of memory");
}

struct root *open_root(const struct arguments *arguments, int *ret_code)
{
        const char *name = arguments->root ? arguments->root : "/";
        bool live = !arguments->root || arguments->assume_live;
        struct root *root = NULL;
        int r;

        r = root_open(name, live ? ROOT_LIVE : 0, &root);
        if (r < 0) {
                *ret_code = fail(EXIT_REFUSED, "cannot open the root '%s': %s", name, strerror(-r));
                return NULL;
        }

        return root;
}

const char *unknown_name(const char *const *names)
{
        for (; names && *names; names++)
                if (!scan_knows(*names))
                        return *names;

        return NULL;
}

struct report_style output_style(const struct arguments *arguments)
{
        const char *no_color = getenv("NO_COLOR");
        const char *terminal = getenv("TERM");
        struct report_style style = { .width = 100 };
        struct winsize size;

        if (!isatty(STDOUT_FILENO))
                return style;

        style.color = !arguments->no_color && !(no_color && no_color[0]) &&
                      !(terminal && string_equal(terminal, "dumb"));
        /* Longer lines than the default's are hard to read. */
        style.fold = true;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 && size.ws_col < style.width)
                style.width = size.ws_col;

        return style;
}

void print_warnings(const struct warnings *warnings)
{
        for (size_t i = 0; i < warnings->n; i++) {
                _cleanup_buffer_ struct buffer message = { 0 };

                warning_print(&warnings->items[i], &message);
                (void) fail(EXIT_OK, "%s", message.data ? message.data : "out of memory");
        }
        if (warnings->n_more > 0)
                (void) fail(EXIT_OK, "and %zu more like these", warnings->n_more);
}

int print_output(struct buffer *out, int code)
{
        size_t done = 0;

        if (out->failed)
                return fail_memory();

        while (done < out->len) {
                ssize_t n = write(STDOUT_FILENO, out->data + done, out->len - done);

                if (n < 0 && errno == EINTR)
                        continue;
                /* A reader that has seen enough ("agentctl | head") is no error worth a sentence. */
                if (n < 0 && errno == EPIPE)
                        return code;
                if (n < 0)
                        return fail(EXIT_REFUSED, "cannot write the result: %s", strerror(errno));
                done += (size_t) n;
        }

        return code;
}
