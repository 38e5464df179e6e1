/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fixer.h"
#include "base/text.h"

static const char *const risk_names[] = {
        [RISK_NONE] = "none",
        [RISK_SERVICE] = "service",
        [RISK_NETWORK] = "network",
        [RISK_BOOT] = "boot",
};
_Static_assert(ARRAY_SIZE(risk_names) == RISK_COUNT, "a name for each risk");

const char *risk_name(enum risk risk)
{
        return risk_names[risk];
}

const struct fixer *fixer_for(const char *probe_id)
{
        for (size_t i = 0; fixer_table[i]; i++)
                if (string_in_list(probe_id, fixer_table[i]->fixes))
                        return fixer_table[i];

        return NULL;
}
