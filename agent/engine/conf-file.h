/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The agent's own settings: files of sections in systemd's manner, read through the root handle. They are not
 * what is judged, so that none of it counts for the digest. Whatever is wrong with them is a warning with
 * file and line, never an error. */

#include "formats/ini.h"

struct root;

struct warning {
        char *path;    /* inside the root, or as it was named on the command line */
        unsigned line; /* from 1; 0 means none */
        char *message; /* without a full stop; may hold what stood in the file */
};

/* Those beyond WARNINGS_MAX are only counted: a file can be wrong in each of its lines. */
#define WARNINGS_MAX ((size_t) 256)

struct warnings {
        struct warning *items;
        size_t n;
        size_t n_more;
        bool failed; /* memory ran out */
};

void warnings_add(struct warnings *warnings, const char *path, unsigned line, const char *format, ...)
        _printf_(4, 5);
/* "/etc/x.conf:7: what is wrong" */
void warning_print(const struct warning *warning, struct buffer *out);
void warnings_done(struct warnings *warnings);

/* As much of a text as a sentence needs. */
#define CONF_SHOWN_MAX ((size_t) 128)
struct text conf_shown(struct text text);

#define CONF_FILE_CAP ((size_t) 64 * 1024)
#define CONF_FILES_MAX ((size_t) 1024) /* of a directory */

/* *ret is NULL where there is no such file; -EIO, after the warning, where it could not be read. Lines that
 * are no INI have warnings too. -ENOMEM. */
_must_check_ int conf_file_read(struct root *root, const char *path, struct warnings *warnings,
                                struct ini **ret);

/* What conf_directory_read() calls for each file; a negative errno ends it. */
typedef int (*conf_file_take)(const char *path, const struct ini *ini, void *userdata);

/* All "*.conf" of a directory in the order of their names' bytes, except hidden ones. 0 also where there is
 * no directory; -EIO, after the warning and the other files, when something could not be read. */
_must_check_ int conf_directory_read(struct root *root, const char *directory, struct warnings *warnings,
                                     conf_file_take take, void *userdata);
