/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The two halves of a record: record.c writes it, record-read.c reads it. */

#include "engine/store.h"

#define RECORD_SCHEMA "io.ecsguest.transaction/1"
#define RECORD_CAP ((size_t) 16 * 1024 * 1024)

/* Opens the directory of a record; a negative errno. */
_must_check_ int record_open(const struct store *store, const char *id);
/* The digest that a state is bound to. Frees the old string. */
_must_check_ int record_digest(struct text record, char **ret);
