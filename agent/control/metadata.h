/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the platform says of this instance: asked once a boot by the reporter, and kept in its own directory.
 * Three requests where all is well: a token, the identity document, its signature; the document has all the
 * rest. A service that is slow, or does not want to be asked, is left alone for a while, over runs too. */

#include "control/metadata-cache.h"

#include <time.h>

#define METADATA_BASE "http://100.100.100.200"

enum metadata_source {
        METADATA_NOT_ECS, /* DMI says that this is no ECS instance: nobody was asked */
        METADATA_CACHED,  /* of this boot; nobody was asked */
        METADATA_ASKED,   /* there may still be a note: what is missing is asked for again later */
        METADATA_FAILED, /* the instance is not known: asked, or not to be asked yet, and the note says why */
};

struct metadata_options {
        const char *base;      /* NULL: METADATA_BASE */
        const char *directory; /* of the cache */
        const char *boot_id;   /* the cache is of this boot, or it is not used; NULL or "": it is neither read
                                  nor   written */
        const char *audience;  /* for the signature of the identity; NULL for none. Another one than that of
                                  the cache asks again, when it may. */
        const char *dmi;       /* NULL: /sys/class/dmi/id */
};

/* The cache of this boot, or what the service says. The environment of Alibaba Cloud's SDKs is honoured:
 * ALIBABA_CLOUD_ECS_METADATA_DISABLED=true (nobody is asked) and ALIBABA_CLOUD_IMDSV1_DISABLED=true (never
 * without a token). -ENOMEM only: a cache that cannot be written is a note. */
_must_check_ int metadata_get(const struct metadata_options *options, struct metadata *ret,
                              enum metadata_source *ret_source);

/* Credentials of the instance's role. Fit for a header and a URL. */
struct credentials {
        char *access_key_id;
        char *access_key_secret;
        char *security_token;
        time_t expires;
};
/* A copy, to be given back with credentials_done(), which wipes it. The service is asked once by this process
 * (three requests; two where ALIBABA_CLOUD_ECS_METADATA names the role), and again when less than three
 * minutes of the credentials remain; who fails is told the same again. They are nowhere but in memory.
 * -ENOENT: there is no role, or this is no ECS instance; -EACCES: the service may not be asked, or refuses;
 * -EAGAIN: not to be had now; each with the reason, for people and without a secret in it, and the seconds
 * that the service is to be left alone at least, also by the next process, or -1. -ENOMEM. */
_must_check_ int credentials_get(const struct metadata_options *options, struct credentials *ret,
                                 char **ret_reason, int64_t *ret_wait);
void credentials_done(struct credentials *credentials);
#define _cleanup_credentials_ _cleanup_(credentials_done)
/* Wipes what this process keeps: before it ends. */
void credentials_forget(void);
