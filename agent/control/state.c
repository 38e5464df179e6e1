/* SPDX-License-Identifier: Apache-2.0 */
#include "control/state.h"
#include "base/files.h"
#include "base/json.h"

#include <string.h>

static void parked_done(struct parked *parked)
{
        free(parked->id);
        free(parked->reason);
        *parked = (struct parked){ 0 };
}

static void sink_state_done(struct sink_state *sink)
{
        free(sink->name);
        free(sink->settings);
        free(sink->reason);
        free(sink->source);
        for (size_t i = 0; i < sink->n_parked; i++)
                parked_done(&sink->parked[i]);
        *sink = (struct sink_state){ 0 };
}

void state_done(struct state *state)
{
        for (size_t i = 0; i < state->n_sinks; i++)
                sink_state_done(&state->sinks[i]);
        free(state->sinks);
        for (size_t i = 0; i < state->n_disabled; i++)
                free(state->disabled[i].reason);
        free(state->disabled);
        free(state->boot_id);
        *state = (struct state){ 0 };
}

struct sink_state *state_find(struct state *state, const char *name)
{
        for (size_t i = 0; i < state->n_sinks; i++)
                if (string_equal(state->sinks[i].name, name))
                        return &state->sinks[i];

        return NULL;
}

struct sink_state *state_get(struct state *state, const char *name)
{
        struct sink_state *found = state_find(state, name);
        char *copy;

        if (found)
                return found;
        if (state->n_sinks >= STATE_SINKS_MAX ||
            array_grow(&state->sinks, state->n_sinks, sizeof(*state->sinks)) < 0)
                return NULL;
        copy = strdup(name);
        if (!copy)
                return NULL;

        found = &state->sinks[state->n_sinks++];
        *found = (struct sink_state){ .name = copy };
        return found;
}

/* Cut to what is kept of a text, between characters. */
static char *shortened(const char *string)
{
        struct text text = text_from_string(string), rest = text;
        size_t len = 0;

        while (rest.len > 0) {
                size_t n = utf8_sequence(rest);

                n = n > 0 ? n : 1;
                if (len + n > STATE_TEXT_MAX)
                        break;
                len += n;
                rest = (struct text){ text.data + len, text.len - len };
        }

        return text_dup((struct text){ text.data, len });
}

int state_park(struct sink_state *sink, uint64_t sequence, const char *id, int64_t time, const char *reason)
{
        struct parked parked = {
                .sequence = sequence, .id = strdup(id), .time = time, .reason = shortened(reason)
        };

        if (!parked.id || !parked.reason) {
                parked_done(&parked);
                return -ENOMEM;
        }
        if (sink->n_parked == STATE_PARKED_MAX) {
                parked_done(&sink->parked[0]);
                sink->n_parked--;
                memmove(&sink->parked[0], &sink->parked[1], sink->n_parked * sizeof(sink->parked[0]));
        }
        sink->parked[sink->n_parked++] = parked;
        return 0;
}

void state_forget_parked(struct sink_state *sink, int64_t before)
{
        size_t n = 0;

        for (size_t i = 0; i < sink->n_parked; i++) {
                if (sink->parked[i].time >= before)
                        sink->parked[n++] = sink->parked[i];
                else
                        parked_done(&sink->parked[i]);
        }
        sink->n_parked = n;
}

int state_set_reason(struct sink_state *sink, const char *reason)
{
        char *copy = reason ? shortened(reason) : NULL;

        if (reason && !copy)
                return -ENOMEM;
        free(sink->reason);
        sink->reason = copy;
        return 0;
}

void state_set_trying(struct sink_state *sink, uint64_t sequence, char *source)
{
        free(sink->source);
        sink->source = source;
        sink->trying = sequence;
}

void state_keep_only(struct state *state, bool (*keep)(const char *name, const void *userdata),
                     const void *userdata)
{
        size_t n = 0;

        for (size_t i = 0; i < state->n_sinks; i++) {
                if (keep(state->sinks[i].name, userdata))
                        state->sinks[n++] = state->sinks[i];
                else
                        sink_state_done(&state->sinks[i]);
        }
        state->n_sinks = n;
}

