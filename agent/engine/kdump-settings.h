/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Private to kdump-settings*.c. */

#include "engine/kdump.h"

/* Makes directory and location; empty texts leave the defaults. */
_must_check_ int kdump_settings_set(struct kdump_settings *settings, enum kdump_destination destination,
                                    struct text directory, struct text location);

/* /etc/default/kdump-tools and SUSE's /etc/sysconfig/kdump. */
_must_check_ int kdump_settings_read_debian(struct text content, struct kdump_settings *settings);
_must_check_ int kdump_settings_read_suse(struct text content, struct kdump_settings *settings);
