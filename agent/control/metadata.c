/* SPDX-License-Identifier: Apache-2.0 */
#include "control/metadata.h"
#include "control/metadata-fields.h"
#include "control/metadata-service.h"
#include "control/metadata-store.h"

#include <fcntl.h>
#include <string.h>

#define IDENTITY "dynamic/instance-identity/"

enum {
        VALUE_BYTES = 4096,
        WAIT_MIN = 60,      /* seconds until a service that failed is asked again: doubled each time */
        WAIT_UNREACHED = 5, /* and one that was not there at all */
        WAIT_MAX = 3600,    /* and this long when it does not want to be asked */
};

static int64_t since_boot(void)
{
        struct timespec now = { 0 };

        (void) clock_gettime(CLOCK_BOOTTIME, &now);
        return (int64_t) now.tv_sec;
}

/* In a query. */
static int add_escaped(struct buffer *out, const char *text)
{
        for (; *text; text++) {
                struct text one = { text, 1 };

                if (is_plain_name(one) || strchr("-_.~", *text))
                        buffer_add_char(out, *text);
                else
                        buffer_addf(out, "%%%02X", (unsigned char) *text);
        }

        return out->failed ? -ENOMEM : 0;
}

static struct text content_of(const struct buffer *buffer)
{
        return (struct text){ buffer->data ? buffer->data : "", buffer->len };
}

static int get_identity(struct metadata_service *service, struct metadata *metadata)
{
        _cleanup_buffer_ struct buffer document = { 0 };
        int r;

        r = metadata_service_get(service, IDENTITY "document", METADATA_IDENTITY_MAX, &document);

        return r < 0 ? r : metadata_set_identity(metadata, content_of(&document));
}

static int get_pkcs7(struct metadata_service *service, const char *audience, struct metadata *metadata)
{
        _cleanup_buffer_ struct buffer path = { 0 }, pkcs7 = { 0 };
        int r;

        buffer_add_string(&path, IDENTITY "pkcs7");
        if (audience)
                buffer_add_string(&path, "?audience=");
        r = add_escaped(&path, audience ? audience : "");
        if (r >= 0)
                r = metadata_service_get(service, path.data, METADATA_PKCS7_MAX, &pkcs7);

        return r < 0 ? r : metadata_set_pkcs7(metadata, content_of(&pkcs7));
}

static int get_value(struct metadata_service *service, const struct metadata_field *field,
                     struct metadata *metadata)
{
        _cleanup_free_ char *path = string_format("meta-data/%s", field->path);
        _cleanup_buffer_ struct buffer value = { 0 };
        int r;

        if (!path)
                return -ENOMEM;
        r = metadata_service_get(service, path, VALUE_BYTES, &value);

        return r < 0 ? r : metadata_set(metadata, field, text_chomp(content_of(&value)));
}

static bool is_over(int r)
{
        return r == -ENOMEM || r == -EACCES || r == -EAGAIN;
}

/* r is what became of the first of the two that is not there. */
static int note_what_lacks(struct metadata *metadata, int r)
{
        if (!metadata->identity)
                return metadata_set_note(
                        metadata, r == -ENOENT
                                          ? TEXT("the metadata service has no identity document")
                                          : TEXT("what the metadata service has for an identity document "
                                                 "is none"));
        if (!metadata->identity_pkcs7)
                return metadata_set_note(
                        metadata, r == -ENOENT
                                          ? TEXT("the metadata service does not sign the identity document")
                                          : TEXT("what the metadata service has for a signature of the "
                                                 "identity document is none"));

        return 0;
}

/* The document, and by its own name each value that it does not have. Without the instance's id, which is the
 * first of them, there is nobody to speak of. */
static int crawl(struct metadata_service *service, const char *audience, struct metadata *metadata)
{
        int r, identity;

        r = get_identity(service, metadata);
        if (!is_over(r) && metadata->identity)
                r = get_pkcs7(service, audience, metadata);
        identity = r;
        for (const struct metadata_field *field = metadata_fields; field->cached && !is_over(r); field++) {
                if (!*metadata_value(metadata, field))
                        r = get_value(service, field, metadata);
                if (!metadata->instance_id && !is_over(r)) {
                        r = metadata_set_note(
                                metadata, TEXT("the metadata service does not say which instance this is"));
                        return r < 0 ? r : -EAGAIN;
                }
        }

        return is_over(r) ? r : note_what_lacks(metadata, identity);
}

/* When to ask again, after this failure. */
static int64_t wait_for(const struct metadata_service *service, int error, int64_t failures)
{
        int64_t wait = service->unreached ? WAIT_UNREACHED : WAIT_MIN;

        if (error == -EACCES)
                return WAIT_MAX;
        for (int64_t i = 1; i < failures && wait < WAIT_MAX; i++)
                wait *= 2;
        if (service->wait > wait)
                wait = service->wait;

        return wait < WAIT_MAX ? wait : WAIT_MAX;
}

