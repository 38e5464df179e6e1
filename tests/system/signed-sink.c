/* SPDX-License-Identifier: Apache-2.0 */
/* The helper of signed-sinks.sh.
 *
 *   signed-sink sign FILE                                the authorization of each request of FILE, one a
 * line signed-sink deliver TYPE REPORT KEY=VALUE...  "DELIVERY SECONDS REASON" for one event
 *
 * Credentials are those of the environment: KEY_ID, SECRET, TOKEN. */
#include "base/json.h"
#include "control/acs3.h"
#include "control/sink.h"

#include <stdio.h>
#include <string.h>

enum { PAIRS_MAX = 64, FILE_MAX = 8 * 1024 * 1024 };

int credentials_get(const struct metadata_options *options, struct credentials *ret, char **ret_reason,
                    int64_t *ret_wait)
{
        const char *id = getenv("KEY_ID"), *secret = getenv("SECRET"), *token = getenv("TOKEN");

        if (!id || !secret || !token) {
                *ret_reason = strdup("no role is attached");
                *ret_wait = -1;
                return -ENOENT;
        }
        *ret = (struct credentials){ strdup(id), strdup(secret), strdup(token), 0 };
        return ret->access_key_id && ret->access_key_secret && ret->security_token ? 0 : -ENOMEM;
}

void credentials_done(struct credentials *credentials)
{
        free(credentials->access_key_id);
        free(credentials->access_key_secret);
        free(credentials->security_token);
}

static char *read_file(const char *path, size_t *ret_len)
{
        FILE *file = fopen(path, "re");
        char *data = malloc(FILE_MAX);

        *ret_len = file && data ? fread(data, 1, FILE_MAX, file) : 0;
        if (file)
                (void) fclose(file);
        return data;
}

/* The members of an object; the strings live as long as the process does. */
static size_t pairs_of(struct json_object *document, const char *key, struct acs3_pair *ret)
{
        struct json_object *object = json_get_object(document, key);
        size_t n = json_object_size(object);

        for (size_t i = 0; i < n && i < PAIRS_MAX; i++) {
                char *value = NULL;

                if (json_dup_string(object, json_object_key(object, i), &value) < 0)
                        exit(1);
                ret[i] = (struct acs3_pair){ json_object_key(object, i), value };
        }

        return n < PAIRS_MAX ? n : PAIRS_MAX;
}

static int sign_line(struct text line)
{
        static const char *const keys[] = { "method", "path", "hash", "id", "secret" };
        struct acs3_pair query[PAIRS_MAX], headers[PAIRS_MAX];
        char *values[ARRAY_SIZE(keys)], *authorization = NULL;
        struct json_object *document;
        struct acs3_request request;
        const char *cause = "";

        if (json_parse(line.data, line.len, FILE_MAX, &document, &cause) < 0) {
                fprintf(stderr, "no request: %s\n", cause);
                return -EINVAL;
        }
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (json_dup_string(document, keys[i], &values[i]) < 0)
                        return -EINVAL;
        request = (struct acs3_request){
                values[0], values[1],
                query,     pairs_of(document, "query", query),
                headers,   pairs_of(document, "headers", headers),
                values[2],
        };
        if (acs3_authorization(&request, values[3], values[4], &authorization) < 0)
                return -EINVAL;
        puts(authorization);
        return 0;
}

static int sign(const char *path)
{
        struct text rest = { NULL, 0 }, line;

        rest.data = read_file(path, &rest.len);
        while (text_next_line(&rest, &line))
                if (sign_line(text_chomp(line)) < 0)
                        return 1;

        return 0;
}

static const struct sink_kind *find_kind(const char *type)
{
        static const struct sink_kind *const kinds[] = { &sink_ecs_tags, &sink_cloudmonitor };

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (string_equal(kinds[i]->type, type))
                        return kinds[i];

        exit(2);
}

static int deliver(const char *type, const char *report, size_t n, char **settings)
{
        static const char *const words[] = { "done", "retry", "park", "stop", "pause" };
        struct metadata metadata = { .instance_id = (char *) "i-bp1example",
                                     .region_id = (char *) "cn-hangzhou" };
        struct sink sink = { (char *) "test", find_kind(type), calloc(n, sizeof(struct sink_setting)), n,
                             NULL };
        struct event event = { "0123-4567", 7, "2026-11-22T21:05:00Z", NULL, NULL, &metadata };
        struct sink_result result = { 0 };
        const char *cause;
        size_t len;
        char *data = read_file(report, &len);

        if (!sink.settings || json_parse(data, len, FILE_MAX, &event.report, &cause) < 0)
                return 1;
        for (size_t i = 0; i < n; i++) {
                char *equals = strchr(settings[i], '=');

                if (!equals)
                        return 2;
                *equals = '\0';
                sink.settings[i] = (struct sink_setting){ settings[i], equals + 1 };
        }
        if (sink.kind->deliver(&sink, &event, &result) < 0)
                return 1;
        printf("%s %lld %s\n", words[result.delivery], (long long) result.retry_after,
               result.reason ? result.reason : "");
        return 0;
}

int main(int argc, char **argv)
{
        if (argc == 3 && string_equal(argv[1], "sign"))
                return sign(argv[2]);
        if (argc > 4 && string_equal(argv[1], "deliver"))
                return deliver(argv[2], argv[3], (size_t) argc - 4, argv + 4);
        return 2;
}
