/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How engine/boot-edit.h does it; internal to engine/boot-edit*.c.
 *
 * A line of the model is put together from sources: a variable of grubenv, the words of a grub.cfg entry, an
 * assignment of /etc/default/grub. What a fixer makes of the line's tokens is turned into operations on the
 * tokens of each source. Entries that share a source have to want the same of it. A line whose change touches
 * a source that cannot be edited is left alone as a whole, and so is what shares a source with it. */

#include "base/text.h"
#include "engine/boot-edit.h"

struct boot_edit_format;
struct context;

enum boot_edit_kind { BOOT_EDIT_INSERT, BOOT_EDIT_REPLACE, BOOT_EDIT_REMOVE };

struct boot_edit_operation {
        enum boot_edit_kind kind;
        bool behind; /* BOOT_EDIT_INSERT: right behind the token before `at`, not right before token `at` */
        size_t at;   /* number of the token in its source */
        struct text token;
};

struct boot_edit_source {
        const char *path; /* after all links */
        unsigned line;    /* 0 for an assignment that is to be made */
        const char *variable;
        const struct boot_edit_format *format; /* NULL where there is none to edit it with */

        struct text *tokens; /* that the line has from it */
        size_t n_tokens;
        struct boot_edit_operation *operations; /* by place */
        size_t n_operations;
        size_t n_lines; /* that have asked */
        char *refused;  /* why it is left as it is */
};

/* Where a token of a line comes from. */
struct boot_edit_place {
        size_t source;
        size_t at;
};

struct boot_edit_line {
        const struct boot_line *line;
        struct kernel_cmdline *wanted;  /* the operations borrow their tokens from it */
        struct boot_edit_place *places; /* one for each token of the line */
        size_t *touched;                /* sources that its change edits */
        size_t n_touched;
        bool changed;
        /* Why it is left as it is. */
        char *refused;
        const char *refused_path;
        unsigned refused_line;
};

struct boot_edit_file {
        const char *path;
        struct text before;
        bool written;
        const struct boot_line *unended; /* a template that lacks the newline at its end, and is to get it */
        char *refused;
};

struct boot_edit_work {
        struct plan *plan;
        struct context *context;
        struct root *root;
        const struct boot *boot;
        struct boot_edit_line *lines;
        size_t n_lines;
        struct boot_edit_source *sources;
        size_t n_sources;
        struct boot_edit_file *files;
        size_t n_files;
        char **strings; /* paths of sources */
        size_t n_strings;
};

/* Finds or adds a source. -ENOMEM. */
_must_check_ int boot_edit_source(struct boot_edit_work *work, const char *path, unsigned line,
                                  const char *variable, size_t *ret);
/* Adds the reason unless there is one, and fails: -EPERM, or -ENOMEM. */
_must_check_ int boot_edit_refuse_source(struct boot_edit_source *source, const char *format, ...)
        _printf_(2, 3);
/* Fills line->places, and checks them against what other lines have from the same sources. -ENOMEM. */
_must_check_ int boot_edit_locate(struct boot_edit_work *work, struct boot_edit_line *line);
/* For a template: places that are said to be in the last assignment of a variable, but come from the earlier
 * ones that it refers to, are moved there. -ENOMEM. */
_must_check_ int boot_edit_follow_defaults(struct boot_edit_work *work, struct boot_edit_line *line);
/* The source for what is added at the end of this one's variable: an assignment in a file of our own, when
 * this one is some package's file that is read after /etc/default/grub. 1 when it is another one, 0 when not,
 * -ENOMEM. */
_must_check_ int boot_edit_own_default(struct boot_edit_work *work, size_t source, size_t *ret);
/* Turns the difference between the line and line->wanted into operations of its sources. -ENOMEM. */
_must_check_ int boot_edit_compare(struct boot_edit_work *work, struct boot_edit_line *line);

/* A token of the new list that is not in the old one. */
#define BOOT_EDIT_NEW SIZE_MAX

struct boot_edit_slot {
        size_t source;
        size_t at;
        bool behind; /* as in an operation */
        bool known;
};

/* One line's comparison. */
struct boot_edit_compare {
        struct boot_edit_work *work;
        struct boot_edit_line *line;
        size_t *origins; /* by new token: the old one that it is, or replaces, or BOOT_EDIT_NEW */
        struct boot_edit_slot *slots; /* by new token, for those */
        /* By source: what this line wants of it. */
        struct {
                struct boot_edit_operation *items;
                size_t n;
        } * wanted;
        size_t n_wanted;
};

_must_check_ int boot_edit_want(struct boot_edit_compare *compare, size_t source,
                                struct boot_edit_operation operation);
/* Finds a place for a new token, once the origins of all are known and the new ones before it have theirs. */
_must_check_ int boot_edit_insert(struct boot_edit_compare *compare, size_t token);
/* Puts it right behind an old one. */
_must_check_ int boot_edit_insert_behind(struct boot_edit_compare *compare, size_t old, size_t token);

/* Bytes of a source. */
struct boot_edit_format {
        /* The source's file as it is parsed and freed. -ENOMEM. */
        int (*parse)(struct text content, void **ret);
        void (*free)(void *parsed);
        void (*print)(const void *parsed, struct buffer *out);
        /* Carries the source's operations out. -ENOMEM; -EPERM after boot_edit_refuse_source(). */
        int (*edit)(void *parsed, struct boot_edit_source *source);
};

const struct boot_edit_format *boot_edit_format(const struct boot *boot, const char *path,
                                                const char *variable);
extern const struct boot_edit_format boot_edit_format_grubenv, boot_edit_format_bls,
        boot_edit_format_grub_cfg, boot_edit_format_legacy, boot_edit_format_default, boot_edit_format_lines;

/* The words of a value that are tokens of its source, in order; views into the value. */
struct boot_edit_words {
        struct {
                struct text raw;
                bool fixed; /* its bytes say something else: quoted, escaped or made of variables */
        } * items;
        size_t n;
};

_must_check_ int boot_edit_add_word(struct boot_edit_words *words, struct text raw, bool fixed);
void boot_edit_words_done(struct boot_edit_words *words);
#define _cleanup_boot_edit_words_ _cleanup_(boot_edit_words_done)
/* Whether the word is a variable and nothing else. */
bool boot_edit_is_variable(struct text word);
/* Makes the new value. -ENOMEM; -EPERM after boot_edit_refuse_source(). */
_must_check_ int boot_edit_splice(struct boot_edit_source *source, struct text value,
                                  const struct boot_edit_words *words, struct buffer *out);
/* The same for a value that is cut as the kernel cuts it; variables: words that are variables are none of the
 * source's tokens. */
_must_check_ int boot_edit_splice_plain(struct boot_edit_source *source, struct text value, bool variables,
                                        struct buffer *out);
