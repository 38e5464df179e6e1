/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* resolv.conf(5) as glibc's stub resolver reads it, which is not what the manual suggests: keywords count at
 * column 0 only, options match by prefix, and '#' behind options begins no comment. Measured against glibc
 * 2.36; what changed between versions depends on glibc_minor, the N of glibc 2.N. */

#include "base/text.h"

/* For a system whose glibc is not known. */
#define GLIBC_MINOR_NEWEST 1000U

#define RESOLV_NAMESERVERS_MAX 3

enum resolv_kind {
        RESOLV_BLANK,
        RESOLV_COMMENT,
        RESOLV_NAMESERVER,
        RESOLV_DOMAIN,
        RESOLV_SEARCH,
        RESOLV_SORTLIST,
        RESOLV_OPTIONS,
        RESOLV_IGNORED, /* glibc skips the line; error says why */
};

enum resolv_flag {
        RESOLV_ROTATE,
        RESOLV_EDNS0,
        RESOLV_SINGLE_REQUEST_REOPEN, /* implies the next one, without setting it */
        RESOLV_SINGLE_REQUEST,
        RESOLV_NO_TLD_QUERY,
        RESOLV_NO_RELOAD,
        RESOLV_USE_VC,
        RESOLV_TRUST_AD,
        RESOLV_NO_AAAA,
        RESOLV_STRICT_ERROR,
        RESOLV_INET6,
        RESOLV_FLAG_COUNT,
};

struct resolv_line {
        size_t number; /* counted from 1 */
        enum resolv_kind kind;
        const char *error;   /* static text: for RESOLV_IGNORED, a bad nameserver or sortlist */
        struct text keyword; /* empty for blank, comment and ignored lines */
        struct text
                value; /* all the rest with leading blanks; a carriage return belongs to it, as in glibc */
        struct text ending; /* "\n", or nothing at the end of the file */
};

struct resolv_nameserver {
        size_t line;
        struct text address; /* as written, without a scope */
        struct text scope;   /* behind '%', empty without */
        bool valid;
        bool used; /* valid and among the first three */
};

/* What is in force after all options lines and $RES_OPTIONS. The numbers are glibc's, capped as it caps
 * them; garbage after the colon counts as 0 there as well. */
struct resolv_options {
        unsigned flags;                  /* 1U << enum resolv_flag */
        size_t lines[RESOLV_FLAG_COUNT]; /* the line that last turned the flag on, 0 for the environment */
        int ndots;                       /* default 1, at most 15 */
        int timeout;                     /* seconds, default 5, at most 30 */
        int attempts;                    /* default 2, at most 5 */
};

struct resolv_conf {
        unsigned glibc_minor;
        struct resolv_line *lines;
        size_t n_lines;
        struct resolv_nameserver *nameservers;
        size_t n_nameservers;
        size_t n_used; /* 0 means that glibc asks 127.0.0.1 */
        /* The last domain or search line that is not empty; line 0 where there is none. */
        struct text search;
        size_t search_line;

        char *data;
        char **edits; /* memory of edited values */
        size_t n_edits;
};

/* -ENOMEM, or -E2BIG beyond 65536 lines. Everything else parses. */
_must_check_ int resolv_conf_parse(const char *data, size_t len, unsigned glibc_minor,
                                   struct resolv_conf **ret);
void resolv_conf_print(const struct resolv_conf *conf, struct buffer *out);
struct resolv_conf *resolv_conf_free(struct resolv_conf *conf);
static inline void resolv_conf_free_pointer(struct resolv_conf **conf)
{
        resolv_conf_free(*conf);
}
#define _cleanup_resolv_conf_ _cleanup_(resolv_conf_free_pointer)

/* The defaults, the options lines in their order, then environment: the value of $RES_OPTIONS, or an empty
 * text for a process without it. */
void resolv_conf_options(const struct resolv_conf *conf, struct text environment, struct resolv_options *ret);
void resolv_options_init(struct resolv_options *options);
/* Applies one list of options; line is remembered for what it turns on. */
void resolv_options_apply(struct resolv_options *options, struct text list, size_t line,
                          unsigned glibc_minor);
static inline bool resolv_options_have(const struct resolv_options *options, enum resolv_flag flag)
{
        return options->flags & 1U << flag;
}
/* Whether glibc 2.N knows the option at all. */
bool resolv_flag_known(enum resolv_flag flag, unsigned glibc_minor);
const char *resolv_flag_name(enum resolv_flag flag);

/* Appends an option to the first options line that glibc reads, or adds such a line at the end. No change
 * where it is in force already by name. -EINVAL for an empty option or one with a blank, a control character
 * or a NUL in it. */
_must_check_ int resolv_conf_add_option(struct resolv_conf *conf, struct text option);
