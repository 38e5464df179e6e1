/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/json.h"
#include "base/text.h"

/* What the runner of the golden roots is made of. */

/* One step of "setup" in a case.json, done below the directory tree. -EOPNOTSUPP for an action that there is
 * not. */
_must_check_ int setup_step(const char *tree, struct json_object *step);
/* Removes a tree that a setup made, immutable files too. */
void remove_tree(const char *path);

/* All that a scan must leave as it was: names, types, modes, owners, times of change, link targets, contents.
 */
_must_check_ int snapshot_tree(const char *path, char **ret);

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

/* What stands in the way of the report being as the interface says; adds sentences. */
void check_contract(struct json_object *report, struct buffer *complaints);
/* Whether the report says what the case expects; adds sentences. */
void check_expectations(struct json_object *expected, struct json_object *report, struct buffer *complaints);
