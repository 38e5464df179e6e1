/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "base/wipe.h"
#include "control/metadata-fields.h"
#include "control/metadata-service.h"

#include <string.h>

#define CREDENTIALS "meta-data/ram/security-credentials/"

enum {
        ROLES_MAX = 4096,
        ANSWER_MAX = 16 * 1024,
        ID_MAX = 256,
        TOKEN_MAX = 8 * 1024,
        REMAINING = 180, /* seconds: then new ones are there for long */
        WAIT_MIN = 60,   /* after a failure of the service, also for who comes later than this process */
        WAIT_REFUSED = 3600,
};

/* What the service said to this process. */
static struct {
        bool asked;
        int error;
        char *reason;
        int64_t wait; /* seconds that the service is left alone; -1 for nothing of the kind */
        struct credentials credentials;
} kept;

void credentials_done(struct credentials *credentials)
{
        wipe_string(credentials->access_key_id);
        wipe_string(credentials->access_key_secret);
        wipe_string(credentials->security_token);
        *credentials = (struct credentials){ 0 };
}

void credentials_forget(void)
{
        credentials_done(&kept.credentials);
        free(kept.reason);
        memset(&kept, 0, sizeof(kept));
}

static int fail(int error, const char *format, ...) _printf_(2, 3);
static int fail(int error, const char *format, ...)
{
        va_list arguments;

        free(kept.reason);
        va_start(arguments, format);
        kept.reason = string_formatv(format, arguments);
        va_end(arguments);

        return kept.reason ? error : -ENOMEM;
}

static int fail_service(const struct metadata_service *service, int error)
{
        if (error == -ENOMEM)
                return error;
        if (error == -ENOENT)
                return fail(-ENOENT, "this instance has no RAM role");
        if (error == -EMSGSIZE)
                return fail(-EAGAIN, "no credentials: what the metadata service says is too long");

        return fail(error, "no credentials: %s", service->note ? service->note : strerror(-error));
}

/* The first of the list; lines end with CR LF, or LF alone. */
static int find_role(struct metadata_service *service, char **ret)
{
        _cleanup_buffer_ struct buffer list = { 0 };
        struct text rest, line = { 0 };
        int r;

        r = metadata_service_get(service, CREDENTIALS, ROLES_MAX, &list);
        if (r < 0)
                return fail_service(service, r);
        rest = (struct text){ list.data ? list.data : "", list.len };
        while (text_trim(line).len == 0 && text_next_line(&rest, &line))
                line = text_chomp(line);
        line = text_trim(line);
        if (line.len == 0)
                return fail_service(service, -ENOENT);
        if (!is_plain_name(line))
                return fail(-EAGAIN, "the metadata service names a RAM role that cannot be one");

        *ret = text_dup(line);
        return *ret ? 0 : -ENOMEM;
}

static int get_role(struct metadata_service *service, char **ret)
{
        const char *name = getenv("ALIBABA_CLOUD_ECS_METADATA");

        if (!name || !*name)
                return find_role(service, ret);
        if (!is_plain_name(text_from_string(name)))
                return fail(-ENOENT, "ALIBABA_CLOUD_ECS_METADATA is no name of a RAM role");

        *ret = strdup(name);
        return *ret ? 0 : -ENOMEM;
}

/* One string of the answer, which is wiped there. */
static int take_word(struct json_object *object, const char *key, size_t max, char **ret)
{
        struct text value;

        if (json_get_text(object, key, &value) < 0)
                return -EBADMSG;
        if (is_printable_word(value, max)) {
                *ret = text_dup(value);
                if (!*ret)
                        return -ENOMEM;
        }
        wipe((char *) value.data, value.len);

        return *ret ? 0 : -EBADMSG;
}

/* "2026-11-28T17:00:00Z" */
static int take_expiration(struct json_object *object, time_t *ret)
{
        struct text value;
        struct tm tm = { 0 };
        const char *end;

        if (json_get_text(object, "Expiration", &value) < 0 || value.len != strlen("2026-11-28T17:00:00Z"))
                return -EBADMSG;
        end = strptime(value.data, "%Y-%m-%dT%H:%M:%SZ", &tm);
        if (!end || *end)
                return -EBADMSG;

        *ret = timegm(&tm);
        return 0;
}

