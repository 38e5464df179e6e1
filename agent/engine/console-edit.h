/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "engine/console.h"

struct diag;

/* Edits for boot_edit(). Each takes the tokens of the line, and returns 1 when it changed something, 0 when
 * there is nothing to change, or an error as that of a boot_edit_tokens function. */

/* Makes the console= tokens those of console_print_required(), with as few of them touched as can be. */
_must_check_ int console_edit_list(struct kernel_cmdline *cmdline, const struct boot_line *line,
                                   const char *serial, struct diag *diag);
/* Corrects malformed values of which it is known what was meant. */
_must_check_ int console_edit_values(struct kernel_cmdline *cmdline);
