/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* fstab(5). Any bytes parse, and print gives them back unchanged. A line is an entry when every reader that
 * matters at boot takes it: libmount (mount -a) and glibc's getmntent() (systemd's fstab generator up to
 * v256). Where the two differ, the line is invalid and its error says why. */

#include "base/text.h"

enum fstab_kind {
        FSTAB_BLANK,
        FSTAB_COMMENT,
        FSTAB_ENTRY,
        FSTAB_INVALID,
};

enum fstab_field {
        FSTAB_SPEC,
        FSTAB_FILE,
        FSTAB_VFSTYPE,
        FSTAB_MNTOPS,
        FSTAB_FREQ,
        FSTAB_PASSNO,
        FSTAB_FIELD_COUNT,
};

struct fstab_line {
        size_t number; /* counted from 1 */
        enum fstab_kind kind;
        const char *error; /* static text, set for FSTAB_INVALID only */

        size_t n_fields;                       /* how many of the following are in the file */
        struct text blanks[FSTAB_FIELD_COUNT]; /* what stands in front of each field */
        struct text raw[FSTAB_FIELD_COUNT];    /* as written */
        struct text tail;                      /* all that follows: blanks, a comment; or the whole line */
        struct text ending;                    /* "\n", "\r\n", or nothing at the end of the file */

        /* Octal escapes resolved, NUL-terminated besides; empty where the field is missing. */
        struct text spec, file, vfstype, mntops;
        int freq, passno; /* 0 where missing */
};

struct fstab {
        struct fstab_line *lines;
        size_t n_lines;
        bool bom;             /* starts with a UTF-8 byte order mark */
        bool crlf;            /* at least one line ends in CR LF */
        bool missing_newline; /* the last line has no line ending */

        char *data;
        char **edits; /* memory of edited fields */
        size_t n_edits;
};

/* -ENOMEM, or -E2BIG beyond 65536 lines. Everything else parses. */
_must_check_ int fstab_parse(const char *data, size_t len, struct fstab **ret);
void fstab_print(const struct fstab *fstab, struct buffer *out);
/* The same without byte order marks, and with each line that ends in CR LF ending in LF. */
void fstab_print_plain(const struct fstab *fstab, struct buffer *out);
/* One line without its ending. */
void fstab_print_line(const struct fstab_line *line, struct buffer *out);
struct fstab *fstab_free(struct fstab *fstab);
static inline void fstab_free_pointer(struct fstab **fstab)
{
        fstab_free(*fstab);
}
#define _cleanup_fstab_ _cleanup_(fstab_free_pointer)

/* The next entry (kind FSTAB_ENTRY) after the given one, or the first for NULL; NULL at the end. */
const struct fstab_line *fstab_next_entry(const struct fstab *fstab, const struct fstab_line *entry);

/* Whether the libmount of this machine takes the bytes of a line (without its ending): 1, 0 or -ENOMEM.
 * fstab_parse() asks it about each entry that passed its own, stricter rules. Opens no file. */
_must_check_ int fstab_libmount_accepts(struct text line);

/* How many bytes at the start of a field as written stand for so many decoded ones. */
size_t fstab_raw_length(struct text raw, size_t decoded_len);

/* Sets kind, error, freq and passno from the fields of a line that has at least one. 0 or -ENOMEM. */
_must_check_ int fstab_judge_line(struct fstab_line *line);

/* Editing: fstab-edit.c. */

/* Replaces one field of an entry by value, which is escaped here; every other byte of the line stays.
 * -EINVAL when the line is not an entry, lacks an earlier field, or would not be an entry afterwards; the
 * line is unchanged then. */
_must_check_ int fstab_set_field(struct fstab *fstab, size_t number, enum fstab_field field,
                                 struct text value);
/* Adds one option ("nofail", "x-systemd.device-timeout=5s") behind the others; they keep their bytes. No
 * change where it is in effect already: there, and not taken back as nofail is by a later fail. Errors as
 * above; also -EINVAL when nobody would see it there, behind a quote that is not closed. */
_must_check_ int fstab_add_option(struct fstab *fstab, size_t number, struct text option);
/* Takes away each option of this name, with its value and one comma; the others keep their bytes. When it was
 * the only one, "defaults" stands in its place. Errors as above. */
_must_check_ int fstab_remove_option(struct fstab *fstab, size_t number, const char *name);
/* Puts prefix in front of the line, which makes it a comment. -EINVAL when prefix does not begin with '#' or
 * holds a line break, or when there is no such line. */
_must_check_ int fstab_comment_out(struct fstab *fstab, size_t number, struct text prefix);

/* What an entry means: fstab-options.c. Entries only; the results for other lines are meaningless. */

/* The next option with its value, libmount's splitting; *at is 0 at first, and then where the one after it
 * begins. */
bool fstab_next_option(const struct fstab_line *entry, size_t *at, struct text *ret_option);
/* The value of an option by exact name, libmount's splitting (quotes protect commas). The last one wins, as
 * in systemd and mount(8). ret_value may be NULL and is empty for an option without '='. */
bool fstab_option(const struct fstab_line *entry, const char *name, struct text *ret_value);
/* For pairs such as nofail and fail: whether the last of the two is yes. */
bool fstab_option_yes(const struct fstab_line *entry, const char *yes, const char *no);
static inline bool fstab_nofail(const struct fstab_line *entry)
{
        return fstab_option_yes(entry, "nofail", "fail");
}
static inline bool fstab_noauto(const struct fstab_line *entry)
{
        return fstab_option_yes(entry, "noauto", "auto");
}

bool fstab_is_swap(const struct fstab_line *entry);
bool fstab_is_bind(const struct fstab_line *entry);
/* By file system type, systemd's fstype_is_network(). "fuse.sshfs" counts as sshfs. */
bool fstab_is_network_type(const struct fstab_line *entry);
/* Network by type or by _netdev: ordered against remote-fs.target, no emergency mode. */
bool fstab_is_network(const struct fstab_line *entry);
/* Has no device behind it: proc, tmpfs, overlay and their kin. */
bool fstab_is_pseudo(const struct fstab_line *entry);
/* Splits UUID=, LABEL=, PARTUUID=, PARTLABEL= and ID= with quotes around the value removed. False for a
 * path or a network share. */
bool fstab_tag(const struct fstab_line *entry, struct text *ret_name, struct text *ret_value);
