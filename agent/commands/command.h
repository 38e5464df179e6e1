/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"
#include "engine/conf-file.h"
#include "engine/context.h"
#include "engine/plan.h"
#include "report/report.h"

/* The same in every output format. */
enum exit_code {
        EXIT_OK = 0,
        EXIT_FINDINGS = 1,
        EXIT_USAGE = 2,
        EXIT_UNKNOWN = 3,
        EXIT_REFUSED = 4,
};

struct arguments {
        const char *root;
        bool assume_live; /* the root is a dump of a running system: its proc and sys are the kernel's */
        bool json;
        bool no_color;
        const char *config; /* this file of ours instead of those of the root */
        bool no_daemon;     /* this process does it */
        const char *socket; /* nobody but who listens there does it */
        bool oneline;
        const char *format;
        const char *output; /* the report goes into this file; NULL: to stdout */
        bool fresh;         /* settle, judge, sync */
        bool send;          /* to the sinks */
        struct scan_options scan;
        bool has_profile;         /* the user has named it */
        enum profile own_profile; /* what agent.conf says, after apply_config() */
        bool all;                 /* every fixer */
        bool yes;                 /* do not ask */
        bool dry_run;             /* change nothing */
        struct fix_options fix;
        const char *reason; /* of a waiver */
        const char *until;
        bool remove;              /* the waiver */
        const char *const *names; /* after the command; NULL-terminated */
        size_t n_names;
};

/* Each takes the parsed command line and returns an exit code. */
int command_overview(const struct arguments *arguments);
int command_check(const struct arguments *arguments);
int command_ready(const struct arguments *arguments);
int command_report(const struct arguments *arguments);
int command_explain(const struct arguments *arguments);
int command_list(const struct arguments *arguments);
int command_fix(const struct arguments *arguments);
int command_undo(const struct arguments *arguments);
int command_history(const struct arguments *arguments);
int command_waive(const struct arguments *arguments);
int command_status(const struct arguments *arguments);
int command_watch(const struct arguments *arguments);

/* What can be named, a line each: "area", "probe" or "fixer", the name, what it is, between tabs. */
void add_name_tables(struct buffer *out);

/* What agent.conf says about judging goes into the arguments, where the command line says nothing. 0, or an
 * exit code after the sentence was printed; what is wrong in the file is only warned about. */
_must_check_ int apply_config(struct arguments *arguments);

/* One sentence on stderr, as "agentctl: …"; returns the exit code. */
int fail(enum exit_code code, const char *format, ...) _printf_(2, 3);
int fail_memory(void);

/* Opens the root that the arguments name. On failure *ret_code is set, the sentence is printed, and the
 * result is NULL. */
struct root *open_root(const struct arguments *arguments, int *ret_code);
/* The first name that no probe has; NULL when all are known. */
const char *unknown_name(const char *const *names);
struct report_style output_style(const struct arguments *arguments);
/* Writes the result to stdout, all of it or an error: code, or EXIT_REFUSED when it could not be written. */
int print_output(struct buffer *out, int code);
/* Puts the result in the place of the file, so that a reader has the old one or the new one: code, or
 * EXIT_REFUSED with the sentence. Never through a symbolic link. */
int write_output(const char *file, struct buffer *out, int code);
/* What is wrong with the agent's own files: a sentence each on stderr. */
void print_warnings(const struct warnings *warnings);
