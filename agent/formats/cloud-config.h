/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cloud.cfg and its drop-ins, as far as the resolver's options are concerned: the mapping resolv_conf in
 * column 0 and options below it, in block style. That much of YAML, and no more, is read and edited. */

#include "base/text.h"

/* Adds the file to out with "OPTION: true" below options of resolv_conf; options is made where it is missing.
 * -EPERM, and nothing added, with a static half sentence, where that cannot be done safely; -ENOMEM. */
_must_check_ int cloud_config_add_option(struct text content, const char *option, struct buffer *out,
                                         const char **reterr_cause);
