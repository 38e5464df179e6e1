/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/settle.h"
#include "engine/diag.h"
#include "engine/finding.h"
#include "engine/scan.h"

#include <string.h>

static bool still_bad(const struct findings *findings, const char *key)
{
        for (size_t i = 0; i < findings->n; i++)
                if (string_equal(findings->items[i]->key, key))
                        return findings->items[i]->outcome == OUTCOME_FAIL ||
                               findings->items[i]->outcome == OUTCOME_UNKNOWN;

        return false;
}

enum plan_state settle_judge(const struct transaction *transaction, const struct findings *findings,
                             bool rebooted, const char **ret_key)
{
        bool pending = transaction->reboot && !rebooted;

        for (size_t i = 0; i < transaction->n_claims; i++) {
                const struct transaction_claim *claim = &transaction->claims[i];

                if (!still_bad(findings, claim->key))
                        continue;
                if (claim->pending && !rebooted) {
                        pending = true;
                        continue;
                }
                *ret_key = claim->key;
                return PLAN_FAILED;
        }

        return pending ? PLAN_PENDING_REBOOT : PLAN_VERIFIED;
}

static bool is_rebooted(const struct transaction *transaction, const char *boot_id)
{
        return boot_id && !(transaction->boot_id && string_equal(transaction->boot_id, boot_id));
}

/* One that has waited for this boot; or one that was applied by a run that came no further. */
static bool is_to_be_settled(const struct transaction *transaction, const char *boot_id)
{
        return transaction->state == PLAN_APPLIED ||
               (transaction->state == PLAN_PENDING_REBOOT && is_rebooted(transaction, boot_id));
}

static int settle_one(const struct store *store, struct transaction *transaction, bool rebooted,
                      const struct findings *findings, struct diag *diag)
{
        _cleanup_free_ char *reason = NULL;
        enum plan_state state;
        const char *key = NULL;

        state = settle_judge(transaction, findings, rebooted, &key);
        if (state == PLAN_FAILED) {
                reason = string_format("%s'%s' still fails", rebooted ? "after the reboot " : "", key);
                if (!reason)
                        return -ENOMEM;
        }

        return transaction_set_state(store, transaction, state, reason, diag);
}

/* Made for the first one that needs it. */
static int scan_once(struct root *root, const struct scan_options *scan, struct context **context)
{
        int r;

        if (*context)
                return 0;
        r = context_new(root, scan, context);

        return r < 0 ? r : scan_run(*context, NULL);
}

int transactions_settle(struct root *root, const struct scan_options *scan, const struct store *store,
                        const char *boot_id, size_t *ret_n, struct diag *diag)
{
        _cleanup_context_ struct context *context = NULL;
        char **names;
        size_t n;
        int r;

        *ret_n = 0;
        r = store_list(store, &names, &n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_transaction_ struct transaction *transaction = NULL;

                if (record_read(store, names[i], &transaction, diag) < 0)
                        continue;
                if (!is_to_be_settled(transaction, boot_id))
                        continue;
                r = scan_once(root, scan, &context);
                if (r >= 0)
                        r = settle_one(store, transaction, is_rebooted(transaction, boot_id),
                                       context_findings(context), diag);
                *ret_n += r >= 0;
        }

        store_names_free(names, n);
        return r;
}

int transactions_waiting(const struct store *store, const char *boot_id, bool *ret_interrupted,
                         bool *ret_pending)
{
        struct diag ignored = { 0 };
        char **names;
        size_t n;
        int r;

        *ret_interrupted = *ret_pending = false;
        r = store_list(store, &names, &n);
        if (r < 0)
                return r;

        for (size_t i = 0; i < n; i++) {
                _cleanup_transaction_ struct transaction *transaction = NULL;

                if (record_read(store, names[i], &transaction, &ignored) < 0)
                        continue;
                if (transaction->state == PLAN_APPLYING || transaction->state == PLAN_UNDOING)
                        *ret_interrupted = true;
                if (is_to_be_settled(transaction, boot_id))
                        *ret_pending = true;
        }

        store_names_free(names, n);
        diag_done(&ignored);
        return 0;
}
