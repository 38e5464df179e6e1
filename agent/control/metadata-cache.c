/* SPDX-License-Identifier: Apache-2.0 */
#include "control/metadata-cache.h"
#include "base/files.h"
#include "base/json.h"
#include "control/metadata-fields.h"
#include "control/metadata-store.h"

void metadata_cache_done(struct metadata_cache *cache)
{
        metadata_done(&cache->metadata);
        free(cache->audience);
        *cache = (struct metadata_cache){ 0 };
}

static bool next_digit(struct text *rest, char *ret)
{
        while (rest->len > 0 && *rest->data == '-') {
                rest->data++;
                rest->len--;
        }
        if (rest->len == 0)
                return false;

        *ret = *rest->data++;
        rest->len--;
        return true;
}

/* The kernel writes a boot id with dashes, others without. */
static bool is_same_boot(struct text a, struct text b)
{
        char left = '\0', right = '\0';
        size_t n = 0;

        while (left == right) {
                bool more = next_digit(&a, &left);

                if (more != next_digit(&b, &right))
                        return false;
                if (!more)
                        return n > 0;
                n++;
        }

        return false;
}

/* What is not as it should be is left out. */
static int take_values(struct json_object *object, struct metadata *metadata)
{
        struct text value;
        int r = 0;

        for (const struct metadata_field *field = metadata_fields; field->cached && r != -ENOMEM; field++)
                if (json_get_text(object, field->cached, &value) >= 0)
                        r = metadata_set(metadata, field, value);
        if (r != -ENOMEM && json_get_text(object, "identity", &value) >= 0)
                r = metadata_set_identity(metadata, value);
        if (r != -ENOMEM && metadata->identity && json_get_text(object, "identityPkcs7", &value) >= 0)
                r = metadata_set_pkcs7(metadata, value);
        if (r != -ENOMEM && json_get_text(object, "note", &value) >= 0)
                r = metadata_set_note(metadata, value);

        return r == -ENOMEM ? r : 0;
}

static int take_cache(struct json_object *object, struct metadata_cache *cache)
{
        int r;

        r = json_dup_string(object, "audience", &cache->audience);
        if (r == -ENOMEM)
                return r;
        if (json_get_int(object, "askAgain", &cache->ask_again) < 0 || cache->ask_again < 0)
                cache->ask_again = 0;
        if (json_get_int(object, "failures", &cache->failures) < 0 || cache->failures < 0)
                cache->failures = 0;
        cache->metadata.pending = json_get_true(object, "pending");

        return take_values(object, &cache->metadata);
}

int metadata_cache_read(int directory, const char *boot_id, struct metadata_cache *ret)
{
        _cleanup_metadata_cache_ struct metadata_cache cache = { 0 };
        _cleanup_json_ struct json_object *object = NULL;
        _cleanup_free_ char *content = NULL;
        struct text schema, boot;
        const char *cause;
        size_t len;
        int r;

        if (directory < 0 || !boot_id)
                return -ENOENT;
        r = file_read(directory, METADATA_CACHE, METADATA_CACHE_MAX, &content, &len, NULL);
        if (r >= 0)
                r = json_parse(content, len, METADATA_CACHE_MAX, &object, &cause);
        if (r < 0)
                return r == -ENOMEM ? r : -ENOENT;
        if (json_get_text(object, "schema", &schema) < 0 || !text_equal(schema, METADATA_CACHE_SCHEMA) ||
            json_get_text(object, "bootId", &boot) < 0 || !is_same_boot(boot, text_from_string(boot_id)))
                return -ENOENT;

        r = take_cache(object, &cache);
        if (r < 0)
                return r;

        *ret = cache;
        cache = (struct metadata_cache){ 0 };
        return 0;
}

int metadata_read_cache(int directory, const char *boot_id, struct metadata *ret)
{
        _cleanup_metadata_cache_ struct metadata_cache cache = { 0 };
        int r;

        r = metadata_cache_read(directory, boot_id, &cache);
        if (r == -ENOMEM)
                return r;

        *ret = cache.metadata;
        cache.metadata = (struct metadata){ 0 };
        return 0;
}
