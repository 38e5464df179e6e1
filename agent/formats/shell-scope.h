/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The variables while a shell file is read; internal to formats/shell-*. */

#include "formats/shell-vars.h"

/* Makes the variable certain (cause NULL) or uncertain. ret_nth is its number within the file; NULL when this
 * is not an assignment. -ENOMEM. */
_must_check_ int shell_scope_set(struct shell_scope *scope, struct text name, const struct shell_value *value,
                                 unsigned *ret_nth);
/* How often it was assigned in the last file that did so. */
unsigned shell_scope_count(const struct shell_scope *scope, struct text name);
/* Whether an unassigned variable of that name is known to be empty. */
bool shell_scope_is_empty(const struct shell_scope *scope, struct text name);
bool shell_scope_is_bash(const struct shell_scope *scope);
/* From here on nothing is certain, neither before nor after. The first cause stays. */
void shell_scope_lose(struct shell_scope *scope, unsigned file, unsigned line, const char *cause);
/* Takes len bytes from what variables in values may grow to, all files together: "A=$B$B" in a row would
 * otherwise double with each line. */
bool shell_scope_spend(struct shell_scope *scope, size_t len);

/* Appends an assignment, not decoded yet. -ENOMEM. */
_must_check_ int shell_vars_add(struct shell_vars *vars, const struct shell_assignment *assignment);
/* Adds the assignments of text, which has no NUL byte, to vars and carries them out in scope. -ENOMEM. */
_must_check_ int shell_parse(struct shell_vars *vars, struct text text, struct shell_scope *scope,
                             unsigned file);
/* Decodes the value of an assignment into out. Returns the cause when it is not certain, and NULL otherwise.
 * ret_expands is set to whether it refers to a variable, as far as it was read.
 * An argument ("export A=...") is expanded more than a plain assignment is. */
const char *shell_value_decode(struct shell_scope *scope, struct text raw, bool argument, struct buffer *out,
                               bool *ret_expands);
