/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What makes the initramfs of this system, and how it is made anew. */

#include "base/cleanup.h"

struct context;
struct plan;

/* Borrowed, constant. */
struct initramfs_tool {
        const char *paths[4]; /* where its program may lie */
        const char *arguments[6];
        const char *command; /* the same, for people */
};

/* *ret is NULL, and so is *ret_path, where neither update-initramfs nor dracut is installed. */
_must_check_ int initramfs_tool(struct context *context, const struct initramfs_tool **ret,
                                const char **ret_path);
/* Plans that every initramfs is made anew, and once more after an undo. *ret_hint is the command where that
 * is left to somebody else, since commands are not to be run; NULL when it is planned, or nothing makes an
 * initramfs here. */
_must_check_ int initramfs_rebuild(struct plan *plan, const char **ret_hint);
