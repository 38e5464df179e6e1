/* SPDX-License-Identifier: Apache-2.0 */
#include "control/sinks.h"

#include <string.h>

enum { NAME_MAX_LENGTH = 64 };

const struct sink_kind *const sink_kinds[] = {
        &sink_file, &sink_webhook, &sink_ecs_tags, &sink_cloudmonitor, NULL,
};

const char *sink_setting(const struct sink *sink, const char *key)
{
        for (size_t i = 0; i < sink->n_settings; i++)
                if (string_equal(sink->settings[i].key, key))
                        return sink->settings[i].value;

        return NULL;
}

static const char *const truths[] = { "1", "yes", "true", "on", NULL };
static const char *const untruths[] = { "0", "no", "false", "off", NULL };

bool sink_setting_true(const struct sink *sink, const char *key)
{
        const char *value = sink_setting(sink, key);

        return value && string_in_list(value, truths);
}

bool sink_check_boolean(const char *value)
{
        return string_in_list(value, truths) || string_in_list(value, untruths);
}

static bool is_clean(struct text text)
{
        for (size_t i = 0; i < text.len; i++)
                if ((unsigned char) text.data[i] <= ' ' || text.data[i] == 127)
                        return false;

        return true;
}

bool sink_check_path(const char *value)
{
        struct text path = text_from_string(value);

        return value[0] == '/' && !text_ends(path, "/") && !text_contains(path, "/../") &&
               !text_ends(path, "/..");
}

static bool check_url(struct text url, const char *scheme)
{
        struct text host, rest;

        if (!text_starts(url, scheme) || !is_clean(url))
                return false;
        host = (struct text){ url.data + strlen(scheme), url.len - strlen(scheme) };
        if (text_split(host, '/', &rest, &(struct text){ 0 }))
                host = rest;

        return host.len > 0 && !text_contains(host, "@");
}

bool sink_check_https(const char *value)
{
        return check_url(text_from_string(value), "https://");
}

bool sink_check_proxy(const char *value)
{
        return check_url(text_from_string(value), "http://") ||
               check_url(text_from_string(value), "https://");
}

int sink_answer(struct sink_result *ret, enum delivery delivery, int64_t retry_after, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        *ret = (struct sink_result){ delivery, retry_after, string_formatv(format, arguments) };
        va_end(arguments);
        return ret->reason ? 0 : -ENOMEM;
}

void sink_result_done(struct sink_result *result)
{
        free(result->reason);
        *result = (struct sink_result){ 0 };
}

static void sink_done(struct sink *sink)
{
        for (size_t i = 0; i < sink->n_settings; i++) {
                free(sink->settings[i].key);
                free(sink->settings[i].value);
        }
        free(sink->settings);
        free(sink->name);
        *sink = (struct sink){ 0 };
}

void sinks_done(struct sinks *sinks)
{
        for (size_t i = 0; i < sinks->n; i++)
                sink_done(&sinks->items[i]);
        free(sinks->items);
        free(sinks->digests);
        for (size_t i = 0; i < sinks->n_faults; i++)
                free(sinks->faults[i]);
        free(sinks->faults);
        *sinks = (struct sinks){ 0 };
}

/* Names are shown, and stand in the state. */
static bool is_name(const char *name)
{
        size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

        return len > 0 && len <= NAME_MAX_LENGTH && name[len] == '\0';
}

static const struct sink_kind *find_kind(const char *type)
{
        for (size_t i = 0; sink_kinds[i]; i++)
                if (string_equal(sink_kinds[i]->type, type))
                        return sink_kinds[i];

        return NULL;
}

static const struct sink_key *find_key(const struct sink_kind *kind, const char *name)
{
        for (const struct sink_key *key = kind->keys; key->name; key++)
                if (string_equal(key->name, name))
                        return key;

        return NULL;
}

static const struct config_setting *find_setting(const struct config_section *section, const char *key)
{
        for (size_t i = 0; i < section->n_settings; i++)
                if (string_equal(section->settings[i].key, key))
                        return &section->settings[i];

        return NULL;
}

static void say_place(struct buffer *fault, const struct config_section *section,
                      const struct config_setting *setting)
{
        buffer_addf(fault, "%s:%u: [Sink %.*s]: ", setting ? setting->path : section->path,
                    setting ? setting->line : section->line,
                    TEXT_ARGS(conf_shown(text_from_string(section->name))));
}

static void say_types(struct buffer *fault)
{
        for (size_t i = 0; sink_kinds[i]; i++)
                buffer_addf(fault, "%s%s", i > 0 ? ", " : "", sink_kinds[i]->type);
}

