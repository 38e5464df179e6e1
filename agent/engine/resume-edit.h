/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Taking away what names swap that is not configured, see engine/resume.h. */

#include "formats/kernel-cmdline.h"

struct context;
struct plan;

/* Removes each resume= and rd.lvm.lv= of swap that no line and no unit configures, and the resume_offset=
 * that belongs to the former. 1 when something was removed, 0 when not, or a negative errno. A line with
 * noresume stays: the kernel asks for nothing there. */
_must_check_ int resume_edit_cmdline(struct context *context, struct kernel_cmdline *cmdline);

/* A file of the configuration of an initramfs, and what became of it. */
struct resume_edit {
        const char *path;    /* borrowed from the result */
        unsigned line;       /* of the first assignment that was to be changed */
        const char *refusal; /* why it cannot be edited, half a sentence; then it stays as it is. Else NULL */
};

struct resume_edits {
        struct resume_edit *items; /* the files that name such swap */
        size_t n;
        char **paths; /* memory */
};

/* Plans the new content of the configuration of initramfs-tools (RESUME=none) and dracut (without the words).
 * It takes effect when the initramfs is made anew. */
_must_check_ int resume_edit_initramfs(struct plan *plan, struct resume_edits *ret);
void resume_edits_done(struct resume_edits *edits);
#define _cleanup_resume_edits_ _cleanup_(resume_edits_done)
