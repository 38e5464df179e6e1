/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a scan found, as little of it as the next one needs to tell what is another one. */

#include "engine/finding.h"

struct json_builder;
struct json_object;

struct known {
        char *key; /* as it stands in a report, that is as valid UTF-8 */
        enum outcome outcome;
        bool waived;
        const struct finding *finding; /* borrowed; NULL for one of a document */
};

/* By key. */
struct known_set {
        struct known *items;
        size_t n;
};

/* From a report, or what known_to_json() made; what is no finding is passed over. -ENOMEM. */
_must_check_ int known_of_document(struct json_object *document, struct known_set *ret);
_must_check_ int known_of_findings(const struct findings *findings, struct known_set *ret);
void known_set_done(struct known_set *set);
#define _cleanup_known_set_ _cleanup_(known_set_done)

/* An array of {"key":…,"outcome":…,"waived":…}. */
struct json_object *known_to_json(struct json_builder *builder, const struct known_set *set);

/* A finding that is not what it was: before or after is NULL for one that is new or gone. */
typedef void (*known_changed)(const struct known *before, const struct known *after, void *userdata);
void known_compare(const struct known_set *before, const struct known_set *after, known_changed changed,
                   void *userdata);
