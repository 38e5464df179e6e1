/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sections of key=value: NetworkManager's keyfiles and configuration, the agent's own, and (unit.h) systemd
 * units. '#' and ';' begin a comment as first character of a line only. Order and duplicates are kept. */

#include "base/text.h"

enum ini_dialect {
        INI_KEYFILE,
        INI_UNIT, /* a backslash at the end continues the line; a byte order mark is skipped */
};

enum ini_kind {
        INI_BLANK,
        INI_COMMENT,
        INI_SECTION,
        INI_ASSIGNMENT,
        INI_INVALID,
};

/* One line, or with continuations several. */
struct ini_line {
        size_t number; /* of the first one, counted from 1 */
        enum ini_kind kind;
        const char *error;   /* static text, for INI_INVALID */
        struct text section; /* the section that the line stands in or begins */
        struct text key;     /* of an assignment */
        struct text value;   /* trimmed; continuations joined by a blank, comments between them left out */

        /* As in the file: these six are what is printed. */
        struct text lead;      /* blanks; up to "[" for a section */
        struct text name;      /* key or section */
        struct text separator; /* "=" and the blanks around it, or "]" */
        struct text raw;       /* the value as written, or the whole of any other line */
        struct text tail;      /* blanks behind it */
        struct text ending;    /* "\n", "\r\n", or nothing at the end of the file */
};

struct ini {
        struct ini_line *lines;
        size_t n_lines;
        bool bom;

        char *data;
        char **edits; /* memory of edited values */
        size_t n_edits;
};

/* -ENOMEM, or -E2BIG beyond 65536 lines. Everything else parses. */
_must_check_ int ini_parse(const char *data, size_t len, enum ini_dialect dialect, struct ini **ret);
void ini_print(const struct ini *ini, struct buffer *out);
struct ini *ini_free(struct ini *ini);
static inline void ini_free_pointer(struct ini **ini)
{
        ini_free(*ini);
}
#define _cleanup_ini_ _cleanup_(ini_free_pointer)

/* The next assignment behind line, or the first for NULL; NULL at the end. section and key may be NULL for
 * any. Names are case-sensitive; sections of one name count as one. */
const struct ini_line *ini_next(const struct ini *ini, const struct ini_line *line, const char *section,
                                const char *key);
/* The last assignment wins, here and in all who read these files. NULL where there is none. */
const struct ini_line *ini_find(const struct ini *ini, const char *section, const char *key);
/* The value of ini_find(); false, and nothing set, where there is none. */
bool ini_get(const struct ini *ini, const char *section, const char *key, struct text *ret);
bool ini_has_section(const struct ini *ini, const char *section);

/* Sets the value that ini_get() returns: in place, or behind the last assignment of the section, or in a new
 * section at the end. -EINVAL for names or a value that a parse would not give back. Lines move in memory. */
_must_check_ int ini_set(struct ini *ini, const char *section, const char *key, struct text value);
