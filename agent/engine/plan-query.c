/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/plan-internal.h"
#include "formats/unified-diff.h"

#include <string.h>

static const char *const kind_names[] = {
        [CHANGE_WRITE] = "write",         [CHANGE_REMOVE] = "remove", [CHANGE_SYMLINK] = "symlink",
        [CHANGE_DIRECTORY] = "directory", [CHANGE_RUN] = "run",
};
_Static_assert(ARRAY_SIZE(kind_names) == CHANGE_KIND_COUNT, "a name for each kind");

const char *change_kind_name(enum change_kind kind)
{
        return kind_names[kind];
}

int change_kind_parse(const char *name, enum change_kind *ret)
{
        for (enum change_kind kind = 0; kind < CHANGE_KIND_COUNT; kind++)
                if (string_equal(kind_names[kind], name)) {
                        *ret = kind;
                        return 0;
                }

        return -EINVAL;
}

static const char *const state_names[] = {
        [PLAN_PLANNED] = "planned",
        [PLAN_NOTHING_TO_DO] = "nothing_to_do",
        [PLAN_REFUSED] = "refused",
        [PLAN_APPLIED] = "applied",
        [PLAN_PENDING_REBOOT] = "pending_reboot",
        [PLAN_VERIFIED] = "verified",
        [PLAN_FAILED] = "failed",
        [PLAN_UNDONE] = "undone",
        [PLAN_APPLYING] = "applying",
        [PLAN_UNDOING] = "undoing",
};
_Static_assert(ARRAY_SIZE(state_names) == PLAN_STATE_COUNT, "a name for each state");

const char *plan_state_name(enum plan_state state)
{
        return state_names[state];
}

int plan_state_parse(const char *name, enum plan_state *ret)
{
        for (enum plan_state state = 0; state < PLAN_STATE_COUNT; state++)
                if (string_equal(state_names[state], name)) {
                        *ret = state;
                        return 0;
                }

        return -EINVAL;
}

enum plan_state plan_get_state(const struct plan *plan)
{
        return plan->state;
}

const char *plan_reason(const struct plan *plan)
{
        return plan->reason;
}

enum risk plan_risk(const struct plan *plan)
{
        return plan->risk;
}

bool plan_needs_reboot(const struct plan *plan)
{
        return plan->reboot;
}

struct change *const *plan_changes(const struct plan *plan, size_t *ret_n)
{
        *ret_n = plan->n_changes;
        return plan->changes;
}

const struct plan_refusal *plan_refusal(const struct plan *plan, size_t i)
{
        return i < plan->n_refusals ? &plan->refusals[i] : NULL;
}

const char *plan_get_hint(const struct plan *plan, size_t i)
{
        return i < plan->n_hints ? plan->hints[i] : NULL;
}

const char *plan_claimed(const struct plan *plan, size_t i, bool *ret_pending)
{
        if (i >= plan->n_claims)
                return NULL;

        *ret_pending = plan->claims[i].pending;
        return plan->claims[i].key;
}

struct context *plan_before(struct plan *plan)
{
        return plan->before;
}

struct context *plan_after(struct plan *plan)
{
        return plan->after;
}

static void add_argv(char *const *argv, struct digest *digest)
{
        for (; argv && *argv; argv++)
                digest_add(digest, *argv, strlen(*argv) + 1);
        digest_add(digest, "", 1);
}

int plan_digest(const struct plan *plan, char ret_hex[DIGEST_HEX_SIZE])
{
        _cleanup_digest_ struct digest *digest = NULL;
        int r;

        r = digest_new(&digest);
        if (r < 0)
                return r;

        for (size_t i = 0; i < plan->n_changes; i++) {
                const struct change *change = plan->changes[i];

                digest_add(digest, kind_names[change->kind], strlen(kind_names[change->kind]) + 1);
                if (change->path)
                        digest_add(digest, change->path, strlen(change->path) + 1);
                node_add_to_digest(&change->before, digest);
                node_add_to_digest(&change->after, digest);
                add_argv(change->argv, digest);
        }

        return digest_finish(digest, ret_hex);
}

int change_diff(const struct change *change, struct buffer *out)
{
        bool file = change->before.type == NODE_FILE || change->after.type == NODE_FILE;

        if (!change->path || !file)
                return 0;

        return unified_diff(change->before.content, change->after.content,
                            change->before.type == NODE_MISSING ? NULL : change->path,
                            change->after.type == NODE_MISSING ? NULL : change->path, out);
}
