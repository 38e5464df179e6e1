/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/session.h"
#include "engine/scan.h"

int session_take(struct root *root, const struct scan_options *scan, const char *boot_id, struct store *store,
                 const struct transaction_options *options, size_t *ret_recovered, size_t *ret_settled,
                 struct diag *diag)
{
        bool interrupted, pending;
        int r;

        *ret_recovered = *ret_settled = 0;
        store_close(store);
        r = store_open_locked(root, store, diag);
        if (r >= 0)
                r = transactions_recover(root, store, options, ret_recovered, diag);
        if (r >= 0)
                r = transactions_waiting(store, boot_id, &interrupted, &pending);
        if (r >= 0 && pending)
                r = transactions_settle(root, scan, store, boot_id, ret_settled, diag);

        return r;
}

int session_judge(struct root *root, const struct scan_options *scan, const struct store *store,
                  struct transaction *transaction, struct context **ret, struct diag *diag)
{
        _cleanup_free_ char *reason = NULL;
        enum plan_state state;
        const char *key = NULL;
        int r;

        *ret = NULL;
        r = context_new(root, scan, ret);
        if (r >= 0)
                r = scan_run(*ret, NULL);
        if (r < 0)
                return r;

        state = settle_judge(transaction, context_findings(*ret), false, &key);
        if (state == PLAN_FAILED) {
                reason = string_format("'%s' still fails", key);
                if (!reason)
                        return -ENOMEM;
        }

        return transaction_set_state(store, transaction, state, reason, diag);
}

static bool can_be_undone(enum plan_state state)
{
        return state == PLAN_APPLIED || state == PLAN_PENDING_REBOOT || state == PLAN_VERIFIED ||
               state == PLAN_FAILED;
}

int session_find(const struct store *store, const char *id, struct transaction **ret, struct diag *diag)
{
        char **names;
        size_t n;
        int r;

        r = store_list(store, &names, &n);
        if (r < 0)
                return r;

        r = -ENOENT;
        for (size_t i = n; i > 0 && r == -ENOENT; i--) {
                struct transaction *transaction;

                if (id && !string_equal(names[i - 1], id))
                        continue;
                r = record_read(store, names[i - 1], &transaction, diag);
                if (r >= 0 && !id && !can_be_undone(transaction->state)) {
                        (void) transaction_free(transaction);
                        r = -ENOENT;
                        continue;
                }
                if (r >= 0)
                        *ret = transaction;
        }
        store_names_free(names, n);

        return r;
}