/* The kind, or NULL and what is wrong. */
static const struct sink_kind *judge_head(const struct config_section *section, struct buffer *fault)
{
        const struct config_setting *type = find_setting(section, "type");
        const struct sink_kind *kind = type ? find_kind(type->value) : NULL;

        if (section->fault) {
                buffer_add_string(fault, section->fault);
        } else if (!is_name(section->name)) {
                say_place(fault, section, NULL);
                buffer_addf(fault, "a sink has a name of at most %d letters, digits, '_', '.' or '-'",
                            NAME_MAX_LENGTH);
        } else if (!kind) {
                say_place(fault, section, type);
                buffer_add_string(fault,
                                  type ? "type= is not one of " : "there is no type=, which is one of ");
                say_types(fault);
        } else
                return kind;

        return NULL;
}

static bool judge_setting(const struct config_section *section, const struct sink_kind *kind,
                          const struct config_setting *setting, struct buffer *fault)
{
        const struct sink_key *key = find_key(kind, setting->key);

        if (string_equal(setting->key, "type") || (key && (!key->check || key->check(setting->value))))
                return true;

        say_place(fault, section, setting);
        if (!key)
                buffer_addf(fault, "a sink of type %s has no key '%.*s'", kind->type,
                            TEXT_ARGS(conf_shown(text_from_string(setting->key))));
        else
                buffer_addf(fault, "%s= is not %s", key->name,
                            key->wanted ? key->wanted : "what it should be");
        return false;
}

/* NULL, and what is wrong, for a section that is left out: nothing is sent by half of what was meant. */
static const struct sink_kind *judge(const struct config_section *section, struct buffer *fault)
{
        const struct sink_kind *kind = judge_head(section, fault);

        if (!kind)
                return NULL;
        for (size_t i = 0; i < section->n_settings; i++)
                if (!judge_setting(section, kind, &section->settings[i], fault))
                        return NULL;
        for (const struct sink_key *key = kind->keys; key->name; key++)
                if (key->required && !find_setting(section, key->name)) {
                        say_place(fault, section, NULL);
                        buffer_addf(fault, "a sink of type %s needs %s=", kind->type, key->name);
                        return NULL;
                }

        return kind;
}

static int add_fault(struct sinks *sinks, struct buffer *fault)
{
        int r = array_grow(&sinks->faults, sinks->n_faults, sizeof(*sinks->faults));

        if (r >= 0)
                r = buffer_finish(fault, &sinks->faults[sinks->n_faults], NULL);
        if (r >= 0)
                sinks->n_faults++;
        return r;
}

static int add_setting(struct sink *sink, const struct config_setting *setting)
{
        struct sink_setting copy = { 0 };
        int r = array_grow(&sink->settings, sink->n_settings, sizeof(*sink->settings));

        if (r < 0)
                return r;
        copy = (struct sink_setting){ strdup(setting->key), strdup(setting->value) };
        sink->settings[sink->n_settings++] = copy;
        return copy.key && copy.value ? 0 : -ENOMEM;
}

static int digest_section(const struct config_section *section, char ret[static DIGEST_HEX_SIZE])
{
        _cleanup_digest_ struct digest *digest = NULL;
        int r = digest_new(&digest);

        if (r < 0)
                return r;
        /* With their NUL bytes, so that no two sections look the same. */
        for (size_t i = 0; i < section->n_settings; i++) {
                digest_add(digest, section->settings[i].key, strlen(section->settings[i].key) + 1);
                digest_add(digest, section->settings[i].value, strlen(section->settings[i].value) + 1);
        }

        return digest_finish(digest, ret);
}

static int add_sink(struct sinks *sinks, const struct config_section *section, const struct sink_kind *kind,
                    const struct metadata_options *metadata)
{
        struct sink *sink;
        int r;

        r = array_grow(&sinks->items, sinks->n, sizeof(*sinks->items));
        if (r >= 0)
                r = array_grow(&sinks->digests, sinks->n, sizeof(*sinks->digests));
        if (r < 0)
                return r;

        sink = &sinks->items[sinks->n];
        *sink = (struct sink){ .name = strdup(section->name), .kind = kind, .metadata = metadata };
        r = digest_section(section, sinks->digests[sinks->n++]);
        for (size_t i = 0; i < section->n_settings && r >= 0; i++)
                r = add_setting(sink, &section->settings[i]);

        return r >= 0 && !sink->name ? -ENOMEM : r;
}

int sinks_make(const struct config_sections *sections, const struct metadata_options *metadata,
               struct sinks *ret)
{
        _cleanup_sinks_ struct sinks sinks = { 0 };
        int r = 0;

        for (size_t i = 0; i < sections->n && r >= 0; i++) {
                const struct config_section *section = &sections->items[i];
                _cleanup_buffer_ struct buffer fault = { 0 };
                const struct sink_kind *kind;

                if (!string_equal(section->kind, "Sink"))
                        continue;
                kind = judge(section, &fault);
                r = kind ? add_sink(&sinks, section, kind, metadata) : add_fault(&sinks, &fault);
        }
        if (r < 0)
                return r;

        *ret = sinks;
        sinks = (struct sinks){ 0 };
        return 0;
}
