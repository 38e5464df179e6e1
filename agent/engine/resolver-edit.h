/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Has single-request-reopen written: into a text in the syntax of resolv.conf, and into every setting that
 * its owner takes options from. Which files that means, and how each is edited, is decided here, once, for
 * the two fixers that need it. */

#include "engine/plan.h"
#include "engine/resolver.h"

/* Where there are no options at all: those of the public images. */
#define RESOLVER_DEFAULT_OPTIONS "timeout:2 attempts:3 rotate single-request-reopen"

/* Adds to out the content with the option, behind the first options line that glibc reads, or in a new line
 * with all of list. 1; 0, and nothing added, when it is in force already; -EPERM when another line turns it
 * off again. */
_must_check_ int resolver_edit_lines(struct text content, unsigned glibc_minor, const char *list,
                                     struct buffer *out);

/* Plans the edit of each of the settings, or of none. One that holds no options yet gets all of list. What
 * the user has to do beside it is said in hints. *ret_reason is NULL then; or why it cannot be done, as
 * plan_refuse() takes it: to be freed. */
_must_check_ int resolver_edit_settings(struct plan *plan, const struct resolver *resolver, const char *list,
                                        char **ret_reason);

/* Refuses every finding of the fixer, or, where --force asked it without one, the fixer as a whole. */
_must_check_ int resolver_edit_refuse(struct plan *plan, const char *reason);
