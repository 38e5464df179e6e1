/* SPDX-License-Identifier: Apache-2.0 */

/* The golden roots: every tests/roots/CASE/case.json is a test; adding one needs no code. Each is copied, set
 * up, and judged by the real agentctl; what it says is held against the interface and against the case, and
 * the tree must be as it was. Then it is mended and restored, where the case says how (roots-fix.c).
 * use: run-roots AGENTCTL ROOTS-DIRECTORY [CASE... | --part=K/N] */

#include "roots.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* Dates in what fixers write: 2026-01-31. */
#define FIXED_TIME "1769817600"

/* On stderr stands a line for each of the case's warnings, and nothing else. */
static void check_warnings(struct run *run, const struct command_result *result)
{
        struct json_object *warnings = json_get_array(run->expected, "warnings");
        struct text rest = { result->err, result->err_len }, line;
        size_t n = 0;

        for (; text_next_line(&rest, &line); n++)
                if (n >= json_array_size(warnings) || !text_holds(line, json_item_text(warnings, n)))
                        complain(run, "stderr: %.*s", TEXT_ARGS(text_chomp(line)));
        for (; n < json_array_size(warnings); n++)
                complain(run, "no warning '%.*s'", TEXT_ARGS(json_item_text(warnings, n)));
}

static int judge(struct run *run, const char *format, struct command_result *ret)
{
        struct json_object *names = json_get_array(run->expected, "check");
        _cleanup_line_ struct command_line line = { 0 };
        int r;

        add_agentctl(&line, run, format);
        add_argument(&line, names ? "check" : "ready");
        add_list(&line, names);
        r = run_command(line.argv, json_get_true(run->expected, "notRoot"), ret);
        if (r < 0)
                complain(run, "cannot run agentctl: %s", strerror(-r));
        else
                check_warnings(run, ret);

        return r;
}

static void check_exit(struct run *run, const struct command_result *json, const struct command_result *text)
{
        int64_t expected;

        if (json_get_int(run->expected, "exit", &expected) < 0)
                complain(run, "the case expects no exit code");
        else if (json->status != expected)
                complain(run, "exit code %d, expected %lld", json->status, (long long) expected);
        if (json->status != text->status)
                complain(run, "text output ends with %d, JSON with %d", text->status, json->status);
        check_plain(run, text, false);
}

static void check_report(struct run *run, const struct command_result *result)
{
        _cleanup_json_ struct json_object *report = parse_result(run, "the report", result);

        if (!report)
                return;
        check_contract(report, &run->complaints);
        check_expectations(run->expected, report, &run->complaints);
}

static int judge_and_compare(struct run *run)
{
        _cleanup_result_ struct command_result first = { 0 }, second = { 0 }, text = { 0 };
        _cleanup_tree_ struct tree before = { 0 }, after = { 0 };
        int r;

        r = tree_read(run->tree, &before);
        if (r >= 0)
                r = judge(run, "--json", &first);
        if (r >= 0)
                r = judge(run, "--json", &second);
        if (r >= 0)
                r = judge(run, "--no-color", &text);
        if (r >= 0)
                r = tree_read(run->tree, &after);
        if (r < 0)
                return r;

        check_report(run, &first);
        check_exit(run, &first, &text);
        cut_time(&first);
        cut_time(&second);
        if (!string_equal(first.out, second.out))
                complain(run, "two runs gave different reports");
        tree_compare(run, "the scan", &before, &after, 0, NULL);
        return 0;
}

/* Why the case cannot be tried here, or NULL. */
static const char *not_here(const struct run *run)
{
        bool root = geteuid() == 0;

        if (!root && json_get_true(run->expected, "needsRoot"))
                return "needs root";
        if (!root && json_get_true(run->expected, "notRoot"))
                return "becomes an ordinary user, which only root can";

        return NULL;
}

static const char *run_case(struct run *run)
{
        const char *why_not;
        int r;

        if (case_load(run) < 0)
                return NULL;
        why_not = not_here(run);
        if (why_not)
                return why_not;

        r = case_make(run);
        if (r >= 0)
                r = judge_and_compare(run);
        if (r < 0 && r != -EPERM)
                complain(run, "cannot be tried: %s", strerror(-r));
        case_remove(run);

        return r == -EPERM ? "this file system, or this user, cannot make the set-up" : check_fixes(run);
}

static void print_complaints(const struct buffer *complaints)
{
        struct text rest = { complaints->data, complaints->len }, line;

        while (text_next_line(&rest, &line))
                printf("# %.*s\n", TEXT_ARGS(text_chomp(line)));
}

static bool run_named(const char *agentctl, const char *roots, const char *name, size_t number)
{
        struct run run = { .agentctl = agentctl, .roots = roots, .name = name };
        const char *why_not = run_case(&run);
        bool ok = run.complaints.len == 0 && !run.complaints.failed;

        printf("%s %zu - %s%s%s\n", ok ? "ok" : "not ok", number, name, why_not && ok ? " # SKIP " : "",
               why_not && ok ? why_not : "");
        print_complaints(&run.complaints);
        (void) fflush(stdout);
        buffer_done(&run.complaints);
        json_free(run.expected);
        return ok;
}

static int is_case(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

/* "--part=2/4" runs every fourth case, from the second on, so that a test runner can use all processors. */
struct part {
        unsigned number, of;
};

static bool parse_part(const char *argument, struct part *ret)
{
        char end;

        return sscanf(argument, "--part=%u/%u%c", &ret->number, &ret->of, &end) == 2 && ret->number >= 1 &&
               ret->number <= ret->of;
}

int main(int argc, char *argv[])
{
        struct part part = { 1, 1 };
        struct dirent **entries = NULL;
        size_t number = 0, n_failed = 0;
        int n;

        if (argc < 3) {
                fprintf(stderr, "use: run-roots AGENTCTL ROOTS-DIRECTORY [CASE... | --part=K/N]\n");
                return 2;
        }
        if (setenv("SOURCE_DATE_EPOCH", FIXED_TIME, 1) < 0)
                return 1;
        if (argc == 4 && parse_part(argv[3], &part))
                argc--;
        n = argc == 3 ? scandir(argv[2], &entries, is_case, alphasort) : 0;
        if (n < 0) {
                fprintf(stderr, "run-roots: '%s': %s\n", argv[2], strerror(errno));
                return 1;
        }

        for (int i = 0; i < n; i++) {
                if ((unsigned) i % part.of == part.number - 1)
                        n_failed += !run_named(argv[1], argv[2], entries[i]->d_name, ++number);
                free(entries[i]);
        }
        free(entries);
        for (int i = 3; i < argc; i++)
                n_failed += !run_named(argv[1], argv[2], argv[i], ++number);
        printf("1..%zu\n", number);

        return number == 0 || n_failed > 0;
}
