/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The links by which a service or another unit is started at boot: those that "systemctl enable" and
 * "chkconfig NAME on" would make, and those that "systemctl disable" would take away. Nothing is changed
 * here; a fixer hands them to its plan. */

#include "engine/service.h"

struct service_link {
        char *path;
        char *target; /* as it would be written; NULL for a link that has to go */
};

struct service_links {
        struct service_link *items;
        size_t n;
        char *refusal; /* why they cannot be told, as half a sentence; then there are no items. Else NULL */
};

/* What enabling adds to what is there: the links of the unit's [Install] section and of those that it names
 * by Also=, or on a Red Hat-like system without systemd those of the script's "chkconfig:" line. No items
 * where all links exist. name is as for service_read(), service what that answered. */
_must_check_ int service_links_enable(struct context *context, const char *name,
                                      const struct service *service, struct service_links *ret);
/* The links in /etc/systemd/system/X.wants and .requires that pull a unit in, all to be removed. */
_must_check_ int service_links_disable(struct context *context, const char *unit, struct service_links *ret);
void service_links_done(struct service_links *links);
#define _cleanup_service_links_ _cleanup_(service_links_done)

/* For service-links.c: the SysV half of service_links_enable(). */
_must_check_ int service_links_add_script(struct context *context, const struct service *service,
                                          struct service_links *links);
/* Takes over both strings, which may be NULL for want of memory; the target of a removal is NULL. */
_must_check_ int service_links_add(struct service_links *links, char *path, char *target, bool removal);
/* Replaces all items by a reason. */
_must_check_ int service_links_refuse(struct service_links *links, const char *format, ...) _printf_(2, 3);
