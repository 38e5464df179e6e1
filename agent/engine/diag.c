/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/diag.h"

#include <string.h>

static void record(struct diag *diag, int error, const char *path, unsigned line, const char *format,
                   va_list arguments)
{
        /* Made before the old strings go: a caller may pass them in. */
        char *new_path = path ? strdup(path) : NULL;
        char *message = string_formatv(format, arguments);

        diag_clear(diag);
        *diag = (struct diag){ .error = error, .path = new_path, .line = line, .message = message };
}

int diag_set(struct diag *diag, int error, const char *path, unsigned line, const char *format, ...)
{
        va_list arguments;

        if (!diag)
                return error;

        va_start(arguments, format);
        record(diag, error, path, line, format, arguments);
        va_end(arguments);
        return error;
}

int diag_add(struct diag *diag, int error, const char *path, unsigned line, const char *format, ...)
{
        va_list arguments;

        if (!diag || diag->error == error)
                return error;

        va_start(arguments, format);
        record(diag, error, path, line, format, arguments);
        va_end(arguments);
        return error;
}

void diag_clear(struct diag *diag)
{
        free(diag->path);
        free(diag->message);
        *diag = (struct diag){ 0 };
}

void diag_done(struct diag *diag)
{
        diag_clear(diag);
}
