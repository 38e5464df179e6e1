/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/previous.h"
#include "base/json.h"

#include <string.h>

/* Takes the key, NULL for no memory. */
static int add(struct known_set *set, char *key, struct known known)
{
        int r = key ? array_grow(&set->items, set->n, sizeof(*set->items)) : -ENOMEM;

        if (r < 0) {
                free(key);
                return r;
        }
        known.key = key;
        set->items[set->n++] = known;
        return 0;
}

static int by_key(const void *a, const void *b)
{
        const struct known *x = a, *y = b;

        return strcmp(x->key, y->key);
}

static int sort(struct known_set *set)
{
        if (set->n > 0)
                qsort(set->items, set->n, sizeof(*set->items), by_key);

        return 0;
}

static bool parse_outcome(struct json_object *finding, enum outcome *ret)
{
        struct text name;

        if (json_get_text(finding, "outcome", &name) < 0)
                return false;
        for (enum outcome outcome = 0; outcome < OUTCOME_COUNT; outcome++)
                if (text_equal(name, outcome_name(outcome))) {
                        *ret = outcome;
                        return true;
                }

        return false;
}

int known_of_document(struct json_object *document, struct known_set *ret)
{
        struct json_object *array = json_get_array(document, "findings");

        for (size_t i = 0; i < json_array_size(array); i++) {
                struct json_object *finding = json_array_item(array, i);
                struct known known = { 0 };
                struct text key;

                if (json_get_text(finding, "key", &key) < 0 || !parse_outcome(finding, &known.outcome))
                        continue;
                known.waived = json_type_letter(finding, "waived") == 'o' || json_get_true(finding, "waived");
                if (add(ret, text_dup(key), known) < 0)
                        return -ENOMEM;
        }

        return sort(ret);
}

int known_of_findings(const struct findings *findings, struct known_set *ret)
{
        for (size_t i = 0; i < findings->n; i++) {
                const struct finding *finding = findings->items[i];
                struct known known = { NULL, finding->outcome, finding_is_waived(finding), finding };
                _cleanup_buffer_ struct buffer key = { 0 };
                char *string = NULL;

                buffer_add_utf8(&key, text_from_string(finding->key));
                if (buffer_finish(&key, &string, NULL) < 0 || add(ret, string, known) < 0)
                        return -ENOMEM;
        }

        return sort(ret);
}

void known_set_done(struct known_set *set)
{
        for (size_t i = 0; i < set->n; i++)
                free(set->items[i].key);
        free(set->items);
}

struct json_object *known_to_json(struct json_builder *builder, const struct known_set *set)
{
        struct json_object *array = json_new_array(builder);

        for (size_t i = 0; i < set->n; i++) {
                struct json_object *object = json_new_object(builder);

                json_add_string(builder, object, "key", set->items[i].key);
                json_add_string(builder, object, "outcome", outcome_name(set->items[i].outcome));
                json_add_bool(builder, object, "waived", set->items[i].waived);
                json_append(builder, array, object);
        }

        return array;
}

void known_compare(const struct known_set *before, const struct known_set *after, known_changed changed,
                   void *userdata)
{
        size_t i = 0, j = 0;

        while (i < before->n || j < after->n) {
                const struct known *old = i < before->n ? &before->items[i] : NULL;
                const struct known *new = j < after->n ? &after->items[j] : NULL;
                int order = !old ? 1 : !new ? -1 : strcmp(old->key, new->key);

                if (order != 0)
                        changed(order < 0 ? old : NULL, order < 0 ? NULL : new, userdata);
                else if (old->outcome != new->outcome || old->waived != new->waived)
                        changed(old, new, userdata);
                i += order <= 0;
                j += order >= 0;
        }
}
