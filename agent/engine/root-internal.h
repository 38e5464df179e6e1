/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Shared by the root-*.c files and their tests; nobody else includes it. */

#include "engine/node.h"
#include "engine/root.h"

#include <sys/stat.h>

enum root_method {
        ROOT_METHOD_AUTO,    /* openat2() where it works, else the walk */
        ROOT_METHOD_OPENAT2, /* tests: never fall back */
        ROOT_METHOD_WALK,
};

/* One answer, success or error. Which members are set depends on the kind. */
struct entry {
        struct entry *next; /* in its bucket */
        uint32_t hash;
        enum root_trace_kind kind;
        char *path; /* normalized; for a note the key; behind the entry */
        int error;
        char *message; /* NULL: what strerror() says */

        struct root_file file;
        size_t cap; /* that it was read with */
        struct root_stat stat;
        char *string; /* link target, resolved path, value of a note */
        bool exists;
        char **names;
        size_t n_names;
        unsigned flags;

        char *where; /* in a planned root: the place without links that the answer is from, or of */
        bool stale;  /* to be asked anew */
};

/* In a planned root: what stands at a path instead of what is there. */
struct overlay {
        char *path; /* without links */
        const struct node *node;
        enum node_type type; /* of the node when it was set: it may be edited in its place */
};

#define ROOT_BUCKETS 1024

/* What a link at the top leads to, as "/lib" to "/usr/lib"; NULL when it is no link, or not such a simple
 * one. */
struct alias {
        char *from;
        char *to;
};

/* A file that was found, not opened yet. */
struct place {
        int fd;          /* O_PATH */
        int parent;      /* O_PATH, by the walk only: the directory that holds it; else negative */
        char *resolved;  /* where it is; also where it should be, after -ENOENT. NULL when nobody asked */
        bool roundabout; /* it is missing, and its path turns back by ".." behind the component that is */
        struct stat stat;
};

#define PLACE_INIT                                                                                           \
        {                                                                                                    \
                .fd = -EBADF, .parent = -EBADF                                                               \
        }

/* The last place that was looked for: several questions about one file come one after the other. */
struct found {
        const char *path; /* as asked, the entry's; NULL for none */
        unsigned flags;
        int error;
        struct place place;
};

#define ROOT_MISSING 64

/* What is not there, and nothing below it. */
struct missing {
        uint32_t hash;
        char *path; /* without links; NULL for none */
};

struct root {
        int fd;      /* O_PATH */
        int proc_fd; /* /proc of this process, not of the root; negative when it is not mounted */
        char *name;
        unsigned flags;
        enum root_method method;
        struct diag diag;
        const struct entry *undescribed; /* failed last, and the diag does not say so yet */
        size_t cached;                   /* bytes, of ROOT_CACHE_CAP */
        size_t list_cap;                 /* ROOT_LIST_CAP; tests take less */

        struct entry **entries; /* in the order of asking */
        size_t n_entries;
        struct entry *buckets[ROOT_BUCKETS];
        struct alias *aliases;
        size_t n_aliases;
        struct found found;
        struct missing missing[ROOT_MISSING]; /* the slot is chosen by the hash, the last one has it */
        struct entry **volatiles;             /* no part of the trace, kept since they are borrowed */
        size_t n_volatiles;

        bool planning;
        struct overlay *overlays;
        size_t n_overlays;
};

_must_check_ int root_open_with(const char *directory, unsigned flags, enum root_method method,
                                struct root **ret);

/* The path with one slash between components and without "."; ".." and a slash at the end are kept, since
 * they mean something to the kernel. -ENOENT for "", -ENAMETOOLONG from PATH_MAX. */
_must_check_ int root_normalize(const char *path, char **ret);
/* Whether that is what the path is already. */
bool root_is_normal(const char *path);
/* Additionally takes ".." as text, which is right only where no component is a link, and no slash at the end.
 */
_must_check_ int root_normalize_text(const char *path, char **ret);

/* The entry for a normalized path, made when it is new (*ret_new). */
_must_check_ int entry_get(struct root *root, enum root_trace_kind kind, const char *path, struct entry **ret,
                           bool *ret_new);
/* One that is in no table. NULL without memory. */
struct entry *entry_new(enum root_trace_kind kind, const char *path);
struct entry *entry_free(struct entry *entry);
/* Looks for the file and sets the members that its kind of question has; for a read, cap is set before. The
 * result is what entry->error is to be. */
_must_check_ int entry_answer(struct root *root, struct entry *entry);
/* The same in a planned root. */
struct question;
_must_check_ int entry_answer_planned(struct root *root, struct entry *entry,
                                      const struct question *question);
/* Drops the answer but keeps the place in the trace. */
void entry_reset(struct root *root, struct entry *entry);

enum place_flags {
        PLACE_NOFOLLOW = 1, /* the last component only */
        PLACE_RESOLVED = 2, /* fill in where it is, even where we do not need to know */
        PLACE_KEPT = 4,     /* take part in what root_find_kept() keeps */
};

/* Finds a normalized path by whichever method works. */
_must_check_ int root_find(struct root *root, const char *path, unsigned flags, struct place *place);
/* The same for one snapshot: what was found, or not, answers again. The place is the root's, until the next
 * call, and the path has to stay as long. */
_must_check_ int root_find_kept(struct root *root, const char *path, unsigned flags, struct place **ret);
/* Gives up the place that is kept: who asks for a file that changes all the time wants the present one. */
void root_forget(struct root *root);
/* Whether the place that is kept is what would be found. */
bool root_found_answers(const struct root *root, const char *path, unsigned flags);
/* Remembers a path without links that is not there; whether it is known that one is not. */
void root_remember_missing(struct root *root, struct text path);
bool root_is_missing(const struct root *root, const char *path);
/* By openat2(), -EAGAIN when only the walk can tell; place->resolved is set, after -ENOENT where it is asked
 * for. */
_must_check_ int root_find_text(struct root *root, const char *path, unsigned flags, struct place *place);
/* O_PATH; tries again where the kernel gives up because of a race. */
_must_check_ int root_openat2(const struct root *root, const char *path, uint64_t flags, uint64_t resolve);
_must_check_ int root_walk(struct root *root, const char *path, unsigned flags, struct place *place);
void place_done(struct place *place);

/* How one kind of question is answered from the file that was found. */
struct question {
        unsigned find_flags;
        int (*answer)(struct root *root, struct entry *entry, struct place *place);
        /* For those to whom -ENOENT or -ENOTDIR may be an answer as well. */
        int (*missing)(struct entry *entry, struct place *place, int error);
};
/* Opens what was found for reading: a directory or a regular file, never anything else. */
_must_check_ int root_reopen(struct root *root, const char *path, const struct place *place);
bool root_has_dot_dot(const char *path);
/* Whether a path without links is /proc, /sys or below; strictly below, for the second. */
bool root_is_kernels(const char *resolved);
bool root_is_below_kernels(const char *resolved);
/* Whether a path without links is a directory or below it. */
bool path_within(const char *path, const char *directory);

#define _cleanup_place_ _cleanup_(place_done)
