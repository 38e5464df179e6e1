/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/change.h"
#include "engine/diag.h"
#include "engine/plan-internal.h"
#include "engine/root-write.h"
#include "engine/run.h"
#include "engine/transaction-internal.h"
#include "formats/unified-diff.h"

#include <signal.h>
#include <string.h>
#include <time.h>

/* A signal that ends us waits until a transaction is whole or taken back. */
struct shield {
        sigset_t old;
};

static void shield_raise(struct shield *shield)
{
        sigset_t all;

        sigemptyset(&all);
        sigaddset(&all, SIGTERM);
        sigaddset(&all, SIGINT);
        sigaddset(&all, SIGHUP);
        (void) sigprocmask(SIG_BLOCK, &all, &shield->old);
}

static void shield_lower(struct shield *shield)
{
        (void) sigprocmask(SIG_SETMASK, &shield->old, NULL);
}

#define _cleanup_shield_ _cleanup_(shield_lower)

static int set_state(const struct store *store, struct transaction *transaction, enum plan_state state,
                     const char *reason)
{
        char *copy = reason ? strdup(reason) : NULL;

        if (reason && !copy)
                return -ENOMEM;
        free(transaction->reason);
        transaction->reason = copy;
        transaction->state = state;
        return record_write_state(store, transaction);
}

int transaction_set_state(const struct store *store, struct transaction *transaction, enum plan_state state,
                          const char *reason, struct diag *diag)
{
        int r;

        r = set_state(store, transaction, state, reason);
        return r < 0 ? diag_set(diag, r, STORE_PLACE, 0, "cannot record the state of '%s': %s",
                                transaction->id, strerror(-r))
                     : 0;
}

/* The commands that undo those that were run or may have been. The files are back by then: one that fails is
 * told, and changes nothing any more. */
static void run_undo_commands(const struct transaction *transaction,
                              const struct transaction_options *options)
{
        struct diag diag = { 0 };

        for (size_t i = transaction->n_changes; i > 0 && options->commands; i--) {
                const struct change *change = transaction->changes[i - 1];

                if (change->kind == CHANGE_RUN && change->undo_argv &&
                    run_change_command(change->undo_argv, options, &diag) < 0 && options->progress)
                        options->progress(diag.message ? diag.message : change->undo_argv[0],
                                          options->userdata);
        }
        diag_done(&diag);
}

