/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "base/json.h"
#include "engine/change-file.h"
#include "engine/diag.h"
#include "engine/plan-internal.h"
#include "engine/record-internal.h"
#include "engine/root-write.h"
#include "engine/transaction.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A record is a directory: record.json and the contents before and after, "0.before", "0.after", …, which
 * never change, and state.json, which is replaced. record.json has the digest of each content and state.json
 * that of record.json: what a disk has lost or changed is not restored as if it were the old bytes. */

struct transaction *transaction_free(struct transaction *transaction)
{
        if (!transaction)
                return NULL;

        for (size_t i = 0; i < transaction->n_changes; i++)
                (void) change_free(transaction->changes[i]);
        for (size_t i = 0; i < transaction->n_claims; i++)
                free(transaction->claims[i].key);
        for (size_t i = 0; transaction->fixers && transaction->fixers[i]; i++)
                free(transaction->fixers[i]);
        free(transaction->changes);
        free(transaction->claims);
        free(transaction->fixers);
        free(transaction->id);
        free(transaction->digest);
        free(transaction->record);
        free(transaction->boot_id);
        free(transaction->reason);
        free(transaction);
        return NULL;
}

static struct json_object *strings_to_json(struct json_builder *builder, char *const *strings)
{
        struct json_object *array = json_new_array(builder);

        for (; strings && *strings; strings++)
                json_append_string(builder, array, *strings);

        return array;
}

static void add_base64(struct json_builder *builder, struct json_object *object, const char *key,
                       struct text value)
{
        _cleanup_buffer_ struct buffer encoded = { 0 };

        if (base64_encode(value, &encoded) < 0)
                builder->failed = true;
        json_add_string(builder, object, key, encoded.data ? encoded.data : "");
}

/* Names may be any bytes, so they are not written as JSON strings. */
static struct json_object *node_to_json(struct json_builder *builder, const struct node *node)
{
        struct json_object *object = json_new_object(builder), *array = json_new_array(builder);
        char hex[DIGEST_HEX_SIZE] = "";

        json_add_string(builder, object, "type", node_type_name(node->type));
        json_add_int(builder, object, "mode", node->mode);
        json_add_int(builder, object, "uid", node->uid);
        json_add_int(builder, object, "gid", node->gid);
        json_add_int(builder, object, "flags", node->flags);
        json_add_bool(builder, object, "keepsMtime", node->keeps_mtime);
        json_add_int(builder, object, "mtimeSeconds", node->mtime.tv_sec);
        json_add_int(builder, object, "mtimeNanoseconds", node->mtime.tv_nsec);
        if (node->type == NODE_FILE) {
                if (digest_text(node->content, hex) < 0)
                        builder->failed = true;
                json_add_string(builder, object, "sha256", hex);
        }
        if (node->target)
                add_base64(builder, object, "target", text_from_string(node->target));
        for (size_t i = 0; i < node->n_attributes; i++) {
                struct json_object *attribute = json_new_object(builder);

                add_base64(builder, attribute, "name", text_from_string(node->attributes[i].name));
                add_base64(builder, attribute, "value", node->attributes[i].value);
                json_append(builder, array, attribute);
        }
        json_add(builder, object, "attributes", array);
        return object;
}

static struct json_object *change_to_json(struct json_builder *builder, const struct change *change)
{
        struct json_object *object = json_new_object(builder);

        json_add_string(builder, object, "kind", change_kind_name(change->kind));
        if (change->argv)
                json_add(builder, object, "argv", strings_to_json(builder, change->argv));
        if (change->undo_argv)
                json_add(builder, object, "undoArgv", strings_to_json(builder, change->undo_argv));
        if (change->path) {
                add_base64(builder, object, "path", text_from_string(change->path));
                json_add_string(builder, object, "temporary", change->temporary);
                json_add(builder, object, "before", node_to_json(builder, &change->before));
                json_add(builder, object, "after", node_to_json(builder, &change->after));
        }

        return object;
}

