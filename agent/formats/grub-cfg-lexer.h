/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The words of a GRUB script; internal to formats/grub-cfg*. */

#include "base/text.h"

enum grub_cfg_token {
        GRUB_CFG_TOKEN_END,
        GRUB_CFG_TOKEN_WORD,
        GRUB_CFG_TOKEN_NEWLINE,  /* or ';' */
        GRUB_CFG_TOKEN_OPERATOR, /* && || & | < > */
        GRUB_CFG_TOKEN_OPEN,
        GRUB_CFG_TOKEN_CLOSE,
        GRUB_CFG_TOKEN_FAULT,
};

struct grub_cfg_lexer {
        struct text rest;
        unsigned line; /* of the front of rest, from 1 */
};

/* Takes one token off the front. ret_word (GRUB_CFG_TOKEN_WORD) is as written, with its quotes; ret_line is
 * where the token begins. GRUB_CFG_TOKEN_FAULT: a quote or brace of a word is not closed. */
enum grub_cfg_token grub_cfg_next_token(struct grub_cfg_lexer *lexer, struct text *ret_word,
                                        unsigned *ret_line);
