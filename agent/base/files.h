/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files of directories that somebody else may write to as well: no link is followed, only regular files are
 * read, and no more of them than was asked for. */

#include "base/text.h"

#include <sys/types.h>

struct file_identity {
        dev_t device;
        ino_t inode;
};

/* The whole of it. -ENOENT, -EFBIG beyond cap bytes, -EBADF for what is no regular file, -ENOMEM, and the
 * errors of reading. ret_identity may be NULL. */
_must_check_ int file_read(int directory, const char *name, size_t cap, char **ret, size_t *ret_len,
                           struct file_identity *ret_identity);

#define FILE_SAME_GROUP ((gid_t) -1)

/* Puts the content in the place of a file, or of none: a reader has the old one or the new one, also after a
 * crash, and the new one is on disk when this returns 0. The temporary name is one that nobody can foresee.
 */
_must_check_ int file_replace(int directory, const char *name, struct text content, mode_t mode, gid_t group);
/* The same, made in another directory of the same file system: who watches the directory sees one thing
 * happen, when the file is whole. */
_must_check_ int file_replace_from(int workshop, int directory, const char *name, struct text content,
                                   mode_t mode, gid_t group);
/* Takes away what file_replace() left of a file of this name when it was ended in the middle. Only for who is
 * alone in writing it. */
void file_remove_left(int directory, const char *name);
