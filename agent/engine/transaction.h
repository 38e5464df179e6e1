/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Plans that were carried out: recorded before the first change, kept for undo, and judged again after a
 * reboot. */

#include "engine/plan-make.h"
#include "engine/store.h"

struct transaction_claim {
        char *key; /* of a finding that was to be cured */
        bool pending;
};

struct transaction {
        char *id; /* "20261122T210500Z-dns" */
        int64_t time;
        char *digest;  /* of the plan */
        char *record;  /* digest of what is recorded of it, to which its state is bound */
        char *boot_id; /* of the boot that it happened in; NULL for an offline root */
        enum plan_state state;
        char *reason; /* of the state, or NULL */
        enum risk risk;
        bool reboot;
        char **fixers; /* NULL-terminated */
        struct transaction_claim *claims;
        size_t n_claims;
        struct change **changes;
        size_t n_changes;
};

struct transaction *transaction_free(struct transaction *transaction);
static inline void transaction_free_pointer(struct transaction **transaction)
{
        (void) transaction_free(*transaction);
}
#define _cleanup_transaction_ _cleanup_(transaction_free_pointer)

/* What a command said that was run, for people; may be called several times. */
typedef void (*transaction_progress)(const char *message, void *userdata);

struct transaction_options {
        bool commands; /* commands may be run: the root is the one that this process runs in */
        /* The path of a systemd-run (236 or newer) that runs them, outside of this process's confinement;
         * NULL to run them directly. */
        const char *runner;
        transaction_progress progress;
        void *userdata;
};

/* Carries a plan out: all of it, or nothing. id_stem is what the transaction is named after ("dns"). Every
 * error but -ENOMEM is described in the diag; -ESTALE when the system is no longer what was planned against,
 * -EBUSY when another one is at work. The state is "applied" then, and whoever judges the result says so with
 * transaction_set_state(). */
_must_check_ int transaction_apply(struct root *root, const struct store *store, const struct plan *plan,
                                   const char *id_stem, const char *boot_id, int64_t time,
                                   const struct transaction_options *options, struct transaction **ret,
                                   struct diag *diag);
_must_check_ int transaction_set_state(const struct store *store, struct transaction *transaction,
                                       enum plan_state state, const char *reason, struct diag *diag);

/* Brings back what was there before. -ESTALE, nothing changed, and the difference in `difference`, when a
 * file was edited since. */
_must_check_ int transaction_undo(struct root *root, const struct store *store,
                                  struct transaction *transaction, const struct transaction_options *options,
                                  struct buffer *difference, struct diag *diag);

/* Finishes what an earlier run could not: afterwards each interrupted transaction is undone, or it says which
 * file somebody else has edited meanwhile. *ret_n is how many there were. */
_must_check_ int transactions_recover(struct root *root, const struct store *store,
                                      const struct transaction_options *options, size_t *ret_n,
                                      struct diag *diag);

/* Records (record.c). */

/* Makes the whole record, synced, in the state "applying". */
_must_check_ int record_write(const struct store *store, struct transaction *transaction);
/* Replaces the state and the reason. */
_must_check_ int record_write_state(const struct store *store, const struct transaction *transaction);
/* -EBADMSG, with the diag set, for a record that is not whole. */
_must_check_ int record_read(const struct store *store, const char *id, struct transaction **ret,
                             struct diag *diag);
