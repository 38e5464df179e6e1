/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Lines of /proc/PID/mountinfo, see proc_pid_mountinfo(5). */

#include "base/text.h"

struct mountinfo {
        struct text device; /* "253:1" */
        struct text point;  /* as written: blanks and the like are \ooo */
        bool read_only;     /* the mount, or the file system below it */
        struct text type;
        struct text source; /* as written */
};

/* Takes the next well-formed line off the front of rest; others are passed over. False at the end. */
bool mountinfo_next(struct text *rest, struct mountinfo *ret);
/* Whether a path as written in mountinfo is this one. */
bool mountinfo_path_equal(struct text written, const char *path);
/* The mount on top at exactly this mount point: the last line that has it. False when nothing is mounted. */
bool mountinfo_find(struct text content, const char *point, struct mountinfo *ret);
/* The mount that a path (absolute, without links) lies on. False when the content names none. */
bool mountinfo_holding(struct text content, const char *path, struct mountinfo *ret);
