/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A worker that changes the system: the lock, what is to be finished first, and what the journal is told. */

#include "engine/host.h"
#include "engine/session.h"

struct daemon;
struct root;

struct writer {
        const struct daemon *daemon;
        int out; /* for progress; negative: nobody hears it */
        struct root *root;
        struct host host;
        struct store store;
        struct diag diag;
        struct transaction_options options;

        /* After writer_apply(). */
        struct transaction *transaction;
        struct root *root_after;
        struct context *context;
};

/* Takes the lock; errors are in the diag. The writer is to be given up with writer_done() in any case. */
_must_check_ int writer_begin(const struct daemon *daemon, int out, struct writer *ret);
/* For reading records only: no lock, and maybe nothing there (store.fd is negative). */
_must_check_ int writer_begin_reading(const struct daemon *daemon, struct writer *ret);
void writer_done(struct writer *writer);
#define _cleanup_writer_ _cleanup_(writer_done)

/* Applies, judges, records what has become of it. names: what was asked for. */
_must_check_ int writer_apply(struct writer *writer, const struct plan *plan, const char *const *names);
void writer_say_refused(const char *reason);
