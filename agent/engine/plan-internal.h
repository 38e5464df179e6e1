/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How a plan is made (plan*.c) and carried out (change*.c, transaction*.c). */

#include "engine/fixer.h"
#include "engine/node.h"
#include "engine/plan-make.h"

struct plan {
        struct root *root; /* planned: borrowed */
        const struct scan_options *scan;
        const struct fix_options *options;

        struct change **changes; /* in the order in which they are made */
        size_t n_changes;
        struct plan_refusal *refusals;
        size_t n_refusals;
        char **hints;
        size_t n_hints;
        bool failed; /* no memory for something that has no other way to say so */

        struct context *before; /* the system as it is */
        struct context *now;    /* as the fixers so far have left it; the same as before in the beginning */
        struct context *after;  /* as all of them leave it; the same as before when nothing changes */
        const struct fixer *fixer;
        size_t n_kept; /* changes, refusals and hints of the fixers before this one */
        size_t n_kept_refusals;
        size_t n_kept_hints;
        struct plan_claim *claims; /* what fixers say that they cure */
        size_t n_claims;

        enum plan_state state;
        char *reason;
        enum risk risk;
        bool reboot;
};

/* "KEY" will be cured by the changes of a fixer. */
struct plan_claim {
        const struct fixer *fixer;
        char *key;
        bool pending; /* only the next boot shows it */
};

struct change *change_free(struct change *change);
static inline void change_free_pointer(struct change **change)
{
        (void) change_free(*change);
}
#define _cleanup_change_ _cleanup_(change_free_pointer)
/* Appends a change and takes it over. */
_must_check_ int plan_add(struct plan *plan, struct change **change);
struct diag *plan_diag(struct plan *plan);
/* The change of this kind to a path that is planned, or NULL. */
struct change *plan_find(const struct plan *plan, const char *path);
/* A path that an earlier fixer changes gets the later one's result in the earlier one's place. */
void plan_merge(struct plan *plan);
/* What came to nothing in the end is no change, in the overlay neither, and commands come last. */
_must_check_ int plan_arrange(struct plan *plan);
/* Into the overlay of the root. */
_must_check_ int plan_put_in_place(struct plan *plan);
/* Sees to it that the context on the tree as it is planned now has the findings of these probes; NULL means
 * all. It is kept until something more is planned, and so are the views that they ask. */
_must_check_ int plan_judge(struct plan *plan, const char *const *names);
/* Judges the system as it would be, and decides the state. */
_must_check_ int plan_conclude(struct plan *plan, const char *const *names);
/* Forgets what the fixer that runs has planned. */
void plan_drop(struct plan *plan);
