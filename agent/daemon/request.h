/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a client asks for, checked: types, ranges, known names. */

#include "engine/context.h"
#include "engine/plan.h"

#include <sys/types.h>

struct json_object;

struct request {
        char **names; /* NULL-terminated; NULL for all */
        bool has_profile;
        enum profile profile;
        bool active;
        struct fix_options fix;
        char *digest;      /* hex */
        char *transaction; /* NULL: the last one, or all */
        uid_t uid;
        bool more;
};

/* Which names are known: those of probes and areas, or those of fixers as well. */
enum request_names { REQUEST_PROBES, REQUEST_FIXERS };

/* From the parameters of a call, whose types have been checked. 0; -ENOMEM; -EINVAL for a value that is none,
 * *ret_bad is the name of the field; -ESRCH for an unknown name, *ret_bad is that (borrowed from the
 * parameters' copy in the request). */
_must_check_ int request_read(struct json_object *parameters, enum request_names names, struct request *ret,
                              const char **ret_bad);
void request_done(struct request *request);
