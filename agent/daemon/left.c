/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/left.h"
#include "daemon/daemon.h"
#include "engine/host.h"
#include "engine/root.h"
#include "engine/session.h"

#include <string.h>

struct work {
        const struct daemon *daemon;
        struct root *root;
        struct host host;
        struct store store;
        struct diag diag;
        struct transaction_options options;
};

static void work_done(struct work *work)
{
        store_close(&work->store);
        host_done(&work->host);
        diag_done(&work->diag);
        (void) root_free(work->root);
}

static const char *boot_of(const struct work *work)
{
        return work->daemon->options.root ? NULL : work->host.boot_id;
}

void left_done(struct left *left)
{
        for (size_t i = 0; i < left->n_pending; i++)
                free(left->pending[i]);
        free(left->pending);
}

static bool is_settled_now(const struct work *work, const struct transaction *transaction)
{
        const char *boot_id = boot_of(work);

        if (transaction->state == PLAN_APPLIED)
                return true;
        return boot_id && !(transaction->boot_id && string_equal(transaction->boot_id, boot_id));
}

static int note_pending(const struct work *work, const struct transaction *transaction, struct left *left)
{
        if (!is_settled_now(work, transaction)) {
                left->pending_reboot = true;
                return 0;
        }
        if (array_grow(&left->pending, left->n_pending, sizeof(*left->pending)) < 0)
                return -ENOMEM;
        left->pending[left->n_pending] = strdup(transaction->id);

        return left->pending[left->n_pending++] ? 0 : -ENOMEM;
}

/* A record that cannot be read is for the history to show. */
static int look(struct work *work, struct left *left)
{
        char **names;
        size_t n;
        int r;

        r = store_list(&work->store, &names, &n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n && r >= 0; i++) {
                _cleanup_transaction_ struct transaction *transaction = NULL;

                if (record_read(&work->store, names[i], &transaction, &work->diag) >= 0 &&
                    (transaction->state == PLAN_PENDING_REBOOT || transaction->state == PLAN_APPLIED))
                        r = note_pending(work, transaction, left);
        }
        store_names_free(names, n);

        return r;
}

static void say_settled(struct work *work, const char *id)
{
        _cleanup_transaction_ struct transaction *transaction = NULL;

        if (record_read(&work->store, id, &transaction, &work->diag) < 0 ||
            transaction->state == PLAN_PENDING_REBOOT || transaction->state == PLAN_APPLIED)
                return;

        event_say(EVENT_SETTLED,
                  (const struct event_field[]){
                          { "ECS_GUEST_AGENT_TRANSACTION", id },
                          { "ECS_GUEST_AGENT_STATE", plan_state_name(transaction->state) },
                          { NULL } },
                  "%s: %s%s%s", id, plan_state_name(transaction->state), transaction->reason ? ": " : "",
                  transaction->reason ? transaction->reason : ", seen now");
}

static int finish(struct work *work, struct left *left)
{
        struct scan_options options = daemon_scan_options(work->daemon);
        size_t n_recovered, n_settled;
        bool interrupted, pending;
        int r;

        r = transactions_waiting(&work->store, boot_of(work), &interrupted, &pending);
        if (r < 0 || (!interrupted && !pending && !store_has_leftovers(&work->store, false)))
                return r;

        r = session_take(work->root, &options, boot_of(work), &work->store, &work->options, &n_recovered,
                         &n_settled, &work->diag);
        if (r >= 0 && n_recovered > 0)
                event_say(EVENT_RECOVERED, NULL,
                          "An earlier run was interrupted; what it had changed was taken back");
        for (size_t i = 0; i < left->n_pending && r >= 0; i++)
                say_settled(work, left->pending[i]);

        return r;
}

int left_finish(const struct daemon *daemon, struct left *ret)
{
        _cleanup_(work_done) struct work work = { .daemon = daemon, .store = STORE_INIT };
        int r;

        work.options.commands = !daemon->options.root;
        work.options.runner = daemon->options.runner;
        r = daemon_open_root(daemon, &work.root);
        if (r >= 0)
                r = host_read(work.root, &work.host);
        if (r >= 0)
                r = store_open(work.root, &work.store, &work.diag);
        /* Nothing was ever changed here. */
        if (r >= 0 && work.store.fd < 0)
                return 0;
        if (r >= 0)
                r = look(&work, ret);
        if (r >= 0 && daemon->settle)
                r = finish(&work, ret);

        ret->busy = r == -EBUSY;
        if (r < 0 && r != -ENOMEM && r != -EBUSY)
                event_say(EVENT_TROUBLE, NULL, "cannot finish what an earlier run left: %s",
                          work.diag.message ? work.diag.message : strerror(-r));

        return r == -ENOMEM ? r : 0;
}
