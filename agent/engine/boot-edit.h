/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Editing the kernel command line in every source that the next boot and future kernels read: grubenv, Boot
 * Loader Specification entries, grub.cfg, grub.conf, /etc/default/grub and its .d, /etc/kernel/cmdline,
 * tuned. A fixer says what a list of tokens should become; which file, variable and quoting that means is
 * decided here, once. */

#include "engine/boot.h"
#include "engine/plan.h"

/* Makes of the tokens what they should be (kernel_cmdline_replace(), _insert(), _append(), _remove()). The
 * tokens are those of the whole line, whatever files they come from; what is added goes where it was put, or
 * to a better source when nothing but parameters of other keys lies between. 1 when it changed something, 0
 * when nothing is to be changed, a negative errno. -EBADMSG and -EINVAL of the functions above are a refusal
 * of this line alone. */
typedef int (*boot_edit_tokens)(struct kernel_cmdline *cmdline, const struct boot_line *line, void *userdata);

enum boot_edit_flags {
        /* A file of GRUB's defaults without a newline at its end gets one. */
        BOOT_EDIT_NEWLINES = 1,
        /* Recovery entries as well, for what must not be there in any of them. */
        BOOT_EDIT_RECOVERY = 2,
};

/* A line that should be changed, or that nobody can judge, and that is not: everything that the change would
 * touch stays as it is. */
struct boot_edit_refusal {
        char *path; /* the source that cannot be edited */
        unsigned line;
        char *reason;                      /* half a sentence, as plan_refuse() takes it */
        const struct boot_line *boot_line; /* borrowed from boot_get() of the plan's context */
};

struct boot_edit_result {
        struct boot_edit_refusal *refusals;
        size_t n_refusals;
        size_t n_changed; /* lines that will be different */
};

/* Puts every line of BOOT_NEXT and BOOT_FUTURE that counts (boot_line_counts()) through edit, and plans the
 * new content of each source. Once a plan: nothing else of the fixer may write the same files. */
_must_check_ int boot_edit(struct plan *plan, boot_edit_tokens edit, void *userdata,
                           struct boot_edit_result *ret);
_must_check_ int boot_edit_with(struct plan *plan, unsigned flags, boot_edit_tokens edit, void *userdata,
                                struct boot_edit_result *ret);
void boot_edit_result_done(struct boot_edit_result *result);
#define _cleanup_boot_edit_ _cleanup_(boot_edit_result_done)
/* Refuses those findings of the fixer whose place is a refused source, or a line that it is part of, and
 * hints at the other refusals. */
_must_check_ int boot_edit_refuse(struct plan *plan, const struct boot_edit_result *result);
