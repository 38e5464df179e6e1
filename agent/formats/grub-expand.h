/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Variables in boot entries: $kernelopts and $tuned_params in Boot Loader Specification entries and in
 * grub.cfg, whose values stand in the environment block. */

#include "base/text.h"

#define GRUB_EXPANSION_MAX (64 * 1024)
#define GRUB_EXPANSION_VARIABLES 64

/* Gives the value of a variable; false where it has none. The value has to live as long as the call. */
typedef bool (*grub_lookup)(void *userdata, struct text name, struct text *ret_value);

struct grub_expansion {
        struct buffer text; /* .data is NULL as long as nothing was added */
        struct {
                struct text name; /* a view into what was expanded */
                bool defined;
        } variables[GRUB_EXPANSION_VARIABLES]; /* each name once, in order of first use */
        size_t n_variables;
};

/* Adds text with $name and ${name} replaced; an undefined variable leaves nothing, as in GRUB. Values are not
 * expanded again. A '$' before anything else stays. -E2BIG beyond the limits above, -ENOMEM. */
_must_check_ int grub_expand(struct text text, grub_lookup lookup, void *userdata,
                             struct grub_expansion *expansion);
/* The same for words of a GRUB script: quotes and backslashes are taken away (info grub, "Quoting"), nothing
 * is expanded in '...', and a word that keeps a blank is put into "..." as GRUB does when it hands the
 * command line to the kernel. Words are joined by one blank. */
_must_check_ int grub_expand_script(struct text text, grub_lookup lookup, void *userdata,
                                    struct grub_expansion *expansion);
/* Whether every variable that was used has a value. */
bool grub_expansion_complete(const struct grub_expansion *expansion);
/* What was made so far; never NULL data. */
struct text grub_expansion_text(const struct grub_expansion *expansion);
void grub_expansion_done(struct grub_expansion *expansion);

#define _cleanup_grub_expansion_ _cleanup_(grub_expansion_done)