static int print_record(const struct transaction *transaction, struct buffer *out)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);
        struct json_object *changes = json_new_array(&builder), *claims = json_new_array(&builder);

        json_add_string(&builder, object, "schema", RECORD_SCHEMA);
        json_add_string(&builder, object, "version", VERSION);
        json_add_int(&builder, object, "time", transaction->time);
        json_add_string(&builder, object, "digest", transaction->digest);
        json_add_string(&builder, object, "bootId", transaction->boot_id);
        json_add_string(&builder, object, "risk", risk_name(transaction->risk));
        json_add_bool(&builder, object, "reboot", transaction->reboot);
        json_add(&builder, object, "fixers", strings_to_json(&builder, transaction->fixers));
        for (size_t i = 0; i < transaction->n_claims; i++) {
                struct json_object *claim = json_new_object(&builder);

                add_base64(&builder, claim, "key", text_from_string(transaction->claims[i].key));
                json_add_bool(&builder, claim, "pending", transaction->claims[i].pending);
                json_append(&builder, claims, claim);
        }
        json_add(&builder, object, "claims", claims);
        for (size_t i = 0; i < transaction->n_changes; i++)
                json_append(&builder, changes, change_to_json(&builder, transaction->changes[i]));
        json_add(&builder, object, "changes", changes);

        return json_print(&builder, object, JSON_PRETTY, out);
}

static int print_state(const struct transaction *transaction, struct buffer *out)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);

        json_add_string(&builder, object, "state", plan_state_name(transaction->state));
        json_add_string(&builder, object, "reason", transaction->reason);
        json_add_string(&builder, object, "record", transaction->record);
        return json_print(&builder, object, JSON_PRETTY, out);
}

int record_digest(struct text record, char **ret)
{
        char hex[DIGEST_HEX_SIZE];
        int r = digest_text(record, hex);

        if (r < 0)
                return r;
        free(*ret);
        *ret = strdup(hex);
        return *ret ? 0 : -ENOMEM;
}

static int write_buffer(int directory, const char *name, const struct buffer *buffer)
{
        return store_write(directory, name, (struct text){ buffer->data, buffer->len });
}

static int write_content(int directory, size_t i, const char *which, const struct node *node)
{
        _cleanup_free_ char *name = string_format("%zu.%s", i, which);

        if (!name)
                return -ENOMEM;

        return node->type == NODE_FILE ? store_write(directory, name, node->content) : 0;
}

static int write_all(int directory, struct transaction *transaction)
{
        _cleanup_buffer_ struct buffer record = { 0 }, state = { 0 };
        int r = 0;

        for (size_t i = 0; i < transaction->n_changes && r >= 0; i++) {
                r = write_content(directory, i, "before", &transaction->changes[i]->before);
                if (r >= 0)
                        r = write_content(directory, i, "after", &transaction->changes[i]->after);
        }
        if (r >= 0)
                r = print_record(transaction, &record);
        if (r >= 0)
                r = write_buffer(directory, "record.json", &record);
        if (r >= 0)
                r = record_digest((struct text){ record.data, record.len }, &transaction->record);
        if (r >= 0)
                r = print_state(transaction, &state);
        if (r >= 0)
                r = write_buffer(directory, "state.json", &state);

        return r < 0 ? r : sync_directory(directory);
}

/* Under a name that no reader looks at, until it is whole. */
int record_write(const struct store *store, struct transaction *transaction)
{
        _cleanup_free_ char *new = string_format(".%s", transaction->id);
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (!new)
                return -ENOMEM;
        store_remove(store, new);
        if (mkdirat(store->fd, new, 0700) < 0)
                return -errno;

        fd = openat(store->fd, new, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = fd < 0 ? -errno : write_all(fd, transaction);
        if (r >= 0 && renameat(store->fd, new, store->fd, transaction->id) < 0)
                r = -errno;
        if (r < 0) {
                store_remove(store, new);
                return r;
        }

        r = sync_directory(store->fd);
        if (r < 0)
                store_remove(store, transaction->id);
        return r;
}

int record_open(const struct store *store, const char *id)
{
        int fd = openat(store->fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

int record_write_state(const struct store *store, const struct transaction *transaction)
{
        _cleanup_buffer_ struct buffer state = { 0 };
        _cleanup_close_ int fd = record_open(store, transaction->id);
        int r;

        if (fd < 0)
                return fd;
        r = print_state(transaction, &state);

        return r < 0 ? r : store_replace(fd, "state.json", (struct text){ state.data, state.len });
}
