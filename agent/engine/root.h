/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/digest.h"
#include "engine/diag.h"

#include <sys/statvfs.h>
#include <sys/types.h>
#include <time.h>

/* The only way to a file: a live system, a mounted image and a test's tree are all one directory below which
 * paths are resolved. A link cannot lead out, nothing is changed by looking (not even an access time where we
 * may prevent it), and what was looked at is recorded.
 *
 * Paths are absolute inside the root ("/etc/fstab"; a missing first slash is added). Empty components, "."
 * and a trailing slash mean what they mean to the kernel, see path_resolution(7); ".." stops at the root.
 *
 * One root is one snapshot: each answer is kept until root_free(), an error too, and asking again gives the
 * same without a system call. Everything handed out is borrowed from the root until root_free().
 *
 * Every function that fails returns a negative errno and describes it in root_diag(). Beyond what the kernel
 * answers (-ENOENT, -ENOTDIR, -EACCES, -ELOOP, -EIO …):
 *   -ENOMEDIUM     below /proc or /sys of an offline root: those are the running kernel's, and whatever an
 * image holds there, also behind a link, is not believed. Files in its /dev are never opened. -ENAMETOOLONG
 * also for more than 500 levels of directories
 */
struct root;

enum root_flags {
        ROOT_LIVE = 1, /* the running system, or a dump of one: its /proc, /sys and /run are a kernel's */
};

enum root_read_flags {
        /* The content changes all the time (/proc/meminfo): neither cached nor part of the digest. */
        ROOT_VOLATILE = 1,
};

#define ROOT_READ_CAP ((size_t) 1024 * 1024)       /* one file, where the caller does not say */
#define ROOT_CACHE_CAP ((size_t) 32 * 1024 * 1024) /* all files and listings of a root */
#define ROOT_LIST_CAP ((size_t) 65536)             /* entries of one directory */

struct root_stat {
        mode_t mode; /* with the type, for S_ISREG() and the like */
        uid_t uid;
        gid_t gid;
        off_t size;
        nlink_t n_links;
        dev_t device; /* of the file system that holds it: differs from the parent's at a mount point */
        ino_t inode;
        struct timespec mtime;
};

struct root_file {
        const char *path;    /* as it was asked for */
        struct text content; /* may hold NUL bytes; a NUL that is not counted follows */
        struct root_stat stat;
};

/* Opens a directory of this process as a root. */
_must_check_ int root_open(const char *directory, unsigned flags, struct root **ret);
struct root *root_free(struct root *root);

bool root_is_live(const struct root *root);
/* What root_open() was given. For messages only: never joined with a path. */
const char *root_name(const struct root *root);
/* Where the last failure of any function below is described; others who work on this root may use it as well.
 */
struct diag *root_diag(struct root *root);

/* The whole content of a regular file. -EISDIR for a directory; -EBADFD for a FIFO, socket or device, which
 * is not opened; -EFBIG beyond the cap or ROOT_CACHE_CAP. */
_must_check_ int root_read(struct root *root, const char *path, const struct root_file **ret);
/* cap is in bytes, 0 means ROOT_READ_CAP; flags are enum root_read_flags. */
_must_check_ int root_read_flags(struct root *root, const char *path, size_t cap, unsigned flags,
                                 const struct root_file **ret);
/* Follows links; root_lstat() does not follow the last component. */
_must_check_ int root_stat(struct root *root, const char *path, struct root_stat *ret);
_must_check_ int root_lstat(struct root *root, const char *path, struct root_stat *ret);
/* 1 and 0; follows links, so that a dangling one is 0. A component that is a file means 0 too. Any other
 * negative errno: "could not look" is not "absent". */
_must_check_ int root_exists(struct root *root, const char *path);
/* The text of a link, not followed. -EINVAL when it is not a link. */
_must_check_ int root_readlink(struct root *root, const char *path, const char **ret);
/* Where a path leads inside the root after all links: no link, "." or ".." in the result, and no slash at its
 * end. Succeeds for what is missing too: then *ret_exists is false and the result is where it would have to
 * be. Fails with -ENOTDIR, -ELOOP, -EACCES … when that cannot be said. ret_exists may be NULL. */
_must_check_ int root_resolve(struct root *root, const char *path, const char **ret_resolved,
                              bool *ret_exists);
/* Names in a directory in the order of their bytes, without "." and ".."; not NULL-terminated, and NULL for
 * none. -E2BIG beyond ROOT_LIST_CAP. */
_must_check_ int root_list(struct root *root, const char *directory, const char *const **ret_names,
                           size_t *ret_n_names);
/* flags are enum root_read_flags, for /proc: the processes come and go. */
_must_check_ int root_list_flags(struct root *root, const char *directory, unsigned flags,
                                 const char *const **ret_names, size_t *ret_n_names);
/* Gives back what was read with ROOT_VOLATILE before root_free() does, for whoever reads many such files. */
void root_release(struct root *root, const struct root_file *file);
/* FS_IMMUTABLE_FL, FS_APPEND_FL and the others of ioctl_iflags(2) (<linux/fs.h>), of a regular file or a
 * directory. -EOPNOTSUPP when its file system, or its type, has none. */
_must_check_ int root_flags(struct root *root, const char *path, unsigned *ret_flags);
/* Volatile: asked anew each time, and not part of the digest. */
_must_check_ int root_statvfs(struct root *root, const char *path, struct statvfs *ret);

/* What was looked at: every (kind, path) once, also what was missing, but nothing volatile. */
enum root_trace_kind {
        ROOT_TRACE_READ,
        ROOT_TRACE_STAT,
        ROOT_TRACE_LSTAT,
        ROOT_TRACE_EXISTS,
        ROOT_TRACE_LINK,
        ROOT_TRACE_RESOLVE,
        ROOT_TRACE_LIST,
        ROOT_TRACE_FLAGS,
        ROOT_TRACE_NOTE, /* path is the "key=value" of a root_note() */
        ROOT_TRACE_COUNT,
};

struct root_trace {
        enum root_trace_kind kind;
        const char *path;
        int error; /* 0 or a negative errno */
};

/* Element i of the trace in the order of asking; false beyond the end. */
bool root_trace(const struct root *root, size_t i, struct root_trace *ret);
/* Adds to the digest what was judged from volatile input, such as "swap in use" "yes". The same note twice
 * counts once. */
_must_check_ int root_note(struct root *root, const char *key, const char *value);
/* SHA-256 over the sorted trace and its results: contents, names, link targets, type, mode and owner, errors;
 * no times, no inode numbers. The same system gives the same digest whatever the order of asking. */
_must_check_ int root_digest(struct root *root, char ret_hex[DIGEST_HEX_SIZE]);

static inline void root_free_pointer(struct root **root)
{
        *root = root_free(*root);
}

#define _cleanup_root_ _cleanup_(root_free_pointer)
