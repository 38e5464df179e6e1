/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Asking the metadata service: with a token if there is one, never more often than needed, and not a second
 * time where it does not answer. */

#include "control/metadata.h"

struct metadata_service {
        const char *base;
        bool token_asked;
        bool token_renewed;
        char *token;       /* NULL: in normal mode */
        long token_status; /* what the request for it was answered with; 0: it was not */
        uint64_t ends;     /* of this run, in milliseconds */
        unsigned n_asked;  /* requests */
        int error;         /* after which nothing more is asked: -EACCES or -EAGAIN */
        char *note;        /* why; for people, without a secret in it */
        bool unreached;    /* nobody was there to be asked: the network may not be there yet */
        int64_t wait;      /* seconds that the service wants to be left alone; -1: it did not say */
};

void metadata_service_begin(struct metadata_service *service, const struct metadata_options *options);
/* Wipes the token. */
void metadata_service_done(struct metadata_service *service);
#define _cleanup_metadata_service_ _cleanup_(metadata_service_done)

/* What stands at a path ("dynamic/instance-identity/document"), at most max bytes. -ENOENT when there is no
 * such thing, -EMSGSIZE when it is longer; -EACCES or -EAGAIN when the service is not to be asked any more,
 * now and from then on, and note says why; -ENOMEM. */
_must_check_ int metadata_service_get(struct metadata_service *service, const char *path, size_t max,
                                      struct buffer *ret);

/* Whether DMI says that this is an ECS instance; directory may be NULL. */
bool metadata_is_ecs(const char *dmi_directory);
/* Whether a variable of the environment says "true". */
bool metadata_environment_true(const char *name);
