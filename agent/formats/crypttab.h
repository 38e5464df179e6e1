/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Lines of /etc/crypttab as systemd-cryptsetup-generator takes them (v219 to v252): words between blanks, no
 * quotes and no escapes; see crypttab(5). */

#include "base/text.h"

struct crypttab_line {
        unsigned number;    /* from 1 */
        struct text name;   /* below /dev/mapper */
        struct text device; /* "UUID=…", "/dev/…", or the path of an image file */
        struct text key;    /* empty where it ends before */
        struct text options;
};

/* Takes the next line with two to four words off the front of rest; all others are passed over. number counts
 * the lines, and starts with 0. False at the end. */
bool crypttab_next(struct text *rest, unsigned *number, struct crypttab_line *ret);
/* Whether an option is there, with or without a value. */
bool crypttab_has_option(const struct crypttab_line *line, const char *name);
