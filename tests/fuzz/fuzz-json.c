/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-guard.h"
#include "base/json.h"
#include "fuzz.h"

#include <string.h>

static struct json_object *parse(struct text text)
{
        struct json_object *object = NULL;
        const char *cause = NULL;
        int r = json_parse(text.data, text.len, 1 << 20, &object, &cause);

        /* The guard alone decides: json-c takes all that it lets through. */
        FUZZ_ASSERT((r == 0) == (json_guard(text) == NULL));
        FUZZ_ASSERT(r == 0 || (r == -EBADMSG && cause && strcmp(cause, "not JSON") != 0));
        return object;
}

static void print(struct json_object *object, enum json_layout layout, struct buffer *out)
{
        struct json_builder builder = { 0 };

        FUZZ_ASSERT(json_print(&builder, object, layout, out) == 0);
}

static void read_values(struct json_object *object)
{
        struct text text;
        int64_t number;
        bool truth;

        for (size_t i = 0; i < json_object_size(object) && i < 16; i++) {
                const char *key = json_object_key(object, i);
                char letter = json_type_letter(object, key);

                FUZZ_ASSERT((json_get_text(object, key, &text) == 0) == (letter == 's'));
                FUZZ_ASSERT((json_get_int(object, key, &number) == 0) == (letter == 'i'));
                FUZZ_ASSERT((json_get_bool(object, key, &truth) == 0) == (letter == 'b'));
                FUZZ_ASSERT(letter != 'd' && letter != '\0');
                FUZZ_ASSERT(letter != 's' || !text_has_nul(text));
                FUZZ_ASSERT((json_get_array(object, key) != NULL) == (letter == 'a'));
                for (size_t j = 0; j < json_array_size(json_get_array(object, key)) && j < 16; j++)
                        (void) json_item_text(json_get_array(object, key), j);
        }
}

/* What came from a file is repaired and survives the way out and back. */
static void check_string(struct text input)
{
        _cleanup_json_ struct json_object *object = NULL, *again = NULL;
        _cleanup_buffer_ struct buffer out = { 0 }, repaired = { 0 };
        struct json_builder builder = { 0 };
        struct text text;

        object = json_new_object(&builder);
        json_add_text(&builder, object, "text", input);
        FUZZ_ASSERT(json_print(&builder, object, JSON_PLAIN, &out) == 0);
        again = parse((struct text){ out.data, out.len });
        FUZZ_ASSERT(again && json_get_text(again, "text", &text) == 0);
        buffer_add_utf8(&repaired, input);
        FUZZ_ASSERT(text_same(text, (struct text){ repaired.data, repaired.len }));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_json_ struct json_object *object = NULL, *again = NULL, *pretty = NULL;
        _cleanup_buffer_ struct buffer first = { 0 }, second = { 0 }, third = { 0 }, wide = { 0 };
        struct text input = { (const char *) data, size };

        check_string(input);
        object = parse(input);
        if (!object)
                return 0;

        read_values(object);
        print(object, JSON_PLAIN, &first);
        again = parse((struct text){ first.data, first.len });
        FUZZ_ASSERT(again);
        print(again, JSON_PLAIN, &second);
        FUZZ_ASSERT(strcmp(first.data, second.data) == 0);

        print(object, JSON_PRETTY, &wide);
        pretty = parse((struct text){ wide.data, wide.len });
        FUZZ_ASSERT(pretty);
        print(pretty, JSON_PLAIN, &third);
        FUZZ_ASSERT(strcmp(first.data, third.data) == 0);
        return 0;
}
