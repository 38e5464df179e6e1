/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* GLib's key files: NetworkManager.conf and its connection profiles. As GKeyFile reads them: "#" alone begins
 * a comment, blanks around "=" and at the ends of a line do not count, groups of one name are one group, the
 * last value of a key wins, and a single line that is none of these makes the whole file invalid. */

#include "base/text.h"

struct key_file_entry {
        struct text group;
        struct text key; /* empty for the line of the group itself */
        struct text value;
        unsigned line; /* from 1 */
};

struct key_file {
        struct key_file_entry *entries;
        size_t n_entries;
        char *data;
};

/* -EBADMSG, with the line, for what GKeyFile refuses; -ENOMEM. The bytes are copied. */
_must_check_ int key_file_parse(const char *data, size_t len, struct key_file **ret, unsigned *reterr_line);
/* Takes NULL, returns NULL. */
struct key_file *key_file_free(struct key_file *file);
/* The entry that counts, or NULL. An empty key asks for the group itself. */
const struct key_file_entry *key_file_find(const struct key_file *file, const char *group, const char *key);
/* The value that counts, or an empty text. */
struct text key_file_get(const struct key_file *file, const char *group, const char *key);

static inline void key_file_free_pointer(struct key_file **file)
{
        (void) key_file_free(*file);
}
#define _cleanup_key_file_ _cleanup_(key_file_free_pointer)
