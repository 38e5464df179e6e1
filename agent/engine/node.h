/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What stands under one name: everything that a change has to keep, and an undo has to bring back. */

#include "base/digest.h"
#include "base/text.h"

#include <sys/types.h>
#include <time.h>

enum node_type {
        NODE_MISSING,
        NODE_FILE,
        NODE_DIRECTORY,
        NODE_SYMLINK,
        NODE_OTHER, /* a FIFO, socket or device: never changed */
        NODE_TYPE_COUNT
};

/* "missing", "file", "directory", "symlink", "other". */
const char *node_type_name(enum node_type type);

struct node_attribute {
        char *name; /* "security.selinux", "system.posix_acl_access", "user.x" */
        struct text value;
};

struct node {
        enum node_type type;
        mode_t mode; /* the bits of chmod(2) */
        uid_t uid;
        gid_t gid;
        struct timespec mtime; /* no part of the comparison */
        bool keeps_mtime;      /* whoever makes it sets that time; else it is the time of making */
        struct text content;   /* of a file; owned */
        char *target;          /* of a symlink */
        /* Extended attributes of a file in the order of their names, without security.ima and security.evm,
         * which belong to other bytes. */
        struct node_attribute *attributes;
        size_t n_attributes;
        unsigned flags; /* of a file: NODE_FLAGS of what chattr(1) sets */

        /* What decides whether it may be changed; no part of the comparison. */
        unsigned guards; /* FS_IMMUTABLE_FL, FS_APPEND_FL */
        nlink_t n_links;
        dev_t device;
        ino_t inode;
};

/* A directory entry of the tree, or what would be there. */
_must_check_ int node_copy(const struct node *node, struct node *ret);
void node_done(struct node *node);
#define _cleanup_node_ _cleanup_(node_done)

/* NULL when both are the same but for times; otherwise what differs first: "content", "mode", … */
const char *node_difference(const struct node *a, const struct node *b);
static inline bool node_same(const struct node *a, const struct node *b)
{
        return !node_difference(a, b);
}
/* Adds all that node_difference() compares. */
void node_add_to_digest(const struct node *node, struct digest *digest);

/* Takes the content over; NULL and 0 for none. */
void node_set_content(struct node *node, char *data, size_t len);
/* A copy of the name and the value, in the order of names. */
_must_check_ int node_add_attribute(struct node *node, const char *name, struct text value);
