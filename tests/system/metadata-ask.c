/* SPDX-License-Identifier: Apache-2.0 */

/* metadata-ask metadata|credentials DMI-DIRECTORY CACHE-DIRECTORY BOOT-ID [AUDIENCE]: what the reporter does,
 * for metadata.sh. Prints one JSON object. Of credentials only their lengths are shown. */

#include "base/json.h"
#include "control/metadata.h"

#include <stdio.h>
#include <string.h>

static const char *const sources[] = {
        [METADATA_NOT_ECS] = "not-ecs",
        [METADATA_CACHED] = "cached",
        [METADATA_ASKED] = "asked",
        [METADATA_FAILED] = "failed",
};

static int ask_metadata(const struct metadata_options *options, struct json_builder *builder,
                        struct json_object *object)
{
        _cleanup_metadata_ struct metadata metadata = { 0 };
        enum metadata_source source;

        if (metadata_get(options, &metadata, &source) < 0)
                return -ENOMEM;
        json_add_string(builder, object, "source", sources[source]);
        json_add_string(builder, object, "instanceId", metadata.instance_id);
        json_add_string(builder, object, "instanceType", metadata.instance_type);
        json_add_string(builder, object, "regionId", metadata.region_id);
        json_add_string(builder, object, "zoneId", metadata.zone_id);
        json_add_string(builder, object, "imageId", metadata.image_id);
        json_add_string(builder, object, "ownerAccountId", metadata.owner_account_id);
        json_add_string(builder, object, "identity", metadata.identity);
        json_add_string(builder, object, "identityPkcs7", metadata.identity_pkcs7);
        json_add_string(builder, object, "note", metadata.note);
        return 0;
}

static int ask_credentials(const struct metadata_options *options, struct json_builder *builder,
                           struct json_object *object)
{
        _cleanup_credentials_ struct credentials credentials = { 0 };
        _cleanup_free_ char *reason = NULL;
        int64_t wait = -1;
        int r = credentials_get(options, &credentials, &reason, &wait);

        json_add_string(builder, object, "reason", reason);
        json_add_int(builder, object, "wait", wait);
        json_add_int(builder, object, "result", r);
        if (r < 0)
                return 0;
        json_add_string(builder, object, "accessKeyId", credentials.access_key_id);
        json_add_int(builder, object, "secret", (int64_t) strlen(credentials.access_key_secret));
        json_add_int(builder, object, "token", (int64_t) strlen(credentials.security_token));
        json_add_int(builder, object, "seconds", credentials.expires - time(NULL));
        return 0;
}

int main(int argc, char *argv[])
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *object = json_new_object(&builder);
        _cleanup_buffer_ struct buffer text = { 0 };
        struct metadata_options options = { 0 };
        int r;

        if (argc < 5 || argc > 6) {
                fprintf(stderr, "use: metadata-ask metadata|credentials DMI CACHE BOOT-ID [AUDIENCE]\n");
                return 2;
        }
        options = (struct metadata_options){
                .dmi = argv[2], .directory = argv[3], .boot_id = argv[4], .audience = argv[5]
        };
        r = string_equal(argv[1], "metadata") ? ask_metadata(&options, &builder, object)
                                              : ask_credentials(&options, &builder, object);
        credentials_forget();
        if (r >= 0)
                r = json_print(&builder, object, JSON_PRETTY, &text);

        return r < 0 || fputs(text.data, stdout) < 0;
}
