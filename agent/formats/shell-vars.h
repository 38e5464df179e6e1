/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files of shell variables: /etc/sysconfig/NAME, /etc/default/NAME, ifcfg-NAME. No shell is run: a value is
 * certain when every POSIX shell that reads the file (dash, bash) ends with it, and otherwise uncertain with
 * a line and a cause. Whatever may change variables behind our back (eval, another file, a function) makes
 * all of them uncertain; what may or may not be run (if, &&) only those that are assigned in it. Syntax
 * errors that make a shell refuse the file are seen, except for those inside of a command substitution. */

#include "base/text.h"

struct shell_assignment {
        struct text before;    /* every byte since the value before this one; ends in "NAME=" */
        struct text raw_value; /* with its quotes */
        struct text name;
        struct text value; /* without quotes and with variables replaced; empty where that is not known */
        unsigned line;     /* of the name, from 1 */
        unsigned nth;      /* 1 for the first assignment of that name in this file, then 2 … */
        bool append;       /* "NAME+=" */
        bool exported;     /* after "export" */
        bool expands;      /* the value refers to another variable */

        const char *uncertain; /* why the variable may not have this value afterwards, or NULL */
        /* Why replacing the value alone would not be a safe edit, or NULL: it is uncertain, not the only one
         * of that name, refers to a variable, spans lines, or shares its line with another assignment. */
        const char *not_plain;
        bool only_expands; /* not plain for no other reason than that it refers to a variable */
};

enum shell_state {
        SHELL_UNSET,
        SHELL_CERTAIN,
        SHELL_UNCERTAIN,
};

/* What is known of a variable once everything was read. */
struct shell_value {
        struct text text;  /* SHELL_CERTAIN only */
        const char *cause; /* SHELL_UNCERTAIN only; static */
        unsigned file; /* where it got that value or became uncertain: as given to shell_vars_parse_in() */
        unsigned line;
};

/* The variables of one shell that reads one file after another. */
struct shell_scope;

struct shell_vars {
        struct shell_assignment *assignments;
        size_t n_assignments;
        struct text tail; /* every byte after the last value */

        char *data;
        char **edits; /* memory of values that were replaced */
        size_t n_edits;
        char **decoded; /* one for each assignment, or NULL */
        struct shell_scope *own_scope;
};

/* Takes any bytes. -ENOMEM is the only error. The bytes are copied. */
_must_check_ int shell_vars_parse(const char *data, size_t len, struct shell_vars **ret);
/* The same for a file that is read after others. The scope refers to each file: free it first, and do not use
 * it again after an error. */
_must_check_ int shell_vars_parse_in(struct shell_scope *scope, unsigned file, const char *data, size_t len,
                                     struct shell_vars **ret);
/* Adds the file to out, byte for byte as it was parsed. */
void shell_vars_print(const struct shell_vars *vars, struct buffer *out);
/* Takes NULL, returns NULL. */
struct shell_vars *shell_vars_free(struct shell_vars *vars);

/* The value in effect after shell_vars_parse(); SHELL_UNSET sets nothing. */
enum shell_state shell_vars_get(const struct shell_vars *vars, const char *name,
                                struct shell_value *ret_value);
/* How many assignments of the variable stand in the file, certain or not. */
size_t shell_vars_count(const struct shell_vars *vars, const char *name);
/* The last assignment of the variable in the file, or NULL. */
const struct shell_assignment *shell_vars_last(const struct shell_vars *vars, const char *name);

/* Replaces the value of an assignment of vars, quoted as the old one where that can be; every other byte
 * stays. -EPERM when the assignment is not plain, -EINVAL for a value with a line break or a NUL byte. What
 * shell_vars_get() and shell_scope_get() answer stays as it was read. */
_must_check_ int shell_vars_set_value(struct shell_vars *vars, const struct shell_assignment *assignment,
                                      struct text value);

/* What stands between the double quotes of a value that is plain but for variables it refers to, when nothing
 * in it is quoted or escaped once more. False, and nothing set, otherwise. */
bool shell_vars_get_quoted(const struct shell_assignment *assignment, struct text *ret);
/* Replaces that by text, which is written as it is. -EPERM when there is no such text, -EINVAL when it would
 * not be one afterwards. */
_must_check_ int shell_vars_set_quoted(struct shell_vars *vars, const struct shell_assignment *assignment,
                                       struct text text);

/* Adds the file to out with a line NAME="value" behind everything else, for a variable that it does not set.
 * -EPERM, and nothing added, where that line would not give the variable this value for certain: in a file
 * that ends inside of a quote, a block or a continued line, that may end before, or that sets the variable.
 * -EINVAL for a value with a line break or a NUL byte. */
_must_check_ int shell_vars_append(struct text content, const char *name, struct text value,
                                   struct buffer *out);

/* NULL without memory. */
struct shell_scope *shell_scope_new(void);
/* Only bash reads these files (dracut's, for one): "NAME+=" is understood then. Before the first file. */
void shell_scope_assume_bash(struct shell_scope *scope);
/* A variable whose name begins so is empty until a file assigns it: nobody exports such a name. The prefix
 * has to outlive the scope. */
void shell_scope_assume_empty(struct shell_scope *scope, const char *prefix);
/* Takes NULL, returns NULL. */
struct shell_scope *shell_scope_free(struct shell_scope *scope);
enum shell_state shell_scope_get(const struct shell_scope *scope, struct text name,
                                 struct shell_value *ret_value);

static inline void shell_vars_free_pointer(struct shell_vars **vars)
{
        (void) shell_vars_free(*vars);
}

static inline void shell_scope_free_pointer(struct shell_scope **scope)
{
        (void) shell_scope_free(*scope);
}

#define _cleanup_shell_vars_ _cleanup_(shell_vars_free_pointer)
#define _cleanup_shell_scope_ _cleanup_(shell_scope_free_pointer)
