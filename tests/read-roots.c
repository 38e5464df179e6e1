/* SPDX-License-Identifier: Apache-2.0 */

/* Each golden root is judged and planned for; the documents are read back, and what was read has to be the
 * same document again, and the same text. So whoever is told a result prints what the one who judged would.
 * use: read-roots ROOTS-DIRECTORY [--part=K/N] */

#include "engine/plan-make.h"
#include "engine/root.h"
#include "report/json.h"
#include "report/read.h"
#include "roots.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

enum { FIXED_TIME = 1769817600 };

static void compare(struct run *run, const char *what, const struct buffer *told, const struct buffer *read)
{
        size_t at = 0, from;

        if (told->failed || read->failed || !told->data || !read->data) {
                complain(run, "no memory");
                return;
        }
        while (at < told->len && at < read->len && told->data[at] == read->data[at])
                at++;
        if (at == told->len && at == read->len)
                return;
        from = at > 60 ? at - 60 : 0;
        complain(run, "%s differs when it was read back: '%.120s' became '%.120s'", what, told->data + from,
                 read->data + from);
}

static struct json_object *parse_back(struct run *run, struct json_builder *builder,
                                      struct json_object *object, struct buffer *printed)
{
        struct json_object *back = NULL;
        const char *cause = "no memory";

        if (json_print(builder, object, JSON_PLAIN, printed) < 0 ||
            json_parse(printed->data, printed->len, REPORT_LIMIT, &back, &cause) < 0)
                complain(run, "cannot be parsed: %s", cause);

        return back;
}

/* An event has an id of its own each time it is made. */
static void blank_id(struct buffer *event)
{
        static const char before[] = "\"id\": \"";
        char *at = event->data ? strstr(event->data, before) : NULL;

        for (at = at ? at + strlen(before) : NULL; at && *at && *at != '"'; at++)
                *at = '-';
}

/* Every text of both: told and read have to be the same byte for byte. */
static void compare_report_texts(struct run *run, const struct report *told, const struct report *read)
{
        for (unsigned i = 0; i < 12; i++) {
                struct report_style style = { .question = (enum question)(i % 3),
                                              .color = i / 3 % 2,
                                              .fold = i / 6 % 2,
                                              .width = i / 6 % 2 ? 60 : 100 };

                for (const struct report_format *format = report_formats; format->name; format++) {
                        _cleanup_buffer_ struct buffer a = { 0 }, b = { 0 };

                        /* The style is for those that people read. */
                        if (i > 0 && !string_equal(format->name, "text"))
                                continue;
                        if (format->write(told, &style, &a) < 0 || format->write(read, &style, &b) < 0)
                                complain(run, "cannot be written as %s", format->name);
                        if (string_equal(format->name, "cloudevent")) {
                                blank_id(&a);
                                blank_id(&b);
                        }
                        compare(run, format->name, &a, &b);
                }
        }
}

static void check_report(struct run *run, const struct report *report)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = report_to_json(&builder, report), *back = NULL;
        _cleanup_read_report_ struct read_report *read = NULL;
        _cleanup_buffer_ struct buffer told = { 0 };
        const struct report *result;
        const char *cause = "no memory";

        back = parse_back(run, &builder, object, &told);
        if (!back)
                return;
        if (read_report_new(&read) < 0 || read_report_document(read, back, &result, &cause) < 0)
                complain(run, "the report cannot be read back: %s", cause);
        else
                compare_report_texts(run, report, result);
}

static void compare_plans(struct run *run, const struct plan_report *told, const struct plan_report *read)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = plan_report_to_json(&builder, told);
        _cleanup_json_ struct json_object *again = plan_report_to_json(&builder, read);
        _cleanup_buffer_ struct buffer a = { 0 }, b = { 0 };

        if (json_print(&builder, object, JSON_PRETTY, &a) < 0 ||
            json_print(&builder, again, JSON_PRETTY, &b) < 0)
                complain(run, "no memory");
        compare(run, "the plan", &a, &b);
        for (unsigned i = 0; i < 2; i++) {
                struct report_style style = { .color = i == 0, .width = 100 };
                _cleanup_buffer_ struct buffer c = { 0 }, d = { 0 };

                plan_report_write_text(told, &style, &c);
                plan_report_write_text(read, &style, &d);
                /* Neither may be nothing. */
                buffer_add_char(&c, '\n');
                buffer_add_char(&d, '\n');
                compare(run, "the text of the plan", &c, &d);
        }
}

