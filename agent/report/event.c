/* SPDX-License-Identifier: Apache-2.0 */
#include "report/event.h"

#include <stdio.h>
#include <string.h>

_Static_assert(sizeof(EVENT_TYPE) - 1 <= EVENT_TYPE_MAX, "a type that every receiver takes");

enum { NAME_MAX_ = 64, UUID_DIGITS = 32, SEQUENCE_DIGITS = 20 };

/* What may be dropped, in this order. */
enum kind { KIND_PASS, KIND_SKIP, KIND_NOTE, KIND_COUNT, KIND_KEPT = KIND_COUNT };

static const char *const kind_names[] = { [KIND_PASS] = "pass", [KIND_SKIP] = "skip", [KIND_NOTE] = "note" };

/* A part of the resource name. It came over the network, and ends in a URI. */
static bool is_plain_name(const char *name)
{
        size_t len = name ? strlen(name) : 0;

        return len > 0 && len <= NAME_MAX_ &&
               strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == len;
}

static char *source_of_instance(const struct event_instance *instance)
{
        return string_format("acs:ecs:%s:%s:instance/%s", instance->region, instance->account, instance->id);
}

static bool is_hex(struct text text)
{
        for (size_t i = 0; i < text.len; i++)
                if (!memchr("0123456789abcdef", text.data[i], 16))
                        return false;

        return true;
}

/* Of 32 digits. */
static char *source_of_uuid(const char *digits)
{
        return string_format("urn:uuid:%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12,
                             digits + 16, digits + 20);
}

/* The fields of the version and the variant are those of version 8, which is for whoever makes his own. */
static char *source_of_digest(struct text digest)
{
        char digits[UUID_DIGITS];

        memcpy(digits, digest.data, sizeof(digits));
        digits[12] = '8';
        digits[16] = "89ab"[(unsigned char) digits[16] & 3];
        return source_of_uuid(digits);
}

char *report_event_source(const struct event_instance *instance, struct json_object *report)
{
        static const char prefix[] = "sha256:";
        struct text text;
        char *source;

        if (is_plain_name(instance->region) && is_plain_name(instance->account) &&
            is_plain_name(instance->id)) {
                source = source_of_instance(instance);
                if (!source || strlen(source) <= EVENT_SOURCE_MAX)
                        return source;
                free(source);
        }
        if (json_get_text(json_get_object(report, "host"), "bootId", &text) >= 0 && text.len == UUID_DIGITS &&
            is_hex(text))
                return source_of_uuid(text.data);
        if (json_get_text(report, "digest", &text) >= 0 && text_starts(text, prefix)) {
                text = (struct text){ text.data + strlen(prefix), text.len - strlen(prefix) };
                if (text.len >= UUID_DIGITS && is_hex(text))
                        return source_of_digest(text);
        }

        return string_format("/ecs-guest-agent");
}

/* A String of CloudEvents, and left out when there is nothing, since none may be empty. */
static void add_attribute(struct json_builder *builder, struct json_object *object, const char *key,
                          struct text value)
{
        _cleanup_buffer_ struct buffer clean = { 0 };

        buffer_add_plain(&clean, value);
        builder->failed = builder->failed || clean.failed;
        if (clean.len > 0)
                json_add_text(builder, object, key, (struct text){ clean.data, clean.len });
}

/* One that is none would make a receiver refuse the whole event. */
static bool is_time(struct text text)
{
        static const char shape[] = "0000-00-00T00:00:00Z";

        if (text.len != strlen(shape))
                return false;
        for (size_t i = 0; i < text.len; i++)
                if (shape[i] == '0' ? text.data[i] < '0' || text.data[i] > '9' : text.data[i] != shape[i])
                        return false;

        return true;
}

static void add_time(struct json_builder *builder, struct json_object *object,
                     const struct report_event *event)
{
        struct text text = { 0 };

        if (event->time)
                text = text_from_string(event->time);
        else
                (void) !json_get_text(event->report, "time", &text);
        if (is_time(text))
                json_add_text(builder, object, "time", text);
}

static bool is_member(struct json_object *finding, const char *key, const char *value)
{
        struct text text;

        return json_get_text(finding, key, &text) >= 0 && text_equal(text, value);
}

static enum kind kind_of(struct json_object *finding)
{
        if (is_member(finding, "outcome", "pass"))
                return KIND_PASS;
        if (is_member(finding, "outcome", "skip"))
                return KIND_SKIP;

        return is_member(finding, "severity", "note") ? KIND_NOTE : KIND_KEPT;
}

