/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run.h"
#include "engine/diag.h"

#include <string.h>

int run_change_command(char *const *argv, const struct transaction_options *options, struct diag *diag)
{
        return diag_set(diag, -EOPNOTSUPP, NULL, 0, "%s: commands are not run yet", argv[0]);
}
