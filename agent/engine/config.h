/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* /etc/ecs-guest-agent/agent.conf and agent.conf.d: what the agent may do by itself, and how it answers.
 * Later files win, as with systemd. A broken configuration breaks nothing: what is wrong is a warning with
 * file and line, and the last good value stays, or the default. */

#include "engine/conf-file.h"
#include "engine/context.h"
#include "engine/finding.h"

#include <sys/types.h>

#define CONFIG_FILE "/etc/ecs-guest-agent/agent.conf"
#define CONFIG_DIRECTORY CONFIG_FILE ".d"

enum config_readers {
        CONFIG_READERS_ALL,  /* every local user may ask for the report */
        CONFIG_READERS_ROOT, /* only uid 0 */
};

struct config {
        /* Fixers, probes and areas whose findings the daemon mends by itself; never NULL after
         * config_read(), NULL-terminated, empty by default. */
        char **autofix;
        enum severity block_on; /* findings of this severity and worse make a system "not_ready" */
        enum profile profile;
        mode_t report_mode; /* of /run/ecs-guest-agent/report.json */
        enum config_readers readers;

        bool unreadable; /* a file was there, or was named, and could not be read */
        struct warnings warnings;
};

struct config_source {
        const char *file; /* read this one alone, which must be there; NULL: the places above */
        /* Whether something can be mended under this name; NULL: it is not asked (the reporter knows no
         * fixers). */
        bool (*knows)(const char *name);
        /* When reading again: a key that was assigned a bad value only, or that may stand in a file which
         * cannot be read, keeps its value from here. NULL for none. */
        const struct config *previous;
};

/* -ENOMEM only. */
_must_check_ int config_read(struct root *root, const struct config_source *source, struct config *ret);
void config_done(struct config *config);
#define _cleanup_config_ _cleanup_(config_done)

/* For the manual and the tests: ends with a NULL name. All keys stand in the section [Agent]. */
struct config_key_name {
        const char *name;
        const char *values;     /* what may be assigned */
        const char *by_default; /* as it would be written */
};
const struct config_key_name *config_key_name(size_t i);

/* The sections for the reporter (config-sections.c): "[Sink NAME]" for each place that reports go to, and
 * "[Metadata]". Those of one name count as one, over all files; the last assignment of a key wins, and an
 * empty one takes it back. */
struct config_setting {
        char *key;
        char *value;
        char *path; /* where it was assigned last */
        unsigned line;
};

struct config_section {
        const char *kind; /* "Sink" or "Metadata" */
        char *name;       /* behind the kind; empty for none */
        char *path;       /* where it begins first */
        unsigned line;
        char *fault; /* "/etc/x.conf:7: what is wrong": a line that is none, so that nothing can be relied on
                      */
        struct config_setting *settings;
        size_t n_settings;
};

struct config_sections {
        struct config_section *items;
        size_t n;
        /* A file was there, or was named, and could not be read, so that there may be more: which one and
         * why, in the sentence of the first; NULL when all could. */
        char *unreadable;
};

#define CONFIG_SECTIONS_MAX ((size_t) 64)

/* Below root, or file alone. -ENOMEM only. */
_must_check_ int config_read_sections(struct root *root, const char *file, struct config_sections *ret);
/* The same for the running system, for who knows no roots. The errors of opening it too. */
_must_check_ int config_read_own_sections(const char *file, struct config_sections *ret);
void config_sections_done(struct config_sections *sections);
#define _cleanup_config_sections_ _cleanup_(config_sections_done)
/* The kind of a section's title and the name behind it; NULL for any other. */
const char *config_section_kind(struct text title, struct text *ret_name);
