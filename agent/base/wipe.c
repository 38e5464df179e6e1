/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"

#include <string.h>

void wipe(void *data, size_t len)
{
        if (!data || len == 0)
                return;

        memset(data, 0, len);
        /* Whoever follows might read it, as far as the compiler knows: it has to be zero here. */
        __asm__ volatile("" : : "r"(data) : "memory");
}

void wipe_string(char *string)
{
        if (string)
                wipe(string, strlen(string));
        free(string);
}

void wipe_buffer(struct buffer *buffer)
{
        wipe(buffer->data, buffer->size);
        buffer_done(buffer);
}
