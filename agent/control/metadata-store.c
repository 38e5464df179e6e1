/* SPDX-License-Identifier: Apache-2.0 */
#include "control/metadata-store.h"
#include "base/files.h"
#include "base/json.h"
#include "control/metadata-fields.h"

int metadata_cache_write(int directory, const char *boot_id, const struct metadata_cache *cache)
{
        struct metadata metadata = cache->metadata;
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);
        _cleanup_buffer_ struct buffer text = { 0 };
        int r;

        json_add_string(&builder, object, "schema", METADATA_CACHE_SCHEMA);
        json_add_string(&builder, object, "bootId", boot_id);
        for (const struct metadata_field *field = metadata_fields; field->cached; field++)
                json_add_string(&builder, object, field->cached, *metadata_value(&metadata, field));
        json_add_string(&builder, object, "identity", metadata.identity);
        json_add_string(&builder, object, "identityPkcs7", metadata.identity_pkcs7);
        json_add_string(&builder, object, "audience", cache->audience);
        json_add_string(&builder, object, "note", metadata.note);
        json_add_int(&builder, object, "askAgain", cache->ask_again);
        json_add_int(&builder, object, "failures", cache->failures);
        json_add_bool(&builder, object, "pending", metadata.pending);
        r = json_print(&builder, object, JSON_PRETTY, &text);
        if (r < 0)
                return r;

        return file_replace(directory, METADATA_CACHE, (struct text){ text.data, text.len }, 0600,
                            FILE_SAME_GROUP);
}
