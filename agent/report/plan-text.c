/* SPDX-License-Identifier: Apache-2.0 */
#include "report/plan.h"

#include <string.h>

static enum ink ink_of(struct text line)
{
        if (text_starts(line, "---") || text_starts(line, "+++"))
                return INK_BOLD;
        if (text_starts(line, "-"))
                return INK_RED;
        if (text_starts(line, "+"))
                return INK_GREEN;

        return text_starts(line, "@@") ? INK_DIM : INK_PLAIN;
}

static void add_visible(struct buffer *out, struct text line)
{
        while (line.len > 0) {
                size_t n = utf8_sequence(line);
                unsigned char c = (unsigned char) line.data[0];

                if (n == 0 || c == '\0') {
                        /* As documents have it, so that what comes in one looks the same. */
                        n = 1;
                        buffer_add_utf8(out, (struct text){ line.data, n });
                } else if ((c < 0x20 && c != '\t') || c == 0x7f) {
                        buffer_addf(out, "\\x%02x", c);
                } else if (n == 2 && c == 0xc2 && (unsigned char) line.data[1] < 0xa0) {
                        /* C1 control characters, which terminals obey too. */
                        buffer_addf(out, "\\x%02x\\x%02x", c, (unsigned char) line.data[1]);
                } else {
                        buffer_add(out, line.data, n);
                }
                line.data += n;
                line.len -= n;
        }
}

void print_diff(struct buffer *out, const struct report_style *style, struct text diff)
{
        struct text line;

        while (text_next_line(&diff, &line)) {
                _cleanup_buffer_ struct buffer visible = { 0 };
                bool ended = text_ends(line, "\n");

                add_visible(&visible, (struct text){ line.data, line.len - ended });
                if (visible.failed) {
                        out->failed = true;
                        return;
                }
                print_ink_raw(out, style, ink_of(line), visible.data ? visible.data : "");
                buffer_add_char(out, '\n');
        }
}

static void print_argv(struct buffer *out, char *const *argv)
{
        for (; *argv; argv++) {
                buffer_add_char(out, ' ');
                print_text(out, *argv);
        }
}

static const char *order_of(const struct plan_step *step)
{
        static const char *const orders[CHANGE_KIND_COUNT] = {
                [CHANGE_WRITE] = "write empty file",
                [CHANGE_REMOVE] = "remove",
                [CHANGE_SYMLINK] = "make link",
                [CHANGE_DIRECTORY] = "make directory",
                [CHANGE_RUN] = "run",
        };

        return step->hidden ? "change, with bytes that only root may see," : orders[step->kind];
}

static void print_step(struct buffer *out, const struct report_style *style, const struct plan_step *step)
{
        if (step->diff) {
                print_diff(out, style, (struct text){ step->diff, step->diff_len });
                return;
        }

        print_ink(out, style, INK_BOLD, order_of(step));
        if (step->argv)
                print_argv(out, step->argv);
        if (step->path) {
                buffer_add_char(out, ' ');
                print_text(out, step->path);
        }
        if (step->target) {
                buffer_add_string(out, " -> ");
                print_text(out, step->target);
        }
        buffer_add_char(out, '\n');
}

static void print_cures(struct buffer *out, const struct report_style *style,
                        const struct plan_report *report)
{
        for (size_t i = 0; i < report->n_cures; i++) {
                print_ink(out, style, INK_GREEN, "cures");
                buffer_add_string(out, "      ");
                print_ink(out, style, INK_BOLD, report->cures[i].key);
                buffer_add_string(out, report->cures[i].pending ? ", with the next boot\n" : "\n");
        }
        buffer_add_char(out, '\n');
}

static void print_refusals(struct buffer *out, const struct report_style *style,
                           const struct plan_report *report)
{
        for (size_t i = 0; i < report->n_refusals; i++) {
                const struct plan_report_refusal *refusal = &report->refusals[i];

                print_ink(out, style, INK_YELLOW, "not fixed");
                buffer_add_string(out, "  ");
                print_ink(out, style, INK_BOLD,
                          refusal->key     ? refusal->key
                          : refusal->fixer ? refusal->fixer
                                           : "");
                buffer_add_string(out, "\n           ");
                print_wrapped(out, style, 11, refusal->reason);
        }
        if (report->n_refusals > 0)
                buffer_add_char(out, '\n');
}

static void print_hints(struct buffer *out, const struct report_style *style,
                        const struct plan_report *report)
{
        for (size_t i = 0; i < report->n_hints; i++) {
                print_ink(out, style, INK_BOLD, "note");
                buffer_add_string(out, "       ");
                print_wrapped(out, style, 11, report->hints[i]);
        }
        if (report->n_hints > 0)
                buffer_add_char(out, '\n');
}

void plan_report_write_text(const struct plan_report *report, const struct report_style *style,
                            struct buffer *out)
{
        for (size_t i = 0; i < report->n_steps; i++)
                print_step(out, style, &report->steps[i]);
        if (report->n_steps > 0) {
                buffer_add_char(out, '\n');
                print_cures(out, style, report);
        }
        print_refusals(out, style, report);
        print_hints(out, style, report);
}
