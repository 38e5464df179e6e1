/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The only code that writes to the judged system. A set of changes is carried out in two steps: first every
 * new file is made beside its target, complete with owner, mode and attributes, and synced; only then are
 * they put in place, one rename each. Whatever goes wrong on the way is taken back. */

#include "engine/plan-make.h"

struct diag;
struct root;

/* Gives each change its temporary names. */
_must_check_ int changes_prepare(struct change *const *changes, size_t n);

/* Forwards from before to after, in order; backwards the other way round, in the opposite order. Commands are
 * passed over. A file that is neither what it should be nor what it is to become: -ESTALE, and its path in
 * the diag. After any error everything that was done is taken back; *ret_taken_back says whether all of it
 * could be. What somebody else did is left alone, also where it is the same. */
_must_check_ int changes_carry_out(struct root *root, struct change *const *changes, size_t n, bool backwards,
                                   bool *ret_taken_back, struct diag *diag);

/* After a crash: takes away what was left beside the targets, and brings back every `before`. Somebody else's
 * edit is kept: 1 when there is one, with its path in the diag; 0 when all is as before. */
_must_check_ int changes_recover(struct root *root, struct change *const *changes, size_t n,
                                 struct diag *diag);

/* The first change whose file is not as it is after it, or NULL; *ret is what stands there. */
_must_check_ int changes_find_edited(struct root *root, struct change *const *changes, size_t n,
                                     const struct change **ret_change, struct node *ret);
