/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((__cleanup__(f)))
#define _must_check_ __attribute__((__warn_unused_result__))
#define _printf_(format, first) __attribute__((__format__(__printf__, format, first)))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static inline void free_pointer(void *pointer)
{
        free(*(void **) pointer);
}

/* Closing never changes errno: the error that made us leave is the one that matters. */
static inline void close_pointer(int *fd)
{
        if (*fd >= 0) {
                int saved = errno;

                (void) close(*fd);
                errno = saved;
        }
}

#define _cleanup_free_ _cleanup_(free_pointer)
#define _cleanup_close_ _cleanup_(close_pointer)

/* Hand over what a _cleanup_ variable owns. */
#define take_ptr(pointer)                                                                                    \
        __extension__({                                                                                      \
                __typeof__(pointer) *_owner = &(pointer);                                                    \
                __typeof__(pointer) _taken = *_owner;                                                        \
                *_owner = NULL;                                                                              \
                _taken;                                                                                      \
        })

static inline int take_fd(int *fd)
{
        int taken = *fd;

        *fd = -EBADF;
        return taken;
}
