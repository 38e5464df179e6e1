/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"
#include "engine/context.h"
#include "engine/scan.h"

#include <time.h>

/* What the platform calls this instance; NULL for what is not known. */
struct report_instance {
        const char *id;
        const char *type;
        const char *region;
        const char *image;
};

/* A scan that is over, as the formats see it. Borrows from the context. */
struct report {
        const char *root; /* as the user named it */
        const struct host *host;
        const struct findings *findings;
        enum profile profile;
        struct summary summary;
        enum severity block_on; /* that severity, and worse, decided the verdict */
        char digest[65];        /* SHA-256 in hex over every input that was judged */
        time_t time;
        struct report_instance instance; /* no input: not in the digest */
};

/* -ENOMEM only. */
_must_check_ int report_make(struct context *context, time_t now, struct report *ret);

/* What the text is the answer to. */
enum question {
        QUESTION_CHECK,    /* everything, no verdict: only a part may have been asked for */
        QUESTION_READY,    /* everything, under the verdict */
        QUESTION_OVERVIEW, /* one screen: the verdict and what is wrong */
};

struct report_style {
        bool color; /* a terminal reads it */
        enum question question;
        unsigned width; /* columns to wrap at */
        bool fold;      /* findings too; elsewhere each is one line, for grep and its kin */
};

/* One row a format; the exit code is the same in all of them. Ends with a NULL name. */
struct report_format {
        const char *name;
        int (*write)(const struct report *report, const struct report_style *style, struct buffer *out);
};

extern const struct report_format report_formats[];
const struct report_format *report_format_find(const char *name);

_must_check_ int report_write_text(const struct report *report, const struct report_style *style,
                                   struct buffer *out);
_must_check_ int report_write_json(const struct report *report, const struct report_style *style,
                                   struct buffer *out);
/* READY or NOT-READY or UNKNOWN, with counts, at most 128 bytes and never cut inside a word. */
_must_check_ int report_write_oneline(const struct report *report, const struct report_style *style,
                                      struct buffer *out);
/* One page that needs nothing else, worst first. */
_must_check_ int report_write_html(const struct report *report, const struct report_style *style,
                                   struct buffer *out);
/* A suite an area, a case a finding. Failures are what "check" ends with 1 for, errors what it ends with 3
 * for: a note that fails is a case that passes, and says so. */
_must_check_ int report_write_junit(const struct report *report, const struct report_style *style,
                                    struct buffer *out);
/* The text format, for the textfile collector of a node's exporter. */
_must_check_ int report_write_prometheus(const struct report *report, const struct report_style *style,
                                         struct buffer *out);
/* A CloudEvent with an id of its own, see report/event.h. */
_must_check_ int report_write_cloudevent(const struct report *report, const struct report_style *style,
                                         struct buffer *out);

/* What the text formats share. */
enum ink { INK_PLAIN, INK_BOLD, INK_RED, INK_YELLOW, INK_GREEN, INK_DIM, INK_COUNT };

/* Escaped, so that nothing of it reaches a terminal raw, and made valid UTF-8 as documents have it, so that
 * what was read from one looks the same. */
void print_text(struct buffer *out, const char *text);
/* The same as a part of HTML or XML, in an attribute or not (markup.c). */
void print_markup(struct buffer *out, const char *text);
/* A sentence of ours, with what is in it made a part of HTML or XML as above. */
void print_markupf(struct buffer *out, const char *format, ...) _printf_(2, 3);
/* The same in a colour; or as it is, where the caller has seen to that. */
void print_ink_raw(struct buffer *out, const struct report_style *style, enum ink ink, const char *text);
void print_ink(struct buffer *out, const struct report_style *style, enum ink ink, const char *text);
/* Words of text, wrapped at the width, each line after the first behind indent blanks; ends with a newline.
 */
void print_wrapped(struct buffer *out, const struct report_style *style, size_t indent, const char *text);
/* A summary, with its place "(/etc/fstab:7)" if it is wanted, at a column that the line has reached: one
 * line, or folded where the style says so. Ends with a newline. */
void print_summary(struct buffer *out, const struct report_style *style, enum ink ink, size_t column,
                   const struct finding *finding, bool place);
