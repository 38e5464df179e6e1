/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "crash/trace.h"
#include "roots.h"

/* A fix of a golden root, or its undo: what is interrupted. */
struct subject {
        struct run *run;
        struct json_object *fix; /* as in case.json */
        bool undo;
        const char *command;  /* that is disturbed: "fix" or "undo"; "history" for the next start */
        char *pristine;       /* a tree before the command; copied for each try */
        struct tree old, new; /* before and after the command */
        int status;           /* exit code of the command that nothing disturbs */
};

enum outcome { OLD, NEW, NEITHER };

/* subject.c: run->tree is the tree of the present try. */

_must_check_ int subject_fresh_tree(struct subject *subject);
void subject_drop_tree(struct subject *subject);
/* Runs "agentctl NAME" on the tree; for "fix" with what the case says. */
_must_check_ int subject_run(struct subject *subject, const char *name, struct command_result *ret);
/* Runs the command of the subject with something in its way. */
_must_check_ int subject_disturb(struct subject *subject, const struct trace_plan *plan,
                                 struct trace_result *ret);
/* Whether two trees are the same, but for the agent's own records; with times, those of files as well. */
bool subject_same(const struct tree *a, const struct tree *b, bool times);
/* What the tree is now. Complains when it is neither. */
enum outcome subject_outcome(struct subject *subject, const char *when);
/* Runs a command that nothing disturbs, and complains when it ends with another exit code. */
void must_run(struct subject *subject, const char *name, int status, int or_status);
/* A look at the history, which first finishes what was interrupted. */
void next_start(struct subject *subject);
void must_be(struct subject *subject, enum outcome wanted, const char *when);

/* try.c */

/* What the tries of one mode came to. */
struct tally {
        size_t points, tries, old, new;
};

/* One line of TAP, with what was complained of. */
void print_test(struct run *run, const char *title, const struct tally *tally);
/* The last line; the exit code. */
int print_end(void);
/* Each way to disturb, at every so many of the points. */
void try_modes(struct subject *subject, const char *title, size_t n_points, unsigned every);

/* order.c: whether the calls of an undisturbed run are in an order that survives a loss of power: a file is
 * synced before it gets its name, a record before what it records, and all of it before it counts as done.
 * Complains. */
void check_order(struct run *run, const struct trace_record *record, const char *tree);
