/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* os-release(5), and who a system is from the files that came before it: redhat-release, centos-release,
 * system-release, SuSE-release, debian_version, the release files of Alibaba Cloud Linux, Anolis OS and
 * openEuler, and issue. The caller reads the files; release_files is the order to ask them in. */

#include "base/text.h"

enum os_release_kind {
        OS_RELEASE_BLANK,
        OS_RELEASE_COMMENT,
        OS_RELEASE_ASSIGNMENT,
        OS_RELEASE_INVALID,
};

struct os_release_line {
        size_t number; /* counted from 1 */
        enum os_release_kind kind;
        const char *error;  /* static text, for OS_RELEASE_INVALID */
        struct text name;   /* what stands before the '=', empty where there is none */
        struct text equals; /* "=", or empty */
        struct text raw;    /* behind the '=', quotes included; the whole line where there is none */
        struct text ending; /* "\n", "\r\n", or nothing at the end of the file */
        struct text value;  /* with quotes and escapes resolved, NUL-terminated besides */
};

struct os_release {
        struct os_release_line *lines;
        size_t n_lines;
        char *data;
};

/* -ENOMEM, or -E2BIG beyond 65536 lines. Everything else parses. */
_must_check_ int os_release_parse(const char *data, size_t len, struct os_release **ret);
void os_release_print(const struct os_release *release, struct buffer *out);
struct os_release *os_release_free(struct os_release *release);
static inline void os_release_free_pointer(struct os_release **release)
{
        os_release_free(*release);
}
#define _cleanup_os_release_ _cleanup_(os_release_free_pointer)

/* The value of the last valid assignment, as a shell that sources the file would have it. */
bool os_release_get(const struct os_release *release, const char *name, struct text *ret);

/* All fields borrow from the file's bytes or are static; empty where unknown. */
struct release_identity {
        struct text id;          /* "centos", "alinux", ...; "linux" for an os-release without ID */
        struct text id_like;     /* os-release only, blank separated */
        struct text version_id;  /* "7.9.2009", "14.04" */
        struct text patch_level; /* SuSE-release only: the service pack */
        struct text name;        /* PRETTY_NAME, or the first line of an older file */
        struct text variant_id;  /* os-release only */
};

/* Paths below /etc, NULL-terminated, the most telling first. Ask os-release before these. */
extern const char *const release_files[];

void release_from_os_release(const struct os_release *release, struct release_identity *ret);
/* path as in release_files. False, and nothing set, where the content names no known system. */
bool release_from_file(const char *path, struct text content, struct release_identity *ret);
/* "7.9.2009" is 7 and 9, "3" is 3 and 0, "V10" is 10. False where there is no number. */
bool release_version_parse(struct text version, unsigned *ret_major, unsigned *ret_minor);
