/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One run of the reporter: what lies in the outbox is delivered to each sink, in order. */

#include "control/sinks.h"
#include "control/state.h"

struct delivery_options {
        int outbox;    /* the directory */
        int directory; /* of the state: nobody but this run writes there */
        const struct sinks *sinks;
        const struct metadata_options *metadata;
        unsigned wait_s; /* short waits are slept here, up to so many seconds in all; longer ones end the run
                          */
        unsigned spread_s; /* before the first try through a network: a random part of it */
};

/* 0 also where something has to wait for another run. The errors of the outbox and of the state are said in
 * the journal and returned. */
_must_check_ int deliver_all(const struct delivery_options *options);
