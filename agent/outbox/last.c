/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox/last.h"
#include "base/files.h"
#include "base/json.h"

#include <string.h>

#define SCHEMA "io.ecsguest.outbox-last/1"
#define CAP ((size_t) 4096)

static bool take_text(struct json_object *object, const char *key, size_t size, char *ret)
{
        struct text text;

        if (json_get_text(object, key, &text) < 0 || text.len >= size)
                return false;
        (void) memcpy(ret, text.data, text.len);
        ret[text.len] = '\0';
        return true;
}

static bool take(struct json_object *object, struct outbox_last *ret)
{
        char schema[sizeof(SCHEMA)];
        int64_t sequence = 0;

        ret->written = json_get_true(object, "written");
        ret->aside = json_get_true(object, "aside");
        if (!take_text(object, "schema", sizeof(schema), schema) || !string_equal(schema, SCHEMA) ||
            json_get_int(object, "sequence", &sequence) < 0 || sequence <= 0 ||
            !take_text(object, "id", sizeof(ret->id), ret->id) ||
            !take_text(object, "time", sizeof(ret->time), ret->time) ||
            !take_text(object, "fingerprint", sizeof(ret->fingerprint), ret->fingerprint) ||
            !take_text(object, "sinks", sizeof(ret->sinks), ret->sinks) ||
            !take_text(object, "machine", sizeof(ret->machine), ret->machine))
                return false;

        ret->sequence = (uint64_t) sequence;
        return true;
}

int outbox_last_read(int home, struct outbox_last *ret)
{
        _cleanup_json_ struct json_object *object = NULL;
        _cleanup_free_ char *data = NULL;
        struct outbox_last last = { 0 };
        const char *cause;
        size_t len;
        int r;

        *ret = (struct outbox_last){ 0 };
        r = file_read(home, OUTBOX_LAST_NAME, CAP, &data, &len, NULL);
        if (r >= 0)
                r = json_parse(data, len, CAP, &object, &cause);
        if (r == -ENOENT || r == -EBADMSG || r == -EFBIG)
                return 0;
        if (r < 0)
                return r;

        if (take(object, &last))
                *ret = last;
        return 0;
}

int outbox_last_write(int home, const struct outbox_last *last)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);
        _cleanup_buffer_ struct buffer text = { 0 };
        int r;

        json_add_string(&builder, object, "schema", SCHEMA);
        json_add_int(&builder, object, "sequence", (int64_t) last->sequence);
        json_add_string(&builder, object, "id", last->id);
        json_add_string(&builder, object, "time", last->time);
        json_add_string(&builder, object, "fingerprint", last->fingerprint);
        json_add_string(&builder, object, "sinks", last->sinks);
        json_add_string(&builder, object, "machine", last->machine);
        json_add_bool(&builder, object, "written", last->written);
        json_add_bool(&builder, object, "aside", last->aside);
        r = json_print(&builder, object, JSON_PRETTY, &text);

        return r < 0 ? r
                     : file_replace(home, OUTBOX_LAST_NAME, (struct text){ text.data, text.len }, 0600,
                                    FILE_SAME_GROUP);
}