static int run_commands(const struct transaction *transaction, const struct transaction_options *options,
                        struct diag *diag)
{
        for (size_t i = 0; i < transaction->n_changes; i++) {
                const struct change *change = transaction->changes[i];
                int r;

                if (change->kind != CHANGE_RUN)
                        continue;
                if (!options->commands)
                        return diag_set(diag, -EOPNOTSUPP, NULL, 0,
                                        "%s would have to be run, which only the running system can",
                                        change->argv[0]);
                r = run_change_command(change->argv, options, diag);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* The record stays, so that history can tell. */
static void end_taken_back(const struct store *store, struct transaction *transaction,
                           const struct diag *diag)
{
        _cleanup_free_ char *reason =
                string_format("taken back: %s", diag->message ? diag->message : strerror(-diag->error));

        (void) set_state(store, transaction, PLAN_UNDONE, reason);
}

static int apply(struct root *root, const struct store *store, struct transaction *transaction,
                 const struct transaction_options *options, struct diag *diag)
{
        bool taken_back;
        int r;

        r = record_write(store, transaction);
        if (r < 0)
                return diag_set(diag, r, STORE_PLACE, 0, "cannot write the undo record in '%s': %s",
                                STORE_PLACE, strerror(-r));

        r = changes_carry_out(root, transaction->changes, transaction->n_changes, false, &taken_back, diag);
        if (r < 0) {
                /* Otherwise it stays "applying", and the next start tries again. */
                if (taken_back)
                        end_taken_back(store, transaction, diag);
                return r;
        }
        r = run_commands(transaction, options, diag);
        if (r >= 0) {
                r = set_state(store, transaction, PLAN_APPLIED, NULL);
                if (r >= 0)
                        return 0;
                r = diag_set(diag, r, STORE_PLACE, 0, "cannot record the state of '%s': %s", transaction->id,
                             strerror(-r));
        }
        if (r < 0) {
                struct diag ignored = { 0 };

                if (changes_carry_out(root, transaction->changes, transaction->n_changes, true, &taken_back,
                                      &ignored) >= 0) {
                        run_undo_commands(transaction, options);
                        end_taken_back(store, transaction, diag);
                }
                diag_done(&ignored);
        }

        return r;
}

int transaction_apply(struct root *root, const struct store *store, const struct plan *plan,
                      const char *id_stem, const char *boot_id, int64_t time,
                      const struct transaction_options *options, struct transaction **ret, struct diag *diag)
{
        _cleanup_transaction_ struct transaction *transaction = NULL;
        _cleanup_shield_ struct shield shield;
        int r;

        shield_raise(&shield);
        r = transaction_make(store, plan, id_stem, boot_id, time, &transaction);
        if (r < 0)
                return diag_set(diag, r, STORE_PLACE, 0, "cannot begin a transaction in '%s': %s",
                                STORE_PLACE, strerror(-r));
        r = apply(root, store, transaction, options, diag);
        if (r < 0)
                return r;

        *ret = take_ptr(transaction);
        return 0;
}

static void add_difference(const struct change *change, const struct node *now, struct buffer *out)
{
        const char *what = node_difference(&change->after, now);

        if (change->after.type == NODE_FILE && now->type == NODE_FILE && string_equal(what, "content"))
                out->failed = unified_diff(change->after.content, now->content, change->path, change->path,
                                           out) < 0 ||
                              out->failed;
        else
                buffer_addf(out, "'%s': its %s is not what was left there\n", change->path, what);
}

int transaction_undo(struct root *root, const struct store *store, struct transaction *transaction,
                     const struct transaction_options *options, struct buffer *difference, struct diag *diag)
{
        enum plan_state state = transaction->state;
        _cleanup_shield_ struct shield shield;
        _cleanup_node_ struct node node = { 0 };
        const struct change *edited;
        bool taken_back = true;
        int r;

        shield_raise(&shield);
        r = changes_find_edited(root, transaction->changes, transaction->n_changes, &edited, &node);
        if (r < 0)
                return diag_set(diag, r, NULL, 0, "cannot look at what is to be undone: %s", strerror(-r));
        if (edited) {
                add_difference(edited, &node, difference);
                return diag_set(diag, -ESTALE, edited->path, 0, "'%s' was edited since", edited->path);
        }

        r = transaction_set_state(store, transaction, PLAN_UNDOING, transaction->reason, diag);
        if (r >= 0)
                r = changes_carry_out(root, transaction->changes, transaction->n_changes, true, &taken_back,
                                      diag);
        if (r < 0) {
                if (taken_back)
                        (void) set_state(store, transaction, state, transaction->reason);
                return r;
        }

        run_undo_commands(transaction, options);
        /* It is undone all the same, and the next start, which finds it on its way, says so. */
        if (transaction_set_state(store, transaction, PLAN_UNDONE, NULL, diag) < 0 && options->progress)
                options->progress(diag->message ? diag->message : STORE_PLACE, options->userdata);
        return 0;
}

static int recover(struct root *root, const struct store *store, struct transaction *transaction,
                   const struct transaction_options *options, struct diag *diag)
{
        bool undo = transaction->state == PLAN_UNDOING;
        _cleanup_free_ char *reason = NULL;
        int r;

        r = changes_recover(root, transaction->changes, transaction->n_changes, diag);
        if (r < 0)
                return r;
        run_undo_commands(transaction, options);
        if (r > 0) {
                reason = string_format("interrupted, and not taken back whole: %s",
                                       diag->message ? diag->message : "a file was edited meanwhile");
                return reason ? transaction_set_state(store, transaction, PLAN_FAILED, reason, diag)
                              : -ENOMEM;
        }

        return transaction_set_state(
                store, transaction, PLAN_UNDONE,
                undo ? "undo was interrupted, and finished later" : "interrupted, and taken back", diag);
}

int transactions_recover(struct root *root, const struct store *store,
                         const struct transaction_options *options, size_t *ret_n, struct diag *diag)
{
        _cleanup_shield_ struct shield shield;
        char **names;
        size_t n;
        int r;

        shield_raise(&shield);
        *ret_n = 0;
        (void) store_has_leftovers(store, true);
        r = store_list(store, &names, &n);
        if (r < 0)
                return diag_set(diag, r, STORE_PLACE, 0, "'%s': %s", STORE_PLACE, strerror(-r));

        /* The latest first, as they would be undone. */
        for (size_t i = n; i > 0 && r >= 0; i--) {
                _cleanup_transaction_ struct transaction *transaction = NULL;

                /* What cannot be read is shown by history, and keeps nobody from the others. */
                if (record_read(store, names[i - 1], &transaction, diag) < 0)
                        continue;
                if (transaction->state != PLAN_APPLYING && transaction->state != PLAN_UNDOING)
                        continue;
                (*ret_n)++;
                r = recover(root, store, transaction, options, diag);
        }

        store_names_free(names, n);
        return r < 0 ? r : 0;
}
