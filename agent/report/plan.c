/* SPDX-License-Identifier: Apache-2.0 */
#include "report/plan.h"
#include "engine/fixer.h"
#include "engine/probe.h"
#include "report/json.h"

#include <string.h>

static void add_argv(struct json_builder *builder, struct json_object *object, char *const *argv)
{
        struct json_object *array;

        if (!argv) {
                json_add_null(builder, object, "argv");
                return;
        }
        array = json_new_array(builder);
        for (; *argv; argv++)
                json_append_string(builder, array, *argv);
        json_add(builder, object, "argv", array);
}

static struct json_object *change_to_json(struct json_builder *builder, const struct change *change)
{
        struct json_object *object = json_new_object(builder);
        _cleanup_buffer_ struct buffer diff = { 0 };

        if (change_diff(change, &diff) < 0)
                builder->failed = true;
        json_add_string(builder, object, "fixer", change->fixer ? change->fixer->id : NULL);
        json_add_string(builder, object, "kind", change_kind_name(change->kind));
        json_add_string(builder, object, "path", change->path);
        add_argv(builder, object, change->argv);
        if (diff.len > 0)
                json_add_text(builder, object, "diff", (struct text){ diff.data, diff.len });
        else
                json_add_null(builder, object, "diff");
        json_add_string(builder, object, "target", change->after.target);
        return object;
}

static struct json_object *refusals_to_json(struct json_builder *builder, const struct plan_report *report)
{
        struct json_object *array = json_new_array(builder);
        const struct plan_refusal *refusal;

        for (size_t i = 0; report->plan && (refusal = plan_refusal(report->plan, i)); i++) {
                struct json_object *object = json_new_object(builder);

                json_add_string(builder, object, "fixer", refusal->fixer ? refusal->fixer->id : NULL);
                json_add_string(builder, object, "key", refusal->key);
                json_add_string(builder, object, "reason", refusal->reason);
                json_append(builder, array, object);
        }

        return array;
}

static struct json_object *claims_to_json(struct json_builder *builder, const struct plan_report *report)
{
        struct json_object *array = json_new_array(builder);
        const char *key;
        bool pending;

        for (size_t i = 0;
             report->plan && report->n_changes > 0 && (key = plan_claimed(report->plan, i, &pending)); i++)
                json_append_string(builder, array, key);

        return array;
}

static struct json_object *hints_to_json(struct json_builder *builder, const struct plan_report *report)
{
        struct json_object *array = json_new_array(builder);
        const char *hint;

        for (size_t i = 0; report->plan && (hint = plan_get_hint(report->plan, i)); i++)
                json_append_string(builder, array, hint);

        return array;
}

static struct json_object *fixers_to_json(struct json_builder *builder, char *const *fixers)
{
        struct json_object *array = json_new_array(builder);

        for (; fixers && *fixers; fixers++)
                json_append_string(builder, array, *fixers);

        return array;
}

static struct json_object *findings_to_json(struct json_builder *builder, const struct plan_report *report)
{
        struct json_object *array = json_new_array(builder);

        for (size_t i = 0; report->findings && i < report->findings->n; i++)
                if (plan_asks(report->findings->items[i]->probe, report->names))
                        json_append(builder, array,
                                    report_finding_to_json(builder, report->findings->items[i]));

        return array;
}

struct json_object *plan_report_to_json(struct json_builder *builder, const struct plan_report *report)
{
        struct json_object *object = json_new_object(builder), *changes = json_new_array(builder);
        _cleanup_free_ char *digest = string_format("sha256:%s", report->digest ? report->digest : "");

