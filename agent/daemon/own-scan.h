/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The daemon's own scan, in its worker: finishes what interrupted runs left, judges, publishes the report,
 * tells the journal what is another one than before, and gives the daemon what it needs to know. */

/* worker_task: the data is the daemon. */
int own_scan(int out, void *daemon);
