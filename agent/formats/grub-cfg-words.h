/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What single words of a grub.cfg mean. */

#include "formats/grub-cfg.h"

/* False for a command that is none of those that are looked at. */
bool grub_cfg_find_kind(struct text command, enum grub_cfg_kind *ret);
/* The name in [ -z "${name}" ], which asks whether a variable is empty; empty for another command. */
struct text grub_cfg_tested_variable(const struct text *words, size_t n_words);
/* One without quoting or a variable in it. */
bool grub_cfg_is_plain_name(struct text name);
