/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Shared by the files that make the view of engine/resume.h. */

#include "engine/resume.h"
#include "formats/kernel-cmdline.h"

struct root;

/* Takes over the strings of the reference, also on failure; one of them may be NULL for want of memory. */
_must_check_ int resume_add(struct resume *resume, struct resume_reference *reference);
_must_check_ int resume_add_doubt(struct resume *resume, const char *path, unsigned line, const char *cause);

/* "none" is what initramfs-tools wants to hear, "auto" takes whatever swap it finds. */
bool resume_names_device(struct text value);
/* 1 when a resume= or rd.lvm.lv= names swap: then option and source are set to new strings, NULL for want of
 * memory. 0 when it does not. */
_must_check_ int resume_read_token(const struct kernel_cmdline_token *token,
                                   struct resume_reference *reference);

/* Where a token stands: sets path (borrowed), line and initramfs of an otherwise empty reference. */
typedef struct resume_reference (*resume_place_function)(const void *data,
                                                         const struct kernel_cmdline_token *token);
_must_check_ int resume_add_cmdline(struct resume *resume, const struct kernel_cmdline *cmdline,
                                    resume_place_function place_of, const void *data);

/* The configuration of a tool that makes an initramfs: a file, then those of a directory, in that order. */
struct resume_tool {
        const char *file, *directory;
        bool (*is_used)(struct text name);
        /* What the tool sets before it reads the first file: its files add to it. */
        const char *const *variables;
        bool bash;
};

enum { RESUME_INITRAMFS_TOOLS, RESUME_DRACUT, RESUME_TOOL_COUNT };
extern const struct resume_tool resume_tools[RESUME_TOOL_COUNT];

typedef int (*resume_file_function)(const char *path, struct text content, void *userdata);
/* Calls the function for each file that is there, until it fails. */
_must_check_ int resume_each_file(struct root *root, const struct resume_tool *tool,
                                  resume_file_function function, void *userdata);
/* Adds what the configuration of initramfs-tools and dracut names: resume-initramfs.c. */
_must_check_ int resume_read_initramfs(struct context *context, struct resume *resume);
