/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/config.h"
#include "engine/root.h"

#include <string.h>

/* One key: how its value is taken, and kept from an older configuration. parse() leaves the configuration as
 * it is, and says what is wrong, when the value is not one. */
struct key {
        struct config_key_name name;
        int (*parse)(struct config *config, struct text value, const struct config_source *source,
                     struct buffer *complaint);
        int (*keep)(struct config *config, const struct config *previous);
};

static void autofix_free(char **names)
{
        for (size_t i = 0; names && names[i]; i++)
                free(names[i]);
        free(names);
}

static int autofix_add(char ***names, size_t n, struct text name)
{
        int r;

        /* The place of the NULL, too. */
        r = array_grow(names, n, sizeof(**names));
        if (r >= 0 && name.data) {
                (*names)[n] = text_dup(name);
                r = (*names)[n] ? array_grow(names, n + 1, sizeof(**names)) : -ENOMEM;
        }
        if (r >= 0)
                (*names)[n + (name.data != NULL)] = NULL;

        return r;
}

/* Everything that can be mended must not become automatic by one word. */
static bool is_known(const struct config_source *source, struct text name)
{
        _cleanup_free_ char *copy = text_dup(name);

        return copy && !string_equal(copy, "all") && (!source->knows || source->knows(copy));
}

static int parse_autofix(struct config *config, struct text value, const struct config_source *source,
                         struct buffer *complaint)
{
        char **names = NULL;
        struct text name;
        size_t n = 0;
        int r;

        r = autofix_add(&names, 0, (struct text){ 0 });
        while (r >= 0 && text_next_word(&value, " \t,", &name)) {
                if (is_known(source, name))
                        r = autofix_add(&names, n++, name);
                else if (complaint->len < CONF_SHOWN_MAX)
                        buffer_addf(complaint, "%sno fixer, probe or area is called '%.*s'",
                                    complaint->len > 0 ? "; " : "", TEXT_ARGS(conf_shown(name)));
        }
        if (r < 0) {
                autofix_free(names);
                return r;
        }

        /* Names that are known count also beside one that is not: it has been warned about. */
        autofix_free(config->autofix);
        config->autofix = names;
        return 0;
}

static int keep_autofix(struct config *config, const struct config *previous)
{
        char **names = NULL;
        size_t n = 0;
        int r;

        r = autofix_add(&names, 0, (struct text){ 0 });
        for (; r >= 0 && previous->autofix && previous->autofix[n]; n++)
                r = autofix_add(&names, n, text_from_string(previous->autofix[n]));
        if (r < 0) {
                autofix_free(names);
                return r;
        }

        autofix_free(config->autofix);
        config->autofix = names;
        return 0;
}

/* The index of a word in a list; -EINVAL, and what there is, when it is none of them. */
static int parse_word(struct text value, const char *const *words, size_t n, struct buffer *complaint)
{
        for (size_t i = 0; i < n; i++)
                if (text_equal(value, words[i]))
                        return (int) i;

        buffer_addf(complaint, "'%.*s' is not one of", TEXT_ARGS(conf_shown(value)));
        for (size_t i = 0; i < n; i++)
                buffer_addf(complaint, "%s %s", i > 0 ? "," : "", words[i]);
        return -EINVAL;
}

static int parse_block_on(struct config *config, struct text value, const struct config_source *source,
                          struct buffer *complaint)
{
        static const char *const words[] = {
                [SEVERITY_CRITICAL] = "critical", [SEVERITY_WARNING] = "warning"
        };
        int r = parse_word(value, words, ARRAY_SIZE(words), complaint);

        if (r >= 0)
                config->block_on = (enum severity) r;
        return r;
}

static int keep_block_on(struct config *config, const struct config *previous)
{
        config->block_on = previous->block_on;
        return 0;
}

static int parse_profile(struct config *config, struct text value, const struct config_source *source,
                         struct buffer *complaint)
{
        static const char *const words[] = { [PROFILE_BOOT] = "boot", [PROFILE_CAPTURE] = "capture" };
        int r = parse_word(value, words, ARRAY_SIZE(words), complaint);

        if (r >= 0)
                config->profile = (enum profile) r;
        return r;
}

static int keep_profile(struct config *config, const struct config *previous)
{
        config->profile = previous->profile;
        return 0;
}

static int parse_readers(struct config *config, struct text value, const struct config_source *source,
                         struct buffer *complaint)
{
        static const char *const words[] = { [CONFIG_READERS_ALL] = "all", [CONFIG_READERS_ROOT] = "root" };
        int r = parse_word(value, words, ARRAY_SIZE(words), complaint);

        if (r >= 0)
                config->readers = (enum config_readers) r;
        return r;
}

static int keep_readers(struct config *config, const struct config *previous)
{
        config->readers = previous->readers;
        return 0;
}

/* Nobody but its owner writes the report, and nobody runs it. */
static int parse_report_mode(struct config *config, struct text value, const struct config_source *source,
                             struct buffer *complaint)
{
        mode_t mode = 0;
        bool octal = value.len >= 3 && value.len <= 5;