static void check_plan_report(struct run *run, const struct plan_report *report)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = plan_report_to_json(&builder, report), *back = NULL;
        _cleanup_plan_report_ struct plan_report read = { 0 };
        _cleanup_buffer_ struct buffer told = { 0 };
        const char *cause = "no memory";

        back = parse_back(run, &builder, object, &told);
        if (!back)
                return;
        if (read_plan(back, true, &read, &cause) < 0)
                complain(run, "the plan cannot be read back: %s", cause);
        else
                compare_plans(run, report, &read);
}

static int judge(struct run *run, enum profile profile)
{
        struct scan_options options = { .profile = profile, .time = FIXED_TIME };
        _cleanup_root_ struct root *root = NULL;
        _cleanup_context_ struct context *context = NULL;
        struct report report;
        int r;

        r = root_open(run->tree, json_get_true(run->expected, "live") ? ROOT_LIVE : 0, &root);
        if (r >= 0)
                r = context_new(root, &options, &context);
        if (r >= 0)
                r = scan_run(context, NULL);
        if (r >= 0)
                r = report_make(context, FIXED_TIME, &report);
        if (r >= 0)
                check_report(run, &report);

        return r;
}

static int plan(struct run *run)
{
        struct scan_options options = { .time = FIXED_TIME };
        struct fix_options fix = { .time = FIXED_TIME, .force = true };
        _cleanup_root_ struct root *root = NULL;
        _cleanup_plan_ struct plan *plan = NULL;
        _cleanup_plan_report_ struct plan_report report = { 0 };
        char digest[DIGEST_HEX_SIZE];
        int r;

        r = root_open(run->tree, json_get_true(run->expected, "live") ? ROOT_LIVE : 0, &root);
        if (r >= 0)
                r = plan_make(root, &options, &fix, NULL, &plan);
        if (r >= 0)
                r = plan_digest(plan, digest);
        if (r >= 0)
                r = plan_report_of_plan(plan, digest, NULL, &report);
        if (r >= 0)
                check_plan_report(run, &report);

        plan = plan_free(plan);
        return r;
}

/* Why it was not tried, or NULL. */
static const char *run_case(struct run *run)
{
        int r = case_load(run);

        if (r < 0)
                return NULL;
        r = case_make(run);
        if (r >= 0)
                r = judge(run, PROFILE_BOOT);
        if (r >= 0)
                r = judge(run, PROFILE_CAPTURE);
        if (r >= 0)
                r = plan(run);
        if (r < 0 && r != -EPERM)
                complain(run, "cannot be tried: %s", strerror(-r));
        case_remove(run);

        return r == -EPERM ? "this file system, or this user, cannot make the set-up" : NULL;
}

static bool run_named(const char *roots, const char *name, size_t number)
{
        struct run run = { .roots = roots, .name = name };
        const char *why_not = run_case(&run);
        bool ok = run.complaints.len == 0 && !run.complaints.failed;
        struct text rest = { run.complaints.data, run.complaints.len }, line;

        printf("%s %zu - %s%s%s\n", ok ? "ok" : "not ok", number, name, why_not && ok ? " # SKIP " : "",
               why_not && ok ? why_not : "");
        while (text_next_line(&rest, &line))
                printf("# %.*s\n", TEXT_ARGS(text_chomp(line)));
        (void) fflush(stdout);
        buffer_done(&run.complaints);
        json_free(run.expected);
        return ok;
}

static int is_case(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

int main(int argc, char *argv[])
{
        unsigned part = 1, of = 1;
        struct dirent **entries = NULL;
        size_t number = 0, n_failed = 0;
        char end;
        int n;

        if (argc < 2 || (argc == 3 && (sscanf(argv[2], "--part=%u/%u%c", &part, &of, &end) != 2 || of < 1))) {
                fprintf(stderr, "use: read-roots ROOTS-DIRECTORY [--part=K/N]\n");
                return 2;
        }
        n = scandir(argv[1], &entries, is_case, alphasort);
        if (n < 0) {
                fprintf(stderr, "read-roots: '%s': %s\n", argv[1], strerror(errno));
                return 1;
        }
        for (int i = 0; i < n; i++) {
                if ((unsigned) i % of == part - 1)
                        n_failed += !run_named(argv[1], entries[i]->d_name, ++number);
                free(entries[i]);
        }
        free(entries);
        printf("1..%zu\n", number);

        return number == 0 || n_failed > 0;
}
