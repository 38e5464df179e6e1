/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/change.h"
#include "engine/plan-internal.h"
#include "engine/root-write.h"
#include "engine/transaction-internal.h"

#include <string.h>
#include <time.h>

/* From a plan to its record. */

/* "20261122T210500Z-dns", with a number behind when there is one already. */
static int make_id(const struct store *store, const char *stem, int64_t time, char **ret)
{
        time_t seconds = (time_t) time;
        struct tm tm;
        char stamp[32];

        if (!gmtime_r(&seconds, &tm) || strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm) == 0)
                return -ERANGE;

        for (unsigned i = 1; i < 1000; i++) {
                _cleanup_node_ struct node node = { 0 };
                _cleanup_free_ char *id = i == 1 ? string_format("%s-%s", stamp, stem)
                                                 : string_format("%s-%s-%u", stamp, stem, i);
                int r;

                if (!id)
                        return -ENOMEM;
                r = node_read(store->fd, id, &node);
                if (r < 0)
                        return r;
                if (node.type == NODE_MISSING) {
                        *ret = take_ptr(id);
                        return 0;
                }
        }

        return -EEXIST;
}

static int copy_strings(char *const *strings, char ***ret)
{
        size_t n = 0;

        while (strings && strings[n])
                n++;
        if (!strings)
                return 0;
        *ret = calloc(n + 1, sizeof(**ret));
        if (!*ret)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                (*ret)[i] = strdup(strings[i]);
                if (!(*ret)[i])
                        return -ENOMEM;
        }

        return 0;
}

static int copy_change(const struct change *change, struct change **ret)
{
        struct change *copy = calloc(1, sizeof(*copy));
        int r = 0;

        if (!copy)
                return -ENOMEM;
        *ret = copy;
        copy->kind = change->kind;
        if (change->path) {
                copy->path = strdup(change->path);
                if (!copy->path)
                        return -ENOMEM;
                r = node_copy(&change->before, &copy->before);
                if (r >= 0)
                        r = node_copy(&change->after, &copy->after);
        }
        if (r >= 0)
                r = copy_strings(change->argv, &copy->argv);
        if (r >= 0)
                r = copy_strings(change->undo_argv, &copy->undo_argv);
        return r;
}

static int copy_changes(const struct plan *plan, struct transaction *transaction)
{
        transaction->changes = calloc(plan->n_changes, sizeof(*transaction->changes));
        transaction->fixers = calloc(plan->n_changes + 1, sizeof(*transaction->fixers));
        if (!transaction->changes || !transaction->fixers)
                return -ENOMEM;

        for (size_t i = 0, n = 0; i < plan->n_changes; i++) {
                const char *id = plan->changes[i]->fixer->id;
                int r;

                r = copy_change(plan->changes[i], &transaction->changes[transaction->n_changes++]);
                if (r < 0)
                        return r;
                if (string_in_list(id, (const char *const *) transaction->fixers))
                        continue;
                transaction->fixers[n] = strdup(id);
                if (!transaction->fixers[n++])
                        return -ENOMEM;
        }

        return 0;
}

static int copy_claims(const struct plan *plan, struct transaction *transaction)
{
        transaction->claims = calloc(plan->n_claims + 1, sizeof(*transaction->claims));
        if (!transaction->claims)
                return -ENOMEM;
        for (size_t i = 0; i < plan->n_claims; i++) {
                transaction->claims[i].key = strdup(plan->claims[i].key);
                if (!transaction->claims[i].key)
                        return -ENOMEM;
                transaction->claims[i].pending = plan->claims[i].pending;
                transaction->n_claims++;
        }

        return 0;
}

int transaction_make(const struct store *store, const struct plan *plan, const char *stem,
                     const char *boot_id, int64_t time, struct transaction **ret)
{
        _cleanup_transaction_ struct transaction *transaction = calloc(1, sizeof(*transaction));
        char digest[DIGEST_HEX_SIZE];
        int r;

        if (!transaction)
                return -ENOMEM;
        transaction->state = PLAN_APPLYING;
        transaction->time = time;
        transaction->risk = plan->risk;
        transaction->reboot = plan->reboot;
        r = plan_digest(plan, digest);
        if (r < 0)
                return r;
        transaction->digest = strdup(digest);
        transaction->boot_id = boot_id ? strdup(boot_id) : NULL;
        if (!transaction->digest || (boot_id && !transaction->boot_id))
                return -ENOMEM;

        r = make_id(store, stem, time, &transaction->id);
        if (r >= 0)
                r = copy_changes(plan, transaction);
        if (r >= 0)
                r = copy_claims(plan, transaction);
        if (r >= 0)
                r = changes_prepare(transaction->changes, transaction->n_changes);
        if (r < 0)
                return r;

        *ret = take_ptr(transaction);
        return 0;
}
