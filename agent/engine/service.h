/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/context.h"

#include <stdbool.h>

/* Whether a service is started at boot, by what stands in the files: alike for a live system, an image and a
 * system without systemd. Follows systemctl(1) is-enabled and the search path of systemd.unit(5), with one
 * difference: an alias alone enables nothing, since nothing pulls it in. Presets are not asked, they only
 * decide what the next "preset" would do.
 *
 * Like systemctl, this does not ask whether default.target reaches the target that wants the service. Which
 * one is reached also depends on the kernel command line and on what each target requires in turn, and a
 * system whose default is rescue.target has no network either: that is not the fault of one service. */

enum service_state {
        SERVICE_MISSING,  /* neither a unit file nor a script */
        SERVICE_DISABLED, /* there, and nothing starts it */
        SERVICE_MASKED,   /* cannot be started */
        SERVICE_RUNTIME,  /* enabled below /run only: gone after the next boot */
        SERVICE_STATIC,   /* started by a link that came with its package */
        SERVICE_ENABLED,
        SERVICE_STATE_COUNT,
};

struct service {
        enum service_state state;
        bool script; /* a SysV script, not a unit */
        char *unit;  /* the unit file or script; NULL when missing */
        char *place; /* the link or file that decides (enables, masks); NULL when there is none */
};

/* name is a unit's full name ("sshd.service", "serial-getty@ttyS0.service"); a ".service" is also looked for
 * among the SysV scripts. A negative errno, with the diag set, when a file or directory could not be read. */
_must_check_ int service_read(struct context *context, const char *name, struct service *ret);
void service_done(struct service *service);
#define _cleanup_service_ _cleanup_(service_done)

/* "missing", "disabled", … as systemctl is-enabled says it. */
const char *service_state_name(enum service_state state);

static inline bool service_starts(const struct service *service)
{
        return service->state == SERVICE_STATIC || service->state == SERVICE_ENABLED;
}

/* For service.c: the SysV half. Sets unit and state; leaves SERVICE_MISSING without a script. */
_must_check_ int service_read_script(struct context *context, const char *name, struct service *service);
