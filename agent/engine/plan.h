/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is going to be changed, as fixers put it together. Nothing here touches the system: contents are kept,
 * and the context that fixers see (plan_context()) is that of the system with all of them in place, so that a
 * second fixer of a file starts from the first one's text, and views such as boot_get() describe the edited
 * files. When all have been asked, the engine judges the system as it would be: a plan that does not cure
 * what it claims to, or breaks what was whole, is refused. */

#include "base/text.h"

#include <sys/types.h>
#include <time.h>

struct context;
struct finding;
struct plan;

enum fix_strategy {
        FIX_NOFAIL,  /* lines of fstab become optional */
        FIX_COMMENT, /* they are commented out */
};

struct fix_options {
        bool force;                 /* --force: also on systems that the fix was not made for */
        bool install;               /* --install: run the package manager */
        bool now;                   /* --now: also what changes the running system, such as swapoff */
        enum fix_strategy strategy; /* --strategy */
        time_t time;                /* for the dates of tags */
        /* The root is the one that this process runs in: commands may be run. */
        bool commands;
};

/* The system as it will be after what was planned so far; the findings of the fixer's probes are among its
 * own. Valid, with all views and texts that came from it, until the fixer's plan() returns. */
struct context *plan_context(struct plan *plan);
const struct fix_options *plan_options(const struct plan *plan);

/* The next finding of the fixer's probes that fails and is not waived, the first for NULL; NULL at the end.
 * With --force, and FIXER_FORCE, there may be none. */
const struct finding *plan_next_finding(const struct plan *plan, const struct finding *previous);

/* Each takes effect for the next fixer, not for this one: it edits a file once, with all of its findings.
 * Paths are inside the root and links in them are followed, so that the target of a link is edited and the
 * link stays. All copy what they are given.
 *
 * 0 also when there is nothing to do because it is so already. -EPERM, with the diag set, when the engine
 * will not touch the file: immutable, more than one hard link, a mount point, on a read-only file system, a
 * link to nowhere, not a regular file, below /proc, /sys or /dev. Other errors as of reading. */

/* The whole new content of a file. Owner, mode and attributes stay; a new file is root's, with this mode. */
_must_check_ int plan_write(struct plan *plan, const char *path, struct text content, mode_t mode_if_new);
/* A directory, and those above it, where none is. */
_must_check_ int plan_directory(struct plan *plan, const char *path, mode_t mode);
/* A symbolic link where nothing is; -EEXIST when something else is there. */
_must_check_ int plan_symlink(struct plan *plan, const char *path, const char *target);
/* A regular file or symbolic link, not followed, is removed. 0 when there is none. */
_must_check_ int plan_remove(struct plan *plan, const char *path);
/* Commands are run after all files are in place, in the order planned, each once however often it was
 * planned, without a shell, with a closed environment; argv[0] is an absolute path. undo_argv is run after
 * the files are back; NULL when nothing has to be. -EOPNOTSUPP, with the diag set, where options->commands is
 * false: a fixer then refuses, or gives a hint when the rest is whole without the command. */
_must_check_ int plan_run(struct plan *plan, const char *const *argv, const char *const *undo_argv);

/* Why this finding is not cured, as half a sentence without a full stop ("its line is quoted in a way that
 * …"). NULL means all findings of the fixer. Always returns 0, or -ENOMEM. */
_must_check_ int plan_refuse(struct plan *plan, const struct finding *finding, const char *format, ...)
        _printf_(3, 4);
/* Something the user has to know or do: one sentence with a full stop. 0, or -ENOMEM. */
_must_check_ int plan_hint(struct plan *plan, const char *format, ...) _printf_(2, 3);
