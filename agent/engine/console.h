/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"
#include "engine/boot.h"
#include "formats/console-argument.h"

struct context;
struct finding;
struct host;

#define CONSOLE_ALL_ROLES ((1u << BOOT_ROLE_COUNT) - 1)
/* How many consoles of one line are told apart; the kernel itself keeps eight. */
#define CONSOLES_MAX 16

/* What the console probes and their fixers share: the console= parameters of a command line in their order,
 * and one finding for each file that holds a fault. */

/* The next console= of a line that has a value, at or after *index (0 in the beginning). */
bool console_next(const struct boot_line *line, size_t *index, const struct kernel_cmdline_token **ret_token,
                  struct console_argument *ret);
/* Whether two consoles are of one type; *ret_token is the second of the first such pair. */
bool console_find_duplicate(const struct boot_line *line, const struct kernel_cmdline_token **ret_token);
/* Adds the console= tokens as they stand, in order, or "none". */
void console_print_list(const struct boot_line *line, struct buffer *out);
/* Adds the console= tokens as they should be (Linux, Documentation/admin-guide/serial-console.rst): each
 * device type once, at the place of its last occurrence, with the options of whichever has some; malformed
 * values corrected; the screen first when it was not named. serial ("ttyS0") is put at the end when the line
 * has no console on it; NULL adds none. */
void console_print_required(const struct boot_line *line, const char *serial, struct buffer *out);
/* The serial port that the platform's console output is taken from: "ttyS0", on arm64 "ttyAMA0"; NULL for an
 * architecture that it does not have. */
const char *console_serial_device(const struct host *host);
bool console_has_serial(const struct boot_line *line, const char *serial);

/* The faults of one rule that come from one file in one role. */
struct console_source {
        enum boot_role role;
        const char *path; /* where the text stands that is at fault */
        unsigned line;
        const struct boot_line *first; /* the first line with the fault */
        size_t n_lines;                /* how many have it */
        bool uncertain;                /* nothing could be judged: first->uncertain says why */
        bool has_default;              /* one of them is the entry that starts by itself */
};

struct console_sources {
        struct console_source *items;
        size_t n;
        size_t n_judged; /* lines that were looked at */
};

/* Whether the line has the fault; *ret_token is where, NULL for what is missing as a whole. */
typedef bool (*console_fault_test)(const struct boot_line *line, void *userdata,
                                   const struct kernel_cmdline_token **ret_token);

/* Puts every line of the roles (a mask of 1 << role) that counts through the test. -ENOMEM. */
_must_check_ int console_find(const struct boot *boot, unsigned roles, console_fault_test test,
                              void *userdata, struct console_sources *ret);
void console_sources_done(struct console_sources *sources);
#define _cleanup_console_sources_ _cleanup_(console_sources_done)

/* "next:/boot/grub2/grubenv": names a source from run to run. NULL without memory. */
char *console_key(const struct console_source *source);
/* Reports as unknown every source that could not be judged, and so the whole when nothing was. */
_must_check_ int console_report_unknown(struct context *context, const struct console_sources *sources);
/* Adds what is the same for each finding about a source: role, title of the entry, number of entries. */
void console_add_facts(struct context *context, struct finding *finding, const struct console_source *source);
/* Reports that no line has the fault, and what was looked at. */
void console_report_pass(struct context *context, const struct boot *boot, const char *summary);

/* How a line differs from the one of the next boot, apart from what differs by its nature: what the loader
 * adds, and in a template what grub-mkconfig adds. */
struct console_comparison {
        bool consoles;                  /* the console= lists differ, in content or in order */
        struct buffer reference, other; /* the two lists */
        struct buffer parameters; /* other tokens: "+a" only the other line has, "-b" only the reference */
};

/* 1 when they differ, 0 when not, -ENOMEM. */
_must_check_ int console_compare(const struct boot_line *reference, const struct boot_line *other,
                                 struct console_comparison *ret);
void console_comparison_done(struct console_comparison *comparison);
#define _cleanup_console_comparison_ _cleanup_(console_comparison_done)

/* A malformed console=. One value in one file counts once, however many entries show it. */
struct console_fault_place {
        const struct boot_line *line;
        const struct boot_part *part;
        const struct kernel_cmdline_token *token;
        struct console_argument console;
};

struct console_faults {
        struct console_fault_place *items;
        size_t n;
};

/* -ENOMEM. */
_must_check_ int console_find_faults(const struct boot *boot, struct console_faults *ret);
const char *console_fault_path(const struct console_fault_place *fault);
void console_faults_done(struct console_faults *faults);
#define _cleanup_console_faults_ _cleanup_(console_faults_done)
