/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What single words of a shell's file mean: POSIX.1-2017, Shell Command Language; bash(1). */

#include "base/text.h"

/* Variables that the shell itself sets, checks, or refuses to have changed. */
bool shell_is_special(struct text name);
/* Whether the word is "NAME=value" or "NAME+=value". */
bool shell_split_assignment(struct text raw, struct text *ret_name, bool *ret_append, struct text *ret_value);
/* What a command may do to the variables that are known, or to the rest of the file; NULL for nothing. */
const char *shell_harm_of(struct text command);
