/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "base/json.h"
#include "engine/diag.h"
#include "engine/plan-internal.h"
#include "engine/record-internal.h"
#include "engine/root-write.h"
#include "engine/transaction.h"

#include <string.h>

/* Reads a record back. It lies in a directory of ours, and is held to its form all the same. */

/* The digest of what was read as well, where it is asked for. */
static int read_json(int directory, const char *name, char **ret_digest, struct json_object **ret)
{
        _cleanup_free_ char *data = NULL;
        const char *cause;
        size_t len;
        int r;

        r = store_read(directory, name, RECORD_CAP, &data, &len);
        if (r >= 0 && ret_digest)
                r = record_digest((struct text){ data, len }, ret_digest);

        return r < 0 ? r : json_parse(data, len, RECORD_CAP, ret, &cause);
}

static int get_base64(struct json_object *object, const char *key, struct buffer *ret)
{
        struct text encoded;
        int r;

        r = json_get_text(object, key, &encoded);
        return r < 0 ? -EBADMSG : base64_decode(encoded, ret);
}

/* No NUL inside, or it is no name. */
static int get_name(struct json_object *object, const char *key, char **ret)
{
        _cleanup_buffer_ struct buffer name = { 0 };
        int r;

        r = get_base64(object, key, &name);
        if (r < 0)
                return r;
        if (name.len == 0 || text_has_nul((struct text){ name.data, name.len }))
                return -EBADMSG;

        return buffer_finish(&name, ret, NULL);
}

static int get_number(struct json_object *object, const char *key, int64_t most, int64_t *ret)
{
        if (json_get_int(object, key, ret) < 0 || *ret < 0 || *ret > most)
                return -EBADMSG;

        return 0;
}

static int get_strings(struct json_object *object, const char *key, char ***ret)
{
        struct json_object *array = json_get_array(object, key);
        size_t n = json_array_size(array);

        if (!array)
                return 0;
        *ret = calloc(n + 1, sizeof(**ret));
        if (!*ret)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                (*ret)[i] = text_dup(json_item_text(array, i));
                if (!(*ret)[i])
                        return -ENOMEM;
        }

        return 0;
}

static int parse_type(struct json_object *object, enum node_type *ret)
{
        struct text name;

        if (json_get_text(object, "type", &name) < 0)
                return -EBADMSG;
        for (enum node_type type = 0; type < NODE_OTHER; type++)
                if (text_equal(name, node_type_name(type))) {
                        *ret = type;
                        return 0;
                }

        return -EBADMSG;
}

static int parse_attribute(struct json_object *object, struct node *node)
{
        _cleanup_buffer_ struct buffer value = { 0 };
        _cleanup_free_ char *name = NULL;
        int r;

        r = get_name(object, "name", &name);
        if (r >= 0)
                r = get_base64(object, "value", &value);

        return r < 0 ? r : node_add_attribute(node, name, (struct text){ value.data, value.len });
}

static int parse_node(struct json_object *object, struct node *node)
{
        struct json_object *attributes = json_get_array(object, "attributes");
        int64_t mode, uid, gid, flags, seconds, nanoseconds;
        int r;

        r = parse_type(object, &node->type);
        if (r < 0 || get_number(object, "mode", 07777, &mode) < 0 ||
            get_number(object, "uid", UINT32_MAX, &uid) < 0 ||
            get_number(object, "gid", UINT32_MAX, &gid) < 0 ||
            get_number(object, "flags", UINT32_MAX, &flags) < 0 ||
            json_get_int(object, "mtimeSeconds", &seconds) < 0 ||
            get_number(object, "mtimeNanoseconds", 999999999, &nanoseconds) < 0)
                return -EBADMSG;

        node->mode = (mode_t) mode;
        node->uid = (uid_t) uid;
        node->gid = (gid_t) gid;
        node->flags = (unsigned) flags;
        node->keeps_mtime = json_get_true(object, "keepsMtime");
        node->mtime = (struct timespec){ .tv_sec = (time_t) seconds, .tv_nsec = (long) nanoseconds };
        if (node->type == NODE_SYMLINK)
                r = get_name(object, "target", &node->target);
        for (size_t i = 0; i < json_array_size(attributes) && r >= 0; i++)
                r = parse_attribute(json_array_item(attributes, i), node);

        return r;
}

static int check_content(struct json_object *object, struct text content)
{
        char hex[DIGEST_HEX_SIZE];
        struct text wanted;
        int r;

        if (json_get_text(object, "sha256", &wanted) < 0)
                return -EBADMSG;
        r = digest_text(content, hex);

        return r < 0 ? r : text_equal(wanted, hex) ? 0 : -EBADMSG;
}

static int read_content(int directory, size_t i, const char *which, struct json_object *object,
                        struct node *node)
{
        _cleanup_free_ char *name = string_format("%zu.%s", i, which);
        char *data;
        size_t len;
        int r;

        if (!name)
                return -ENOMEM;
        if (node->type != NODE_FILE)
                return 0;
        r = store_read(directory, name, NODE_CAP, &data, &len);
        if (r < 0)
                return r;
        node_set_content(node, data, len);

        return check_content(object, node->content);
}

static int parse_path(struct json_object *object, struct change *change)
{
        int r;

        r = get_name(object, "path", &change->path);
        if (r < 0)
                return r;
        if (change->path[0] != '/' || json_dup_string(object, "temporary", &change->temporary) < 0 ||
            strchr(change->temporary, '/'))
                return -EBADMSG;

        return 0;
}