/* All three in any case, since each of them is wiped there. */
static int take_words(struct json_object *object, struct credentials *credentials)
{
        const struct {
                const char *key;
                size_t max;
                char **string;
        } words[] = {
                { "AccessKeyId", ID_MAX, &credentials->access_key_id },
                { "AccessKeySecret", ID_MAX, &credentials->access_key_secret },
                { "SecurityToken", TOKEN_MAX, &credentials->security_token },
        };
        int first = 0;

        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                int r = take_word(object, words[i].key, words[i].max, words[i].string);

                first = first < 0 ? first : r;
        }

        return first;
}

static int read_credentials(struct buffer *answer, struct credentials *ret)
{
        _cleanup_credentials_ struct credentials credentials = { 0 };
        _cleanup_json_ struct json_object *object = NULL;
        struct text code;
        const char *cause;
        int r;

        r = json_parse(answer->data ? answer->data : "", answer->len, ANSWER_MAX, &object, &cause);
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;
        r = take_words(object, &credentials);
        if (r >= 0 && (json_get_text(object, "Code", &code) < 0 || !text_equal(code, "Success")))
                r = -EBADMSG;
        if (r >= 0)
                r = take_expiration(object, &credentials.expires);
        if (r < 0)
                return r;

        *ret = credentials;
        credentials = (struct credentials){ 0 };
        return 0;
}

static int ask_for_role(struct metadata_service *service, const char *role)
{
        _cleanup_free_ char *path = string_format(CREDENTIALS "%s", role);
        _cleanup_wipe_buffer_ struct buffer answer = { 0 };
        int r;

        if (!path)
                return -ENOMEM;
        r = metadata_service_get(service, path, ANSWER_MAX, &answer);
        if (r == -ENOENT)
                return fail(r, "the metadata service has no credentials of the RAM role '%s'", role);
        if (r < 0)
                return fail_service(service, r);
        r = read_credentials(&answer, &kept.credentials);

        return r == -EBADMSG
                       ? fail(-EAGAIN,
                              "what the metadata service says of the RAM role '%s' are no credentials", role)
                       : r;
}

/* That there is no role may change at any time, and costs little to be told. */
static int64_t wait_after(const struct metadata_service *service, int r)
{
        if (r == -EACCES)
                return WAIT_REFUSED;
        if (r != -EAGAIN)
                return -1;

        return service->wait > WAIT_MIN ? service->wait : WAIT_MIN;
}

static int ask(const struct metadata_options *options)
{
        _cleanup_metadata_service_ struct metadata_service service = { 0 };
        _cleanup_free_ char *role = NULL;
        int r;

        if (metadata_environment_true("ALIBABA_CLOUD_ECS_METADATA_DISABLED"))
                return fail(-EACCES, "ALIBABA_CLOUD_ECS_METADATA_DISABLED is set");
        if (!metadata_is_ecs(options->dmi))
                return fail(-ENOENT, "this is no ECS instance, as DMI says");

        metadata_service_begin(&service, options);
        r = get_role(&service, &role);
        if (r >= 0)
                r = ask_for_role(&service, role);
        kept.wait = wait_after(&service, r);

        return r;
}

static int copy_string(const char *string, char **ret)
{
        *ret = strdup(string);
        return *ret ? 0 : -ENOMEM;
}

static int copy_kept(struct credentials *ret)
{
        _cleanup_credentials_ struct credentials copy = { .expires = kept.credentials.expires };
        int r;

        r = copy_string(kept.credentials.access_key_id, &copy.access_key_id);
        if (r >= 0)
                r = copy_string(kept.credentials.access_key_secret, &copy.access_key_secret);
        if (r >= 0)
                r = copy_string(kept.credentials.security_token, &copy.security_token);
        if (r < 0)
                return r;

        *ret = copy;
        copy = (struct credentials){ 0 };
        return 0;
}

int credentials_get(const struct metadata_options *options, struct credentials *ret, char **ret_reason,
                    int64_t *ret_wait)
{
        if (kept.asked && kept.error == 0 && kept.credentials.expires - time(NULL) < REMAINING)
                credentials_forget();
        if (!kept.asked) {
                kept.wait = -1;
                kept.error = ask(options);
                kept.asked = kept.error != -ENOMEM;
        }
        if (kept.error == 0)
                return copy_kept(ret);
        if (kept.error == -ENOMEM)
                return -ENOMEM;

        *ret_wait = kept.wait;
        *ret_reason = strdup(kept.reason);
        return *ret_reason ? kept.error : -ENOMEM;
}
