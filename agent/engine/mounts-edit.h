/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Editing /etc/fstab for fixers: which line a finding is about, what may be done to it, and how lines are
 * commented out. The text of a unit is not edited here, and its findings are refused. */

#include "engine/mounts.h"
#include "engine/plan.h"

struct mounts_edit {
        struct plan *plan;           /* borrowed */
        const struct mounts *mounts; /* as they were before the edit */
        struct fstab *fstab; /* what is edited, with the same line numbers; NULL when there is no fstab */
};

_must_check_ int mounts_edit_begin(struct plan *plan, struct mounts_edit *ret);
/* Plans the new content; nothing when it is the old one, so that a file that cannot be written does not
 * matter then. */
_must_check_ int mounts_edit_commit(struct mounts_edit *edit);
/* The same of a content that is made elsewhere. */
_must_check_ int mounts_edit_write(struct mounts_edit *edit, struct text content);
void mounts_edit_done(struct mounts_edit *edit);
#define _cleanup_mounts_edit_ _cleanup_(mounts_edit_done)

/* 1 and the entry whose line of fstab a finding is about; 0 after the finding was refused, because it is
 * about a unit or about no line that can be read. */
_must_check_ int mounts_edit_find(struct mounts_edit *edit, const struct finding *finding,
                                  const struct mount_entry **ret);
/* What an editing function of formats/fstab.h returned: 1 when the line was edited, or had no need of it; 0
 * after the finding was refused, because the line would not be one any more. Other errors as they are. */
_must_check_ int mounts_edit_result(struct mounts_edit *edit, const struct finding *finding, int r);
/* Comments a line out, with the name of this program and the date in front; results as of
 * fstab_comment_out(). */
_must_check_ int mounts_edit_comment_out(struct mounts_edit *edit, size_t number);