static int parse_change(int directory, struct json_object *object, size_t i, struct change *change)
{
        _cleanup_free_ char *kind = NULL;
        int r;

        r = json_dup_string(object, "kind", &kind);
        if (r < 0 || change_kind_parse(kind, &change->kind) < 0)
                return r == -ENOMEM ? r : -EBADMSG;
        if (change->kind == CHANGE_RUN) {
                r = get_strings(object, "argv", &change->argv);
                if (r >= 0)
                        r = get_strings(object, "undoArgv", &change->undo_argv);
                return r < 0 ? r : change->argv && change->argv[0] ? 0 : -EBADMSG;
        }

        r = parse_path(object, change);
        if (r >= 0)
                r = parse_node(json_get_object(object, "before"), &change->before);
        if (r >= 0)
                r = parse_node(json_get_object(object, "after"), &change->after);
        if (r >= 0)
                r = read_content(directory, i, "before", json_get_object(object, "before"), &change->before);
        if (r >= 0)
                r = read_content(directory, i, "after", json_get_object(object, "after"), &change->after);
        return r;
}

static int parse_changes(int directory, struct json_object *object, struct transaction *transaction)
{
        struct json_object *array = json_get_array(object, "changes");
        size_t n = json_array_size(array);

        if (n == 0)
                return -EBADMSG;
        transaction->changes = calloc(n, sizeof(*transaction->changes));
        if (!transaction->changes)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                int r;

                transaction->changes[i] = calloc(1, sizeof(**transaction->changes));
                if (!transaction->changes[i])
                        return -ENOMEM;
                transaction->n_changes++;
                r = parse_change(directory, json_array_item(array, i), i, transaction->changes[i]);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int parse_claims(struct json_object *object, struct transaction *transaction)
{
        struct json_object *array = json_get_array(object, "claims");

        transaction->claims = calloc(json_array_size(array) + 1, sizeof(*transaction->claims));
        if (!transaction->claims)
                return -ENOMEM;
        for (size_t i = 0; i < json_array_size(array); i++) {
                struct transaction_claim *claim = &transaction->claims[transaction->n_claims++];
                int r = get_name(json_array_item(array, i), "key", &claim->key);

                if (r < 0)
                        return r;
                claim->pending = json_get_true(json_array_item(array, i), "pending");
        }

        return 0;
}

static int parse_risk(struct json_object *object, enum risk *ret)
{
        struct text name;

        if (json_get_text(object, "risk", &name) < 0)
                return -EBADMSG;
        for (enum risk risk = 0; risk < RISK_COUNT; risk++)
                if (text_equal(name, risk_name(risk))) {
                        *ret = risk;
                        return 0;
                }

        return -EBADMSG;
}

static int parse_record(int directory, struct json_object *object, struct transaction *transaction)
{
        struct text schema;
        int r;

        if (json_get_text(object, "schema", &schema) < 0 || !text_equal(schema, RECORD_SCHEMA) ||
            json_get_int(object, "time", &transaction->time) < 0)
                return -EBADMSG;
        r = json_dup_string(object, "digest", &transaction->digest);
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;
        r = json_dup_string(object, "bootId", &transaction->boot_id);
        if (r == -ENOMEM)
                return r;

        transaction->reboot = json_get_true(object, "reboot");
        r = parse_risk(object, &transaction->risk);
        if (r >= 0)
                r = get_strings(object, "fixers", &transaction->fixers);
        if (r >= 0)
                r = parse_claims(object, transaction);
        if (r >= 0)
                r = parse_changes(directory, object, transaction);
        return r;
}

static int parse_state(struct json_object *object, struct transaction *transaction)
{
        _cleanup_free_ char *name = NULL;
        struct text record;
        int r;

        if (json_get_text(object, "record", &record) < 0 || !text_equal(record, transaction->record))
                return -EBADMSG;
        r = json_dup_string(object, "state", &name);
        if (r < 0 || plan_state_parse(name, &transaction->state) < 0)
                return r == -ENOMEM ? r : -EBADMSG;
        r = json_dup_string(object, "reason", &transaction->reason);

        return r == -ENOMEM ? r : 0;
}

static int read_record(const struct store *store, struct transaction *transaction)
{
        _cleanup_json_ struct json_object *record = NULL, *state = NULL;
        _cleanup_close_ int fd = record_open(store, transaction->id);
        int r;

        if (fd < 0)
                return fd;
        r = read_json(fd, "record.json", &transaction->record, &record);
        if (r >= 0)
                r = read_json(fd, "state.json", NULL, &state);
        if (r >= 0)
                r = parse_record(fd, record, transaction);
        if (r >= 0)
                r = parse_state(state, transaction);
        return r;
}

int record_read(const struct store *store, const char *id, struct transaction **ret, struct diag *diag)
{
        _cleanup_transaction_ struct transaction *transaction = calloc(1, sizeof(*transaction));
        int r;

        if (!transaction)
                return -ENOMEM;
        transaction->id = strdup(id);
        if (!transaction->id)
                return -ENOMEM;

        r = read_record(store, transaction);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return diag_set(diag, r, STORE_PLACE, 0, "the record '%s' in '%s' cannot be read: %s", id,
                                STORE_PLACE, r == -EBADMSG ? "it is not whole" : strerror(-r));

        *ret = take_ptr(transaction);
        return 0;
}