/* A run of the crawl, into a cache that may know something of an earlier one. */
static int ask(const struct metadata_options *options, struct metadata_cache *cache)
{
        _cleanup_metadata_service_ struct metadata_service service = { 0 };
        struct metadata known = cache->metadata;
        int r, error;

        cache->metadata = (struct metadata){ 0 };
        metadata_service_begin(&service, options);
        error = crawl(&service, options->audience, &cache->metadata);
        if (service.note && error != -ENOMEM)
                error = metadata_set_note(&cache->metadata, text_from_string(service.note)) < 0 ? -ENOMEM
                                                                                                : error;
        /* An instance stays what it is for as long as it runs. */
        metadata_fill_from(&cache->metadata, &known);
        if (error == -ENOMEM)
                return error;

        cache->failures = error < 0 ? cache->failures + 1 : 0;
        cache->metadata.pending = error == -EAGAIN;
        cache->ask_again = error < 0 ? since_boot() + wait_for(&service, error, cache->failures) : 0;
        free(cache->audience);
        cache->audience = options->audience ? strdup(options->audience) : NULL;
        r = options->audience && !cache->audience ? -ENOMEM : 0;

        return r;
}

static bool is_same_audience(const char *a, const char *b)
{
        return a && b ? string_equal(a, b) : a == b;
}

/* Whether somebody is to be asked, though there is a cache of this boot. Who wants to be left alone is, also
 * when another audience is wanted. */
static bool is_due(const struct metadata_cache *cache, const char *audience)
{
        int64_t now = since_boot();

        /* Nobody has written a later time than the longest one. */
        if (cache->ask_again > now && cache->ask_again <= now + WAIT_MAX)
                return false;
        return cache->ask_again > 0 || !is_same_audience(cache->audience, audience);
}

static int write_cache(int directory, const struct metadata_options *options, struct metadata_cache *cache)
{
        _cleanup_free_ char *note = NULL;
        int r;

        if (!options->boot_id || !*options->boot_id)
                return 0;
        r = directory < 0 ? directory : metadata_cache_write(directory, options->boot_id, cache);
        if (r >= 0 || r == -ENOMEM)
                return r;
        note = string_format("cannot write %s/" METADATA_CACHE ": %s", options->directory, strerror(-r));

        return note ? metadata_set_note(&cache->metadata, text_from_string(note)) : -ENOMEM;
}

/* Why nobody is to be asked at all; NULL when somebody may be. */
static const char *why_not(void)
{
        return metadata_environment_true("ALIBABA_CLOUD_ECS_METADATA_DISABLED")
                       ? "ALIBABA_CLOUD_ECS_METADATA_DISABLED is set"
                       : NULL;
}

static int get(const struct metadata_options *options, struct metadata_cache *cache, bool *ret_asked)
{
        _cleanup_close_ int directory = open(options->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r, error = directory < 0 ? -errno : directory;

        r = metadata_cache_read(directory, options->boot_id, cache);
        if (!is_same_audience(cache->audience, options->audience)) {
                free(cache->metadata.identity_pkcs7);
                cache->metadata.identity_pkcs7 = NULL;
        }
        if (r == -ENOMEM || (r >= 0 && !is_due(cache, options->audience)))
                return r;
        cache->metadata.pending = false;
        if (why_not())
                return metadata_set_note(&cache->metadata, text_from_string(why_not()));

        *ret_asked = true;
        r = ask(options, cache);

        return r < 0 ? r : write_cache(error, options, cache);
}

int metadata_get(const struct metadata_options *options, struct metadata *ret,
                 enum metadata_source *ret_source)
{
        _cleanup_metadata_cache_ struct metadata_cache cache = { 0 };
        bool asked = false;
        int r;

        if (!metadata_is_ecs(options->dmi)) {
                *ret = (struct metadata){ 0 };
                *ret_source = METADATA_NOT_ECS;
                return metadata_set_note(ret, TEXT("this is no ECS instance, as DMI says"));
        }
        r = get(options, &cache, &asked);
        if (r < 0)
                return r;

        *ret_source = !cache.metadata.instance_id ? METADATA_FAILED
                      : asked                     ? METADATA_ASKED
                                                  : METADATA_CACHED;
        if (cache.metadata.pending && cache.ask_again > since_boot())
                cache.metadata.pending_s = cache.ask_again - since_boot();
        *ret = cache.metadata;
        cache.metadata = (struct metadata){ 0 };
        return 0;
}
