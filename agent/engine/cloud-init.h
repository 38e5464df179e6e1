/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cloud-init's configuration in the image: /etc/cloud/cloud.cfg and its drop-ins. That much of YAML is read
 * as a key in column 0 needs. */

#include "base/cleanup.h"

#define CLOUD_INIT_FILE "/etc/cloud/cloud.cfg"
#define CLOUD_INIT_DIRECTORY "/etc/cloud/cloud.cfg.d"

struct context;

/* Whether there is cloud-init, and nobody has disabled it: 1 or 0. */
_must_check_ int cloud_init_is_active(struct context *context);
/* 1 when the key stands in column 0 of a file, then *ret_path is the last one, a new string; 0 when it does
 * not. */
_must_check_ int cloud_init_has_key(struct context *context, const char *key, char **ret_path);
/* 1 when a drop-in is read after one of this name, then *ret_path is that one, a new string; else 0. */
_must_check_ int cloud_init_reads_after(struct context *context, const char *name, char **ret_path);
