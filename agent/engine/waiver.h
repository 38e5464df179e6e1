/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Findings that somebody has accepted for a time: /etc/ecs-guest-agent/waivers.d. A section of a file is a
 * waiver, named after the key of the finding:
 *
 *     [fstab-data-disk:/data]
 *     Reason=every clone gets this disk from its snapshot
 *     Until=2027-01-31
 *
 * It holds for one key, until the end of that day (UTC), for what fails: what could not be judged cannot be
 * accepted. A finding that is waived stays in the report and does not count. */

#include "engine/conf-file.h"

#include <time.h>

struct findings;
struct root;

#define WAIVER_DIRECTORY "/etc/ecs-guest-agent/waivers.d"
#define WAIVER_REASON_MAX ((size_t) 1024)

struct waiver {
        char *key;
        char *reason;
        char *until;  /* "2027-01-31" */
        bool expired; /* it does not apply any more */
        char *path;
        unsigned line;
        size_t order; /* in which they were read: the last one of a key counts */
};

struct waivers {
        struct waiver *items; /* by key, each key once */
        size_t n;
        struct warnings warnings;
};

#define WAIVERS_MAX ((size_t) 16384)

/* -ENOMEM only: what is malformed, out of date, or for a probe that there is not, is warned about. */
_must_check_ int waivers_read(struct root *root, time_t now, struct waivers *ret);
/* NULL where there is none; an expired one, too. */
const struct waiver *waivers_find(const struct waivers *waivers, const char *key);
/* Marks the findings; borrows from the waivers. */
void waivers_apply(const struct waivers *waivers, struct findings *findings);
void waivers_done(struct waivers *waivers);
#define _cleanup_waivers_ _cleanup_(waivers_done)

/* "2027-01-31": the first second after that day in UTC. -EINVAL for anything else, also the 30th of
 * February. */
_must_check_ int waiver_parse_date(struct text text, int64_t *ret_end);
/* NULL, or what is wrong with it: half a sentence. */
const char *waiver_check_key(const char *key);
const char *waiver_check_reason(struct text reason);
