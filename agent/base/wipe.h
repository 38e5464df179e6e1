/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* Overwriting what was secret, before its memory is given back. explicit_bzero() is newer than the oldest
 * supported C library. */

/* With zeros, which the compiler may not leave out; NULL is fine. */
void wipe(void *data, size_t len);
/* A NUL-terminated string, and frees it. */
void wipe_string(char *string);
/* All that was allocated, and frees it. What the buffer outgrew is not reached: buffer_reserve() first. */
void wipe_buffer(struct buffer *buffer);

static inline void wipe_string_pointer(char **string)
{
        wipe_string(*string);
}
#define _cleanup_wipe_string_ _cleanup_(wipe_string_pointer)
#define _cleanup_wipe_buffer_ _cleanup_(wipe_buffer)
