/* SPDX-License-Identifier: Apache-2.0 */

/* The golden roots: every tests/roots/CASE/case.json is a test; adding one needs no code. Each is copied, set
 * up, and judged by the real agentctl; what it says is held against the interface and against the case, and
 * the tree must be as it was. use: run-roots AGENTCTL ROOTS-DIRECTORY [CASE... | --part=K/N] */

#include "roots.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { CASE_LIMIT = 1024 * 1024, REPORT_LIMIT = 64 * 1024 * 1024, MAX_ARGUMENTS = 48 };

struct run {
        const char *agentctl;
        const char *roots;
        const char *name;
        struct json_object *expected;
        char *tree; /* the copy that is judged */
        struct buffer complaints;
};

static int load_file(const char *path, char **ret, size_t *ret_len)
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

static int load_case(struct run *run)
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
                buffer_addf(&run->complaints, "case.json: %s\n", cause ? cause : strerror(-r));

        return r;
}

static int copy_tree(const char *from, const char *to)
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
                buffer_addf(&run->complaints, "cannot copy '%s': %s\n", directory, strerror(-r));

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
                        buffer_addf(&run->complaints, "setup step %zu: %s\n", i + 1, strerror(-r));
                        return r;
                }
        }

        return 0;
}

struct command_line {
        const char *argv[MAX_ARGUMENTS];
        size_t n;
        char *owned[MAX_ARGUMENTS];
        size_t n_owned;
};

static void add_argument(struct command_line *line, const char *argument)
{
        if (line->n + 1 < MAX_ARGUMENTS)
                line->argv[line->n++] = argument;
}

static void add_list(struct command_line *line, struct json_object *array)
{
        for (size_t i = 0; i < json_array_size(array) && line->n_owned < MAX_ARGUMENTS; i++) {
                char *copy = text_dup(json_item_text(array, i));

                line->owned[line->n_owned++] = copy;
                add_argument(line, copy ? copy : "");
        }
}

static void make_command(const struct run *run, const char *format, struct command_line *line)
{
        struct json_object *names = json_get_array(run->expected, "check");

        add_argument(line, run->agentctl);
        add_argument(line, "--root");
        add_argument(line, run->tree);
        add_argument(line, format);
        if (json_get_true(run->expected, "live"))
                add_argument(line, "--assume-live");
        add_list(line, json_get_array(run->expected, "options"));
        add_argument(line, names ? "check" : "ready");
        add_list(line, names);
}

static void command_line_done(struct command_line *line)
{
        for (size_t i = 0; i < line->n_owned; i++)
                free(line->owned[i]);
}
#define _cleanup_line_ _cleanup_(command_line_done)

static int judge(struct run *run, const char *format, struct command_result *ret)
{
        _cleanup_line_ struct command_line line = { 0 };
        int r;

        make_command(run, format, &line);
        r = run_command(line.argv, json_get_true(run->expected, "notRoot"), ret);
        if (r < 0)
                buffer_addf(&run->complaints, "cannot run agentctl: %s\n", strerror(-r));
        else if (ret->err_len > 0)
                buffer_addf(&run->complaints, "stderr: %s\n", ret->err);

        return r;
}

/* The report without the time, which is the one thing that may differ. */
static void cut_time(struct command_result *result)
{
        char *time = result->out ? strstr(result->out, "\"time\":") : NULL;

        for (; time && *time && *time != '\n'; time++)
                *time = ' ';
}

static void check_exit(struct run *run, const struct command_result *json, const struct command_result *text)
{
        int64_t expected;

        if (json_get_int(run->expected, "exit", &expected) < 0)
                buffer_addf(&run->complaints, "the case expects no exit code\n");
        else if (json->status != expected)
                buffer_addf(&run->complaints, "exit code %d, expected %lld\n", json->status,
                            (long long) expected);
        if (json->status != text->status)
                buffer_addf(&run->complaints, "text output ends with %d, JSON with %d\n", text->status,
                            json->status);
        for (size_t i = 0; i < text->out_len; i++)
                if ((unsigned char) text->out[i] < 0x20 && text->out[i] != '\n') {
                        buffer_addf(&run->complaints, "a control character in the text output\n");
                        break;
                }
}

static void check_report(struct run *run, const struct command_result *result)
{
        _cleanup_json_ struct json_object *report = NULL;
        const char *cause = NULL;
        int r;

        r = json_parse(result->out, result->out_len, REPORT_LIMIT, &report, &cause);
        if (r < 0) {
                buffer_addf(&run->complaints, "the report is no JSON document: %s\n",
                            cause ? cause : strerror(-r));
                return;
        }

        check_contract(report, &run->complaints);
        check_expectations(run->expected, report, &run->complaints);
}

static int judge_and_compare(struct run *run)
{
        _cleanup_result_ struct command_result first = { 0 }, second = { 0 }, text = { 0 };
        _cleanup_free_ char *before = NULL, *after = NULL;
        int r;

        r = snapshot_tree(run->tree, &before);
        if (r >= 0)
                r = judge(run, "--json", &first);
        if (r >= 0)
                r = judge(run, "--json", &second);
        if (r >= 0)
                r = judge(run, "--no-color", &text);
        if (r >= 0)
                r = snapshot_tree(run->tree, &after);
        if (r < 0)
                return r;

        check_report(run, &first);
        check_exit(run, &first, &text);
        cut_time(&first);
        cut_time(&second);
        if (!string_equal(first.out, second.out))
                buffer_addf(&run->complaints, "two runs gave different reports\n");
        if (!string_equal(before, after))
                buffer_addf(&run->complaints, "the scan changed the tree\n");
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
        char directory[] = "/tmp/ecs-guest-agent-root.XXXXXX";
        const char *why_not;
        int r;

        if (load_case(run) < 0)
                return NULL;
        why_not = not_here(run);
        if (why_not)
                return why_not;
        if (!mkdtemp(directory) || chmod(directory, 0755) < 0) {
                buffer_addf(&run->complaints, "mkdtemp: %s\n", strerror(errno));
                return NULL;
        }

        run->tree = directory;
        r = copy_parts(run);
        if (r >= 0)
                r = set_up(run);
        if (r == -EPERM)
                why_not = "this file system, or this user, cannot make the set-up";
        else if (r >= 0)
                (void) judge_and_compare(run);
        remove_tree(directory);
        run->tree = NULL;
        return why_not;
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