        for (size_t i = 0; octal && i < value.len; i++) {
                octal = value.data[i] >= '0' && value.data[i] <= '7';
                mode = (mode << 3) | (mode_t) (value.data[i] - '0');
        }
        if (!octal)
                buffer_addf(complaint, "'%.*s' is no octal mode such as 0644", TEXT_ARGS(conf_shown(value)));
        else if ((mode & ~(mode_t) 0644) || !(mode & 0400))
                buffer_addf(complaint, "mode %.*s is not within 0400 and 0644", TEXT_ARGS(value));
        else {
                config->report_mode = mode;
                return 0;
        }

        return -EINVAL;
}

static int keep_report_mode(struct config *config, const struct config *previous)
{
        config->report_mode = previous->report_mode;
        return 0;
}

static const struct key keys[] = {
        { { "autofix", "names of fixers, probes or areas", "" }, parse_autofix, keep_autofix },
        { { "block-on", "critical or warning", "critical" }, parse_block_on, keep_block_on },
        { { "profile", "boot or capture", "boot" }, parse_profile, keep_profile },
        { { "report-mode", "an octal mode", "0644" }, parse_report_mode, keep_report_mode },
        { { "readers", "all or root", "all" }, parse_readers, keep_readers },
};

const struct config_key_name *config_key_name(size_t i)
{
        static const struct config_key_name end = { 0 };

        return i < ARRAY_SIZE(keys) ? &keys[i].name : &end;
}

struct reading {
        struct config *config;
        const struct config_source *source;
        bool good[ARRAY_SIZE(keys)];
        bool bad[ARRAY_SIZE(keys)];
};

static int take_value(struct reading *reading, size_t i, const char *path, const struct ini_line *line)
{
        struct warnings *warnings = &reading->config->warnings;
        _cleanup_buffer_ struct buffer complaint = { 0 };
        int r;

        r = keys[i].parse(reading->config, line->value, reading->source, &complaint);
        if (r == -ENOMEM || complaint.failed)
                return -ENOMEM;

        *(r < 0 ? &reading->bad[i] : &reading->good[i]) = true;
        if (complaint.len > 0)
                warnings_add(warnings, path, (unsigned) line->number, "%s=: %s", keys[i].name.name,
                             complaint.data);
        return 0;
}

static int take_assignment(struct reading *reading, const char *path, const struct ini_line *line)
{
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                if (text_equal(line->key, keys[i].name.name))
                        return take_value(reading, i, path, line);

        warnings_add(&reading->config->warnings, path, (unsigned) line->number,
                     "there is no key '%.*s' in [Agent]; it is left out", TEXT_ARGS(conf_shown(line->key)));
        return 0;
}

static int take_file(const char *path, const struct ini *ini, void *userdata)
{
        struct reading *reading = userdata;
        int r = 0;

        for (size_t i = 0; i < ini->n_lines && r >= 0; i++) {
                const struct ini_line *line = &ini->lines[i];
                bool ours = text_equal(line->section, "Agent");
                struct text name;

                if (line->kind == INI_ASSIGNMENT && ours)
                        r = take_assignment(reading, path, line);
                else if (line->kind == INI_SECTION && !ours && !config_section_kind(line->section, &name))
                        warnings_add(&reading->config->warnings, path, (unsigned) line->number,
                                     "there is no section [%.*s]; it is left out",
                                     TEXT_ARGS(conf_shown(line->section)));
        }

        return r;
}

static int read_one(struct root *root, const char *path, bool must_be_there, struct reading *reading)
{
        struct warnings *warnings = &reading->config->warnings;
        _cleanup_ini_ struct ini *ini = NULL;
        int r;

        r = conf_file_read(root, path, warnings, &ini);
        if (r < 0)
                return r;
        if (!ini && must_be_there) {
                warnings_add(warnings, path, 0, "is not there");
                return -EIO;
        }

        return ini ? take_file(path, ini, reading) : 0;
}

static int read_all(struct root *root, struct reading *reading)
{
        const struct config_source *source = reading->source;
        int r, result;

        result = read_one(root, source->file ? source->file : CONFIG_FILE, source->file, reading);
        if (source->file || (result < 0 && result != -EIO))
                return result;

        r = conf_directory_read(root, CONFIG_DIRECTORY, &reading->config->warnings, take_file, reading);
        return r < 0 ? r : result;
}

static int keep_previous(struct reading *reading)
{
        const struct config *previous = reading->source->previous;
        int r = 0;

        for (size_t i = 0; previous && i < ARRAY_SIZE(keys) && r >= 0; i++)
                if (!reading->good[i] && (reading->bad[i] || reading->config->unreadable))
                        r = keys[i].keep(reading->config, previous);

        return r;
}

int config_read(struct root *root, const struct config_source *source, struct config *ret)
{
        _cleanup_config_ struct config config = { .report_mode = 0644 };
        struct reading reading = { .config = &config, .source = source };
        int r;

        r = autofix_add(&config.autofix, 0, (struct text){ 0 });
        if (r >= 0)
                r = read_all(root, &reading);
        if (r < 0 && r != -EIO)
                return r;
        config.unreadable = r == -EIO;
        r = keep_previous(&reading);
        if (r < 0 || config.warnings.failed)
                return -ENOMEM;

        *ret = config;
        config = (struct config){ 0 };
        return 0;
}

void config_done(struct config *config)
{
        autofix_free(config->autofix);
        warnings_done(&config->warnings);
        *config = (struct config){ 0 };
}
