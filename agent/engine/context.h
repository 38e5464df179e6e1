/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/finding.h"

#include <time.h>

struct context;
struct diag;
struct host;
struct probe;
struct root;
struct waivers;

enum profile {
        PROFILE_BOOT,    /* what matters to this machine */
        PROFILE_CAPTURE, /* adds what must not travel in an image */
        PROFILE_COUNT
};

const char *profile_name(enum profile profile);

struct scan_options {
        enum profile profile;
        bool active;             /* probes that send packets may run */
        enum severity block_on;  /* findings of it, and worse, make a system "not_ready" */
        time_t time;             /* by which waivers end; 0: now */
        const char *system_disk; /* the disk of an offline root, a device of this machine; NULL: not named */
        /* The machine that runs us, "/" opened as live, when system_disk is set: the program opens it, so
         * that a probe can read nothing of it but what engine/devices.h says. Borrowed; NULL otherwise. */
        struct root *machine;
};

/* A model of the system that several probes share (which files hold the kernel command line, who owns
 * resolv.conf, …), made on first use and kept for the scan. */
struct view {
        /* Negative errno with the diag set when the model cannot be made; that answer is kept too. */
        int (*make)(struct context *context, void **ret);
        void (*free)(void *model);
};

/* Everything one scan needs. The root and the options are borrowed and outlive it; the host is read here. */
_must_check_ int context_new(struct root *root, const struct scan_options *options, struct context **ret);
struct context *context_free(struct context *context);
static inline void context_free_pointer(struct context **context)
{
        (void) context_free(*context);
}
#define _cleanup_context_ _cleanup_(context_free_pointer)

struct root *context_root(struct context *context);
struct diag *context_diag(struct context *context);
const struct host *context_host(const struct context *context);
const struct scan_options *context_options(const struct context *context);
struct findings *context_findings(struct context *context);
/* Reads the waivers of the root and marks the findings; for the scan. -ENOMEM. */
_must_check_ int context_apply_waivers(struct context *context);
/* Those of the last scan: for their warnings. */
const struct waivers *context_waivers(const struct context *context);
/* The probe that is running. */
const struct probe *context_probe(const struct context *context);
void context_set_probe(struct context *context, const struct probe *probe);

/* The model of that view, borrowed. The same error, with the same diag, on each call after a failure. */
_must_check_ int context_view(struct context *context, const struct view *view, void **ret);
