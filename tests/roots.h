/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "base/text.h"

#include <sys/stat.h>

/* What the runner of the golden roots is made of. */

enum { MAX_ARGUMENTS = 64, REPORT_LIMIT = 64 * 1024 * 1024 };

/* One case. */
struct run {
        const char *agentctl;
        const char *roots;
        const char *name;
        struct json_object *expected;
        char *tree;       /* the copy that is judged */
        const char *part; /* what complaints are about: a fix of the case; NULL for the verdict */
        struct buffer complaints;
};

/* Says that something is not as it should be. */
void complain(struct run *run, const char *format, ...) _printf_(2, 3);

/* roots-case.c: a case and its copy. */

_must_check_ int case_load(struct run *run);
/* A new copy of the case's root, set up; run->tree names it. -EPERM when the set-up needs rights or a file
 * system that are not here. Whatever it returns, case_remove() is to be called. */
_must_check_ int case_make(struct run *run);
void case_remove(struct run *run);
/* A template for mkdtemp(), in $TMPDIR. */
char *scratch_name(const char *what);
/* The content of a file of at most a megabyte. */
_must_check_ int load_file(const char *path, char **ret, size_t *ret_len);
_must_check_ int copy_tree(const char *from, const char *to);

/* roots-setup.c */

/* One step of "setup" in a case.json, done below the directory tree. -EOPNOTSUPP for an action that there is
 * not. */
_must_check_ int setup_step(const char *tree, struct json_object *step);
/* Removes a tree that a setup made, immutable files too. */
void remove_tree(const char *path);

/* roots-process.c */

struct command_line {
        const char *argv[MAX_ARGUMENTS];
        size_t n;
        char *owned[MAX_ARGUMENTS];
        size_t n_owned;
};

void add_argument(struct command_line *line, const char *argument);
/* Copies of the strings of a JSON array. */
void add_list(struct command_line *line, struct json_object *array);
/* agentctl with the options that the case has for every command; "--root TREE" among them. */
void add_agentctl(struct command_line *line, const struct run *run, const char *format);
void command_line_done(struct command_line *line);
#define _cleanup_line_ _cleanup_(command_line_done)

struct command_result {
        int status; /* exit code, or -signal */
        char *out;
        size_t out_len;
        char *err;
        size_t err_len;
};

/* Runs a program with a time limit; as an ordinary user when asked for. */
_must_check_ int run_command(const char *const *argv, bool as_nobody, struct command_result *ret);
void command_result_done(struct command_result *result);
#define _cleanup_result_ _cleanup_(command_result_done)
/* The document that a command printed; NULL after a complaint. */
struct json_object *parse_result(struct run *run, const char *what, const struct command_result *result);
/* Text output holds no control character, whatever the files hold; but for the tabs of a diff. */
void check_plain(struct run *run, const struct command_result *result, bool tabs);
/* The document without the time, which is the one thing that may differ. */
void cut_time(struct command_result *result);

/* roots-tree.c: all that there is to a tree: names, types, modes, owners, times of change, hard links, link
 * targets, contents, extended attributes (ACLs, labels and capabilities are such), inode flags. */

struct tree_entry {
        char *path; /* inside the tree; "" is its top */
        struct stat st;
        char *content;    /* digest, or target of a link; NULL where neither is */
        char *attributes; /* names and values of the extended ones */
        unsigned flags;   /* of the inode: immutable, append-only */
};

struct tree {
        struct tree_entry *entries; /* sorted by path */
        size_t n;
};

/* What comparing passes over. */
enum tree_pass {
        TREE_PASS_DIRECTORY_TIMES = 1 << 0,
        TREE_PASS_INODES = 1 << 1,
        TREE_PASS_META = 1 << 2,  /* everything but names, types and contents */
        TREE_PASS_STATE = 1 << 3, /* /var/lib/ecs-guest-agent, and the directories above when it made them */
        TREE_PASS_TIMES = 1 << 5,
        TREE_PASS_DIRECTORIES = 1 << 4, /* directories that only one of them has */
};

_must_check_ int tree_read(const char *path, struct tree *ret);
void tree_done(struct tree *tree);
#define _cleanup_tree_ _cleanup_(tree_done)
const struct tree_entry *tree_find(const struct tree *tree, struct text path);
/* Complains of every difference, except at the paths of the JSON array but (NULL for none) and, for
 * directories that are new, above one of them. */
void tree_compare(struct run *run, const char *what, const struct tree *before, const struct tree *after,
                  unsigned pass, struct json_object *but);

/* roots-expect.c */

/* What stands in the way of the report being as the interface says; adds sentences. */
void check_contract(struct json_object *report, struct buffer *complaints);
/* Whether the report says what the case expects; adds sentences. */
void check_expectations(struct json_object *expected, struct json_object *report, struct buffer *complaints);

enum expect_flags {
        EXPECT_FAILURES = 1 << 0, /* only failing findings have to be among those expected */
};

/* The same for a list of findings. */
void check_findings(struct json_object *wanted, struct json_object *findings, unsigned flags,
                    struct buffer *complaints);
struct text string_of(struct json_object *object, const char *key);
struct json_object *find_key(struct json_object *findings, struct text key);
bool text_holds(struct text text, struct text needle);
/* One finding against the interface. */
void check_finding_fields(struct json_object *finding, struct buffer *complaints);

/* Fields of an object that the interface promises, and the type of each. */
struct field {
        const char *name;
        const char *types; /* any of: s string, i integer, b boolean, o object, a array, n null; "?…": or
                              absent */
};

void check_fields(struct json_object *object, const char *what, const struct field *fields,
                  struct buffer *complaints);

/* roots-plan.c */

/* The plan against the interface. */
void check_plan(struct run *run, struct json_object *plan);
/* What the differences of a plan make of the tree, by patch(1), is what stands in applied. */
void check_patch(struct run *run, struct json_object *plan, const char *original, const struct tree *applied);
/* That the history has this transaction, in this state. */
void check_history(struct run *run, struct json_object *history, struct text transaction, const char *state);

/* roots-fix.c: "fix", or each of "fixes", of the case, each on a copy of its own. Returns why one could not
 * be tried here, or NULL. */
const char *check_fixes(struct run *run);
