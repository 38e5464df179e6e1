/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* /var/lib/ecs-guest-agent/undo inside a root: a directory for each transaction, and the lock that lets one
 * writer at a time in. Nothing there is trusted that somebody else could have put there. */

#include "base/text.h"

struct diag;
struct root;

#define STORE_PLACE "/var/lib/ecs-guest-agent/undo"

struct store {
        int fd;   /* of the undo directory; negative when there is none */
        int lock; /* held until store_close(); negative when not asked for */
};

#define STORE_INIT                                                                                           \
        {                                                                                                    \
                .fd = -EBADF, .lock = -EBADF                                                                 \
        }

/* For reading. 0 with a negative fd when there is no such directory; -EPERM when it is not ours alone. */
_must_check_ int store_open(struct root *root, struct store *ret, struct diag *diag);
/* For writing: makes what is missing and takes the lock; -EBUSY when another one has it. */
_must_check_ int store_open_locked(struct root *root, struct store *ret, struct diag *diag);
/* The directory above, /var/lib/ecs-guest-agent: a descriptor, or a negative errno. */
_must_check_ int store_open_home(struct root *root, bool make, struct diag *diag);
void store_close(struct store *store);
#define _cleanup_store_ _cleanup_(store_close)

/* The directory of the reporter, which belongs to another user: nothing in there is to be believed, and no
 * link of it to be followed. A descriptor, -ENOENT when there is none, or another negative errno. */
_must_check_ int store_open_reporter(struct root *root);

/* The names of transactions in the order of time; to be freed with store_names_free(). */
_must_check_ int store_list(const struct store *store, char ***ret, size_t *ret_n);
void store_names_free(char **names, size_t n);

/* A file of a directory: the whole of it, at most cap bytes; -EBADMSG for anything but a regular file. */
_must_check_ int store_read(int directory, const char *name, size_t cap, char **ret, size_t *ret_len);
/* A new file, synced. */
_must_check_ int store_write(int directory, const char *name, struct text content);
/* The same in the place of an old one: either the old or the new one is there at any time. In between it is
 * called ".NAME.new". */
_must_check_ int store_replace(int directory, const char *name, struct text content);
/* Removes a directory with the files in it; there are no directories below. */
void store_remove(const struct store *store, const char *name);
/* Whether interrupted runs left records that were never whole, or states that were never put in place; with
 * take_away, which needs the lock, they are removed. */
bool store_has_leftovers(const struct store *store, bool take_away);