        builder->failed = builder->failed || !digest;
        json_add_string(builder, object, "schema", "io.ecsguest.plan/1");
        json_add_string(builder, object, "digest", digest);
        json_add_string(builder, object, "transaction", report->transaction);
        json_add_string(builder, object, "state", plan_state_name(report->state));
        json_add_string(builder, object, "reason", report->reason);
        json_add_string(builder, object, "risk", risk_name(report->risk));
        if (report->time > 0)
                report_add_time(builder, object, report->time);
        if (report->fixers)
                json_add(builder, object, "fixers", fixers_to_json(builder, report->fixers));
        for (size_t i = 0; i < report->n_changes; i++)
                json_append(builder, changes, change_to_json(builder, report->changes[i]));
        json_add(builder, object, "changes", changes);
        json_add(builder, object, "cures", claims_to_json(builder, report));
        json_add(builder, object, "refusals", refusals_to_json(builder, report));
        json_add(builder, object, "hints", hints_to_json(builder, report));
        json_add(builder, object, "findings", findings_to_json(builder, report));
        return object;
}

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

                if (n == 0 || (c < 0x20 && c != '\t') || c == 0x7f) {
                        buffer_addf(out, "\\x%02x", c);
                        n = 1;
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
                buffer_add_escaped(out, text_from_string(*argv));
        }
}

static void print_change(struct buffer *out, const struct report_style *style, const struct change *change)
{
        _cleanup_buffer_ struct buffer diff = { 0 };

        if (change_diff(change, &diff) < 0)
                out->failed = true;
        if (diff.len > 0) {
                print_diff(out, style, (struct text){ diff.data, diff.len });
                return;
        }

        print_ink(out, style, INK_BOLD,
                  change->kind == CHANGE_DIRECTORY ? "make directory"
                  : change->kind == CHANGE_SYMLINK ? "make link"
                  : change->kind == CHANGE_RUN     ? "run"
                  : change->kind == CHANGE_WRITE   ? "write empty file"
                                                   : "remove");
        if (change->argv)
                print_argv(out, change->argv);
        if (change->path) {
                buffer_add_char(out, ' ');
                buffer_add_escaped(out, text_from_string(change->path));
        }
        if (change->after.target) {
                buffer_add_string(out, " -> ");
                buffer_add_escaped(out, text_from_string(change->after.target));
        }
        buffer_add_char(out, '\n');
}

static void print_claims(struct buffer *out, const struct report_style *style,
                         const struct plan_report *report)
{
        const char *key;
        bool pending;

        for (size_t i = 0; (key = plan_claimed(report->plan, i, &pending)); i++) {
                print_ink(out, style, INK_GREEN, "cures");
                buffer_add_string(out, "      ");
                print_ink(out, style, INK_BOLD, key);
                buffer_add_string(out, pending ? ", with the next boot\n" : "\n");
        }
        buffer_add_char(out, '\n');
}

static void print_refusals(struct buffer *out, const struct report_style *style,
                           const struct plan_report *report)
{
        const struct plan_refusal *refusal;
        bool any = false;

        for (size_t i = 0; (refusal = plan_refusal(report->plan, i)); i++) {
                const char *what = refusal->key ? refusal->key : refusal->fixer ? refusal->fixer->id : "";

                print_ink(out, style, INK_YELLOW, "not fixed");
                buffer_add_string(out, "  ");
                print_ink(out, style, INK_BOLD, what);
                buffer_add_string(out, "\n           ");
                print_wrapped(out, style, 11, refusal->reason);
                any = true;
        }
        if (any)
                buffer_add_char(out, '\n');
}

static void print_hints(struct buffer *out, const struct report_style *style,
                        const struct plan_report *report)
{
        const char *hint;
        bool any = false;

        for (size_t i = 0; (hint = plan_get_hint(report->plan, i)); i++) {
                print_ink(out, style, INK_BOLD, "note");
                buffer_add_string(out, "       ");
                print_wrapped(out, style, 11, hint);
                any = true;
        }
        if (any)
                buffer_add_char(out, '\n');
}

void plan_report_write_text(const struct plan_report *report, const struct report_style *style,
                            struct buffer *out)
{
        for (size_t i = 0; i < report->n_changes; i++)
                print_change(out, style, report->changes[i]);
        if (report->n_changes > 0)
                buffer_add_char(out, '\n');
        if (!report->plan)
                return;

        if (report->n_changes > 0)
                print_claims(out, style, report);
        print_refusals(out, style, report);
        print_hints(out, style, report);
}
