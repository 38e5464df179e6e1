/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Shared by the files that make the view of engine/resume.h. */

#include "engine/resume.h"
#include "formats/kernel-cmdline.h"

/* Takes over the strings of the reference, also on failure; one of them may be NULL for want of memory. */
_must_check_ int resume_add(struct resume *resume, struct resume_reference *reference);
_must_check_ int resume_add_doubt(struct resume *resume, const char *path, unsigned line, const char *cause);

/* Where a token stands: sets path (borrowed), line and initramfs of an otherwise empty reference. */
typedef struct resume_reference (*resume_place_function)(const void *data,
                                                         const struct kernel_cmdline_token *token);
_must_check_ int resume_add_cmdline(struct resume *resume, const struct kernel_cmdline *cmdline,
                                    resume_place_function place_of, const void *data);
/* Adds what the configuration of initramfs-tools and dracut names: resume-initramfs.c. */
_must_check_ int resume_read_initramfs(struct context *context, struct resume *resume);
