/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/console-edit.h"
#include "engine/diag.h"
#include "test.h"

/* What is made of a command line, and how few of its words are touched. */

struct row {
        const char *before, *after; /* NULL: refused */
        size_t n_touched;
};

static size_t count_new(const struct kernel_cmdline *cmdline)
{
        size_t n = 0;

        for (size_t i = 0; i < cmdline->n_tokens; i++)
                n += cmdline->tokens[i].owned != NULL;

        return n;
}

static void check_row(const struct row *row, const char *serial, bool values)
{
        _cleanup_kernel_cmdline_ struct kernel_cmdline *cmdline = NULL, *wanted = NULL;
        _cleanup_buffer_ struct buffer out = { 0 };
        _cleanup_diag_ struct diag diag = { 0 };
        struct boot_line line = { .text = row->before };
        int r;

        CHECK_INT(kernel_cmdline_parse(row->before, strlen(row->before), &cmdline), 0);
        CHECK_INT(kernel_cmdline_parse(row->before, strlen(row->before), &wanted), 0);
        line.cmdline = cmdline;
        r = values ? console_edit_values(wanted) : console_edit_list(wanted, &line, serial, &diag);
        if (!row->after) {
                CHECK_INT(r, -EPERM);
                CHECK_INT(diag.error, -EPERM);
                return;
        }

        CHECK_INT(r, strcmp(row->before, row->after) != 0);
        kernel_cmdline_print(wanted, &out);
        CHECK_STRING(out.data, row->after);
        CHECK_INT(count_new(wanted), row->n_touched);
}

TEST(each_type_once)
{
        static const struct row rows[] = {
                { "console=ttyS0 console=ttyS0,115200n8", "console=tty0 console=ttyS0,115200n8", 1 },
                { "a console=ttyS0  console=ttyS0,115200n8 b", "a console=tty0  console=ttyS0,115200n8 b",
                  1 },
                { "console=tty0 console=ttyS0 console=ttyS0,115200n8", "console=tty0 console=ttyS0,115200n8",
                  0 },
                { "console=ttyS0,115200n8 a console=tty0 console=ttyS0",
                  "a console=tty0 console=ttyS0,115200n8", 1 },
                { "console=ttyS0 a console=tty1 b console=ttyS0,115200n8 c",
                  "a console=tty1 b console=ttyS0,115200n8 c", 0 },
                { "console=ttyS0,115200n8 console=ttyS0,9600", "console=tty0 console=ttyS0,115200n8", 2 },
                { "console=tty0 console=tty1 console=ttyS0,115200n8", "console=tty0 console=ttyS0,115200n8",
                  0 },
                { "consoleblank=0 console=ttyS0 console=ttyS0", "consoleblank=0 console=tty0 console=ttyS0",
                  1 },
                { "console=ttyS0 console=ttyS0 -- console=ttyS0 console=ttyS0",
                  "console=tty0 console=ttyS0 -- console=ttyS0 console=ttyS0", 1 },
                { "\"console=ttyS0\" console=\"ttyS0,115200n8\"", "console=tty0 console=\"ttyS0,115200n8\"",
                  1 },
                { "console=ttyS0,115200,n8 console=ttyS0", "console=tty0 console=ttyS0,115200n8", 2 },
                { "console=ttyS0,115200n8quiet console=ttyS0", "console=tty0 console=ttyS0,115200n8 quiet",
                  3 },
                { "console=ttyS0,fast console=ttyS0", NULL, 0 },
                { "console=a1 console=b1 console=c1 console=d1 console=e1 console=f1 console=g1 console=h1 "
                  "console=i1 console=j1 console=k1 console=l1 console=m1 console=n1 console=o1 console=p1 "
                  "console=q1 console=r1",
                  NULL, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check_row(&rows[i], NULL, false);
}

TEST(serial_console)
{
        static const struct row rows[] = {
                { "", "console=tty0 console=ttyS0,115200n8", 2 },
                { "quiet ", "quiet console=tty0 console=ttyS0,115200n8 ", 2 },
                { "quiet -- x", "quiet console=tty0 console=ttyS0,115200n8 -- x", 2 },
                { "console=tty0 quiet", "console=tty0 console=ttyS0,115200n8 quiet", 1 },
                { "console quiet", "console quiet console=tty0 console=ttyS0,115200n8", 2 },
                { "console=ttyAMA0 a", "console=tty0 console=ttyAMA0 console=ttyS0,115200n8 a", 2 },
                { "console=hvc0 a console=tty1 b", "console=hvc0 a console=tty1 console=ttyS0,115200n8 b",
                  1 },
                { "console=tty0 console=tty0", "console=tty0 console=ttyS0,115200n8", 1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check_row(&rows[i], "ttyS0", false);
}

TEST(malformed_values)
{
        static const struct row rows[] = {
                { "console=ttyS0,115200,n8 a", "console=ttyS0,115200n8 a", 1 },
                { "console=ttyS0,115200n8spectre_v2=off a", "console=ttyS0,115200n8 spectre_v2=off a", 2 },
                { "console=ttyS0,115200n8 console=tty0", "console=ttyS0,115200n8 console=tty0", 0 },
                { "console=ttyS0,fast consoleblank=0,x", "console=ttyS0,fast consoleblank=0,x", 0 },
                { "console=ttyS0,9600,n8 -- console=ttyS0,9600,n8",
                  "console=ttyS0,9600n8 -- console=ttyS0,9600,n8", 1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check_row(&rows[i], NULL, true);
}