int state_add_disabled(struct state *state, const char *reason)
{
        char *copy;

        if (state->n_disabled >= STATE_SINKS_MAX)
                return 0;
        if (array_grow(&state->disabled, state->n_disabled, sizeof(*state->disabled)) < 0)
                return -ENOMEM;
        copy = shortened(reason);
        if (!copy)
                return -ENOMEM;

        state->disabled[state->n_disabled++].reason = copy;
        return 0;
}

/* Reading. What is not as we write it makes the whole of it no state: a part of one might have an event sent
 * twice, or never. */
static int take_text(struct json_object *object, const char *key, bool nullable, char **ret)
{
        struct text text;

        if (nullable && json_type_letter(object, key) == 'n')
                return 0;
        if (json_get_text(object, key, &text) < 0 || text.len > STATE_TEXT_MAX ||
            (!nullable && text.len == 0))
                return -EBADMSG;
        *ret = text_dup(text);
        return *ret ? 0 : -ENOMEM;
}

static int take_number(struct json_object *object, const char *key, int64_t *ret)
{
        return json_get_int(object, key, ret) < 0 || *ret < 0 ? -EBADMSG : 0;
}

/* One that an earlier version did not write. */
static int take_later_number(struct json_object *object, const char *key, int64_t *ret)
{
        return json_type_letter(object, key) == '\0' ? 0 : take_number(object, key, ret);
}

static int take_parked(struct json_object *object, struct sink_state *sink)
{
        struct parked *parked = &sink->parked[sink->n_parked++];
        int64_t sequence = 0;
        int r;

        *parked = (struct parked){ 0 };
        r = take_number(object, "sequence", &sequence);
        if (r >= 0)
                r = take_number(object, "time", &parked->time);
        if (r >= 0)
                r = take_text(object, "id", false, &parked->id);
        if (r >= 0)
                r = take_text(object, "reason", false, &parked->reason);
        parked->sequence = (uint64_t) sequence;
        return r;
}

static int take_sink(struct json_object *object, struct state *state)
{
        struct json_object *parked = json_get_array(object, "parked");
        _cleanup_free_ char *name = NULL;
        int64_t sequence = 0, failures = 0, woken = 0, trying = 0;
        struct sink_state *sink;
        int r;

        r = take_text(object, "name", false, &name);
        if (r < 0)
                return r;
        if (state_find(state, name) || json_array_size(parked) > STATE_PARKED_MAX)
                return -EBADMSG;
        sink = state_get(state, name);
        if (!sink)
                return state->n_sinks >= STATE_SINKS_MAX ? -EBADMSG : -ENOMEM;

        r = take_text(object, "settings", false, &sink->settings);
        if (r >= 0)
                r = take_text(object, "reason", true, &sink->reason);
        if (r >= 0)
                r = take_number(object, "sequence", &sequence);
        if (r >= 0)
                r = take_number(object, "failures", &failures);
        if (r >= 0)
                r = take_number(object, "notBefore", &sink->not_before);
        if (r >= 0)
                r = take_number(object, "delivered", &sink->delivered);
        if (r >= 0)
                r = take_later_number(object, "wished", &sink->wished);
        if (r >= 0)
                r = take_later_number(object, "woken", &woken);
        if (r >= 0)
                r = take_later_number(object, "trying", &trying);
        if (r >= 0 && json_type_letter(object, "source") == 's')
                r = take_text(object, "source", true, &sink->source);
        if (r >= 0 && json_get_bool(object, "stopped", &sink->stopped) < 0)
                r = -EBADMSG;
        for (size_t i = 0; i < json_array_size(parked) && r >= 0; i++)
                r = take_parked(json_array_item(parked, i), sink);
        sink->paused = json_get_true(object, "paused");
        sink->sequence = (uint64_t) sequence;
        sink->woken = (uint64_t) woken;
        sink->trying = (uint64_t) trying;
        sink->failures = failures > INT32_MAX ? INT32_MAX : (unsigned) failures;
        return r;
}

