/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* What errno loses: where it went wrong. One diag belongs to a context (a root, a scan). It owns its strings;
 * starts zeroed. */
struct diag {
        int error;     /* negative errno, 0 when nothing is recorded */
        char *path;    /* inside the root; NULL when no file is concerned */
        unsigned line; /* from 1; 0 when no line is concerned */
        char *message; /* for people; NULL when there was no memory for it */
};

/* Records and returns error (a negative errno), so that a caller writes "return diag_set(…)". For the
 * function in which the error starts: overwrites what was there. path may be NULL, line 0; diag may be NULL,
 * then the error is only returned. */
int diag_set(struct diag *diag, int error, const char *path, unsigned line, const char *format, ...)
        _printf_(5, 6);
/* The same for a function that passes on the error of an inner one: keeps an entry for the same error, since
 * the inner one knows better. Whoever handles an error and goes on calls diag_clear(), or else a later one
 * with the same number keeps the stale entry. */
int diag_add(struct diag *diag, int error, const char *path, unsigned line, const char *format, ...)
        _printf_(5, 6);
void diag_clear(struct diag *diag);
/* The destructor, for what is embedded or local. */
void diag_done(struct diag *diag);

#define _cleanup_diag_ _cleanup_(diag_done)