/* Those that are left when all kinds before this one are dropped. */
static struct json_object *keep_findings(struct json_builder *builder, struct json_object *report,
                                         enum kind kept_from, size_t n_dropped[static KIND_COUNT])
{
        struct json_object *kept = json_new_array(builder);
        struct json_object *findings = json_get_array(report, "findings");

        for (size_t i = 0; i < json_array_size(findings); i++) {
                struct json_object *finding = json_array_item(findings, i);
                enum kind kind = kind_of(finding);

                if (kind < kept_from)
                        n_dropped[kind]++;
                else if (finding)
                        json_append(builder, kept, json_share(finding));
        }

        return kept;
}

static void add_dropped(struct json_builder *builder, struct json_object *data,
                        const size_t n_dropped[static KIND_COUNT])
{
        struct json_object *dropped = json_new_object(builder);

        for (enum kind kind = 0; kind < KIND_COUNT; kind++)
                if (n_dropped[kind] > 0)
                        json_add_int(builder, dropped, kind_names[kind], (int64_t) n_dropped[kind]);
        if (json_object_size(dropped) > 0)
                json_add(builder, data, "dropped", dropped);
        else
                json_free(dropped);
}

/* Whoever made the report may not have known what the platform says. */
static struct json_object *host_with(struct json_builder *builder, struct json_object *host,
                                     const struct event_instance *instance)
{
        const struct {
                const char *key, *value;
        } known[] = {
                { "instanceId", instance->id },
                { "instanceType", instance->type },
                { "regionId", instance->region },
                { "imageId", instance->image },
        };
        struct json_object *object = json_new_object(builder);

        json_add_members(builder, object, host, NULL);
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (known[i].value && json_type_letter(object, known[i].key) != 's')
                        json_add_string(builder, object, known[i].key, known[i].value);

        return object;
}

static struct json_object *make_data(struct json_builder *builder, const struct report_event *event,
                                     enum kind kept_from)
{
        struct json_object *data = json_new_object(builder);
        size_t n_dropped[KIND_COUNT] = { 0 };

        for (size_t i = 0; i < json_object_size(event->report); i++) {
                const char *key = json_object_key(event->report, i);

                if (string_equal(key, "host"))
                        json_add(builder, data, key,
                                 host_with(builder, json_get_object(event->report, key), &event->instance));
                else if (string_equal(key, "findings"))
                        json_add(builder, data, key,
                                 keep_findings(builder, event->report, kept_from, n_dropped));
                else
                        json_add_member(builder, data, event->report, key);
        }
        add_dropped(builder, data, n_dropped);
        return data;
}

static struct json_object *make_event(struct json_builder *builder, const struct report_event *event,
                                      enum kind kept_from)
{
        struct json_object *object = json_new_object(builder);
        _cleanup_free_ char *source =
                event->source ? strdup(event->source) : report_event_source(&event->instance, event->report);
        char sequence[SEQUENCE_DIGITS + 1];
        struct text text;

        builder->failed = builder->failed || !source;
        json_add_string(builder, object, "specversion", "1.0");
        add_attribute(builder, object, "id", text_from_string(event->id));
        json_add_string(builder, object, "source", source);
        json_add_string(builder, object, "type", EVENT_TYPE);
        if (json_get_text(event->report, "profile", &text) >= 0)
                add_attribute(builder, object, "subject", text);
        add_time(builder, object, event);
        json_add_string(builder, object, "datacontenttype", "application/json");
        /* An extension that is compared as text: hence the zeros. */
        if (event->sequence > 0) {
                (void) snprintf(sequence, sizeof(sequence), "%0*llu", SEQUENCE_DIGITS,
                                (unsigned long long) event->sequence);
                json_add_string(builder, object, "sequence", sequence);
        }
        json_add(builder, object, "data", make_data(builder, event, kept_from));
        return object;
}

int report_event_print(const struct report_event *event, enum json_layout layout, size_t max,
                       struct buffer *out)
{
        if (!event->id || !event->id[0] || json_object_size(event->report) == 0)
                return -EINVAL;

        for (enum kind kept_from = 0; kept_from <= KIND_KEPT; kept_from++) {
                struct json_builder builder = { 0 };
                _cleanup_json_ struct json_object *object = make_event(&builder, event, kept_from);
                _cleanup_buffer_ struct buffer text = { 0 };
                int r;

                r = json_print(&builder, object, layout, &text);
                if (r < 0)
                        return r;
                if (max == 0 || text.len <= max) {
                        buffer_add_text(out, (struct text){ text.data, text.len });
                        return out->failed ? -ENOMEM : 0;
                }
        }

        return -EMSGSIZE;
}
