/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "control/acs-call.h"

#include <string.h>

/* The state of the machine as tags of its own instance: few, with one prefix, and written over each time, so
 * that no more than these of the twenty that an instance may have are ever taken. */

#define PREFIX "ecs-guest-agent"

enum {
        TAGS = 4,
        TAG_MAX = 128, /* characters of a key or a value */
        PREFIX_MAX = 64,
};

struct tag {
        const char *name; /* behind the prefix */
        char value[TAG_MAX + 1];
};

/* Neither may contain these, and values may not begin with "acs:"; upper case is as good as lower. */
static const char *find_scheme(const char *string)
{
        const char *at = strcasestr(string, "http://");

        return at ? at : strcasestr(string, "https://");
}

/* At most what a value may have, of printable ASCII: what is something else becomes "_". */
static void set_value(struct tag *tag, const char *name, struct text text)
{
        const char *scheme;
        size_t n = 0;

        while (text.len > 0 && n < TAG_MAX) {
                size_t len = utf8_sequence(text);

                tag->value[n++] = *text.data >= ' ' && *text.data < 0x7f ? *text.data : '_';
                text.data += len > 0 ? len : 1;
                text.len -= len > 0 ? len : 1;
        }
        tag->value[n] = '\0';
        tag->name = name;
        while ((scheme = find_scheme(tag->value)))
                tag->value[strchr(scheme, ':') - tag->value] = '_';
        if (strncasecmp(tag->value, "acs:", 4) == 0)
                tag->value[3] = '_';
}

/* Nothing that was judged: a value of a tag says so, instead of being empty. */
static struct text string_of(struct json_object *object, const char *key)
{
        struct text text;

        return json_get_text(object, key, &text) >= 0 && text.len > 0 ? text : TEXT("none");
}

/* In the words of "agentctl ready --oneline". */
static struct text verdict_word(struct json_object *report)
{
        struct text verdict = string_of(report, "verdict");

        if (text_equal(verdict, "ready"))
                return TEXT("READY");
        return text_equal(verdict, "not_ready") ? TEXT("NOT-READY") : TEXT("UNKNOWN");
}

/* The key of the worst that fails and is not waived: findings are in the order of their severity. */
static struct text worst_key(struct json_object *report)
{
        struct json_object *findings = json_get_array(report, "findings");

        for (size_t i = 0; i < json_array_size(findings); i++) {
                struct json_object *finding = json_array_item(findings, i);

                if (text_equal(string_of(finding, "outcome"), "fail") &&
                    !text_equal(string_of(finding, "severity"), "note") &&
                    json_type_letter(finding, "waived") != 'o')
                        return string_of(finding, "key");
        }

        return TEXT("none");
}

static void make_tags(const struct event *event, struct tag tags[static TAGS])
{
        set_value(&tags[0], "verdict", verdict_word(event->report));
        set_value(&tags[1], "digest", string_of(event->report, "digest"));
        set_value(&tags[2], "checked", text_from_string(event->time));
        set_value(&tags[3], "first", worst_key(event->report));
}

/* RegionId, ResourceType, ResourceId.1, and Tag.N.Key and Tag.N.Value. */
struct parameters {
        struct acs3_pair pairs[3 + 2 * TAGS];
        char *strings[3 * TAGS];
        size_t n_pairs, n_strings;
};

static void parameters_done(struct parameters *parameters)
{
        for (size_t i = 0; i < parameters->n_strings; i++)
                free(parameters->strings[i]);
}

static void add(struct parameters *parameters, const char *name, const char *value)
{
        parameters->pairs[parameters->n_pairs++] = (struct acs3_pair){ name, value };
}

static int add_tag(struct parameters *parameters, unsigned number, const char *prefix, const struct tag *tag)
{
        char **own = parameters->strings + parameters->n_strings;

        own[0] = string_format("Tag.%u.Key", number);
        own[1] = string_format("%s:%s", prefix, tag->name);
        own[2] = string_format("Tag.%u.Value", number);
        parameters->n_strings += 3;
        if (!own[0] || !own[1] || !own[2])
                return -ENOMEM;

        add(parameters, own[0], own[1]);
        add(parameters, own[2], tag->value);
        return 0;
}

static int call_with(const struct sink *sink, const struct event *event, const char *host,
                     struct sink_result *ret)
{
        __attribute__((__cleanup__(parameters_done))) struct parameters parameters = { .n_pairs = 0 };
        const char *prefix = sink_setting(sink, "prefix");
        struct tag tags[TAGS];
        struct acs_call call = { .host = host, .action = "TagResources", .version = "2014-05-26" };
        int r;

        make_tags(event, tags);
        add(&parameters, "RegionId", event->metadata->region_id);
        add(&parameters, "ResourceType", "instance");
        add(&parameters, "ResourceId.1", event->metadata->instance_id);
        for (unsigned i = 0; i < TAGS; i++) {
                r = add_tag(&parameters, i + 1, prefix ? prefix : PREFIX, &tags[i]);
                if (r < 0)
                        return r;
        }

        call.parameters = parameters.pairs;
        call.n_parameters = parameters.n_pairs;
        return acs_call(sink, &call, ret);
}

static int deliver(const struct sink *sink, const struct event *event, struct sink_result *ret)
{
        const struct metadata *metadata = event->metadata;
        _cleanup_free_ char *host = NULL;
        int r;

        r = acs_endpoint(sink, event, "ecs-vpc", &host);
        if (r < 0)
                return r;
        if (!host || !metadata || !metadata->instance_id || !metadata->region_id)
                return sink_answer(ret, DELIVERY_RETRY, -1,
                                   "which instance this is, and of which region, is not known%s%s",
                                   metadata && metadata->note ? ": " : "",
                                   metadata && metadata->note ? metadata->note : "");

        return call_with(sink, event, host, ret);
}

static bool is_prefix(const char *value)
{
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/";

        return strlen(value) <= PREFIX_MAX && value[strspn(value, allowed)] == '\0' && !find_scheme(value) &&
               strncasecmp(value, "aliyun", 6) != 0 && strncasecmp(value, "acs:", 4) != 0;
}

static const struct sink_key keys[] = {
        { "prefix", false, is_prefix,
          "up to 64 letters, digits and \"-_.:/\", beginning neither with aliyun nor with acs:",
          "What the keys of the tags begin with. Default: " PREFIX "." },
        { "endpoint", false, acs_host_is_plain, "a host name in lower case, without https://",
          "The host of the ECS API. Default: ecs-vpc.REGION.aliyuncs.com, which is there inside of a VPC." },
        { "ca", false, sink_check_path, "a path that begins with /",
          "Certificates in PEM that are trusted instead of the system's." },
        { "proxy", false, sink_check_proxy, "an address with http:// and without a password",
          "A proxy; no environment variable is asked for one." },
        { NULL },
};

const struct sink_kind sink_ecs_tags = {
        .type = "ecs-tags",
        .keys = keys,
        .newest_only = true,
        .deliver = deliver,
};