static int take_document(struct json_object *document, struct state *ret)
{
        struct json_object *sinks = json_get_array(document, "sinks");
        struct json_object *disabled = json_get_array(document, "disabled");
        struct text schema;
        int r = 0;

        if (json_get_text(document, "schema", &schema) < 0 || !text_equal(schema, STATE_SCHEMA) || !sinks ||
            !disabled)
                return -EBADMSG;
        if (json_type_letter(document, "bootId") == 's')
                r = take_text(document, "bootId", true, &ret->boot_id);
        for (size_t i = 0; i < json_array_size(sinks) && r >= 0; i++)
                r = take_sink(json_array_item(sinks, i), ret);
        for (size_t i = 0; i < json_array_size(disabled) && r >= 0; i++) {
                _cleanup_free_ char *reason = text_dup(json_item_text(disabled, i));

                r = reason ? state_add_disabled(ret, reason) : -ENOMEM;
        }

        return r;
}

int state_read(int directory, struct state *ret)
{
        _cleanup_json_ struct json_object *document = NULL;
        _cleanup_state_ struct state state = { 0 };
        _cleanup_free_ char *data = NULL;
        const char *cause;
        size_t len;
        int r;

        *ret = (struct state){ 0 };
        r = file_read(directory, STATE_NAME, STATE_CAP, &data, &len, NULL);
        if (r == -ENOENT)
                return 0;
        if (r >= 0)
                r = json_parse(data, len, STATE_CAP, &document, &cause);
        if (r >= 0)
                r = take_document(document, &state);
        if (r < 0)
                return r == -EFBIG || r == -EBADF ? -EBADMSG : r;

        *ret = state;
        state = (struct state){ 0 };
        return 0;
}

/* Writing. */
static struct json_object *parked_to_json(struct json_builder *builder, const struct parked *parked)
{
        struct json_object *object = json_new_object(builder);

        json_add_int(builder, object, "sequence", (int64_t) parked->sequence);
        json_add_string(builder, object, "id", parked->id);
        json_add_int(builder, object, "time", parked->time);
        json_add_string(builder, object, "reason", parked->reason);
        return object;
}

static struct json_object *sink_to_json(struct json_builder *builder, const struct sink_state *sink)
{
        struct json_object *object = json_new_object(builder), *parked = json_new_array(builder);

        json_add_string(builder, object, "name", sink->name);
        json_add_string(builder, object, "settings", sink->settings);
        json_add_int(builder, object, "sequence", (int64_t) sink->sequence);
        json_add_int(builder, object, "failures", sink->failures);
        json_add_int(builder, object, "notBefore", sink->not_before);
        json_add_int(builder, object, "wished", sink->wished);
        json_add_int(builder, object, "woken", (int64_t) sink->woken);
        json_add_int(builder, object, "trying", (int64_t) sink->trying);
        json_add_string(builder, object, "source", sink->source);
        json_add_int(builder, object, "delivered", sink->delivered);
        json_add_string(builder, object, "reason", sink->reason);
        json_add_bool(builder, object, "stopped", sink->stopped);
        json_add_bool(builder, object, "paused", sink->paused);
        for (size_t i = 0; i < sink->n_parked; i++)
                json_append(builder, parked, parked_to_json(builder, &sink->parked[i]));
        json_add(builder, object, "parked", parked);
        return object;
}

int state_write(int directory, const struct state *state)
{
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *document = json_new_object(&builder);
        struct json_object *sinks = json_new_array(&builder), *disabled = json_new_array(&builder);
        _cleanup_buffer_ struct buffer text = { 0 };
        int r;

        json_add_string(&builder, document, "schema", STATE_SCHEMA);
        json_add_string(&builder, document, "bootId", state->boot_id);
        for (size_t i = 0; i < state->n_sinks; i++)
                json_append(&builder, sinks, sink_to_json(&builder, &state->sinks[i]));
        json_add(&builder, document, "sinks", sinks);
        for (size_t i = 0; i < state->n_disabled; i++)
                json_append_string(&builder, disabled, state->disabled[i].reason);
        json_add(&builder, document, "disabled", disabled);
        r = json_print(&builder, document, JSON_PRETTY, &text);

        return r < 0 ? r
                     : file_replace(directory, STATE_NAME, (struct text){ text.data, text.len }, 0640,
                                    FILE_SAME_GROUP);
}
