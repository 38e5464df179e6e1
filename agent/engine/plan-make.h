/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A whole plan: what several fixers would change, and how the system would be judged then. */

#include "base/digest.h"
#include "engine/context.h"
#include "engine/fixer.h"
#include "engine/node.h"

enum change_kind {
        CHANGE_WRITE,     /* a regular file is made, or gets another content */
        CHANGE_REMOVE,    /* a file or link is taken away */
        CHANGE_SYMLINK,   /* a link is made */
        CHANGE_DIRECTORY, /* a directory is made */
        CHANGE_RUN,       /* a command is run */
        CHANGE_KIND_COUNT
};

/* Interface names: "write", "remove", "symlink", "directory", "run". */
const char *change_kind_name(enum change_kind kind);
/* -EINVAL for a name that there is not. */
_must_check_ int change_kind_parse(const char *name, enum change_kind *ret);

struct change {
        const struct fixer *fixer; /* the first one that wants it; NULL when read from a record */
        enum change_kind kind;
        char *path; /* inside the root, without links; NULL for a command */
        struct node before, after;
        char **argv, **undo_argv; /* of a command; undo_argv may be NULL */
        char *temporary;          /* the name beside the path that it is made under; set when carried out */
        bool placed;              /* the root answers as if it were in place */
};

struct plan_refusal {
        const struct fixer *fixer; /* NULL: there is no fixer for it */
        char *key;                 /* of the finding; NULL for all of the fixer, or for the whole plan */
        char *reason;
        bool note; /* the finding is a note: what stays of it keeps nothing from being in order */
};

/* Interface names: "planned", "nothing_to_do", "refused", "applied", "pending_reboot", "verified", "failed",
 * "undone". The last two are for records only: "applying" and "undoing" are what a crash may leave. */
enum plan_state {
        PLAN_PLANNED,
        PLAN_NOTHING_TO_DO,
        PLAN_REFUSED,
        PLAN_APPLIED,
        PLAN_PENDING_REBOOT,
        PLAN_VERIFIED,
        PLAN_FAILED,
        PLAN_UNDONE,
        PLAN_APPLYING,
        PLAN_UNDOING,
        PLAN_STATE_COUNT
};

const char *plan_state_name(enum plan_state state);
_must_check_ int plan_state_parse(const char *name, enum plan_state *ret);

/* Whether a name is one of a fixer or probe, an area, or "all". */
bool plan_knows(const char *name);
/* Whether the names ask for this fixer: by its id, one of its probes or their area. */
bool plan_selects(const struct fixer *fixer, const char *const *names);

/* Whether a probe's findings are among what the names ask for: its own name, or that of a fixer for it. */
bool plan_asks(const struct probe *probe, const char *const *names);

/* Judges the system, asks each selected fixer, and judges the system as it would be. The root must have been
 * opened for this (root_plan_begin() is called here) and belongs to the plan from then on until plan_free():
 * nobody else may ask it. Changes nothing. Only -ENOMEM and errors of reading the whole root are errors;
 * a refusal is a plan. */
_must_check_ int plan_make(struct root *root, const struct scan_options *scan,
                           const struct fix_options *options, const char *const *names, struct plan **ret);
/* Takes NULL, returns NULL. */
struct plan *plan_free(struct plan *plan);
static inline void plan_free_pointer(struct plan **plan)
{
        (void) plan_free(*plan);
}
#define _cleanup_plan_ _cleanup_(plan_free_pointer)

enum plan_state plan_get_state(const struct plan *plan);
/* Why it is refused; NULL when it is not. */
const char *plan_reason(const struct plan *plan);
/* The worst of what its changes risk. */
enum risk plan_risk(const struct plan *plan);
/* Something of it takes effect at the next boot. */
bool plan_needs_reboot(const struct plan *plan);
/* The key of finding i that the changes cure, or NULL at the end; pending: only the running kernel has it,
 * and the next boot will show. */
const char *plan_claimed(const struct plan *plan, size_t i, bool *ret_pending);
/* Element i, or NULL at the end. */
struct change *const *plan_changes(const struct plan *plan, size_t *ret_n);
const struct plan_refusal *plan_refusal(const struct plan *plan, size_t i);
const char *plan_get_hint(const struct plan *plan, size_t i);
/* The system as it is, and as it would be: the findings of both. */
struct context *plan_before(struct plan *plan);
struct context *plan_after(struct plan *plan);
/* Over every before and after: the same plan on the same system. */
_must_check_ int plan_digest(const struct plan *plan, char ret_hex[DIGEST_HEX_SIZE]);
/* The unified diff of a change; nothing for what is no file. Adds to out. */
_must_check_ int change_diff(const struct change *change, struct buffer *out);
