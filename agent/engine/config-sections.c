/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/config.h"
#include "engine/root.h"

#include <string.h>

static const char *const kinds[] = { "Sink", "Metadata" };

const char *config_section_kind(struct text title, struct text *ret_name)
{
        struct text word;

        if (!text_next_word(&title, " \t", &word))
                return NULL;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (text_equal(word, kinds[i])) {
                        *ret_name = text_trim(title);
                        return kinds[i];
                }

        return NULL;
}

static void setting_done(struct config_setting *setting)
{
        free(setting->key);
        free(setting->value);
        free(setting->path);
}

void config_sections_done(struct config_sections *sections)
{
        for (size_t i = 0; i < sections->n; i++) {
                struct config_section *section = &sections->items[i];

                for (size_t j = 0; j < section->n_settings; j++)
                        setting_done(&section->settings[j]);
                free(section->settings);
                free(section->name);
                free(section->path);
                free(section->fault);
        }
        free(sections->items);
        free(sections->unreadable);
        *sections = (struct config_sections){ 0 };
}

/* NULL without memory, or beyond the limit. */
static struct config_section *find_section(struct config_sections *sections, const char *kind,
                                           struct text name, const char *path, unsigned line)
{
        struct config_section new = { .kind = kind, .line = line };

        for (size_t i = 0; i < sections->n; i++)
                if (string_equal(sections->items[i].kind, kind) && text_equal(name, sections->items[i].name))
                        return &sections->items[i];
        if (sections->n >= CONFIG_SECTIONS_MAX ||
            array_grow(&sections->items, sections->n, sizeof(*sections->items)) < 0)
                return NULL;

        new.name = text_dup(name);
        new.path = strdup(path);
        if (!new.name || !new.path) {
                free(new.name);
                free(new.path);
                return NULL;
        }
        sections->items[sections->n++] = new;
        return &sections->items[sections->n - 1];
}

static void forget_setting(struct config_section *section, struct text key)
{
        size_t n = 0;

        for (size_t i = 0; i < section->n_settings; i++) {
                if (text_equal(key, section->settings[i].key))
                        setting_done(&section->settings[i]);
                else
                        section->settings[n++] = section->settings[i];
        }
        section->n_settings = n;
}

static int take_setting(struct config_section *section, const char *path, const struct ini_line *line)
{
        struct config_setting new = { .line = (unsigned) line->number };

        forget_setting(section, line->key);
        if (line->value.len == 0)
                return 0;
        if (array_grow(&section->settings, section->n_settings, sizeof(*section->settings)) < 0)
                return -ENOMEM;
        new.key = text_dup(line->key);
        new.value = text_dup(line->value);
        new.path = strdup(path);
        if (!new.key || !new.value || !new.path) {
                setting_done(&new);
                return -ENOMEM;
        }

        section->settings[section->n_settings++] = new;
        return 0;
}

static int take_fault(struct config_section *section, const char *path, const struct ini_line *line)
{
        if (section->fault)
                return 0;
        section->fault = string_format("%s:%zu: %s", path, line->number, line->error);
        return section->fault ? 0 : -ENOMEM;
}

static int take_file(const char *path, const struct ini *ini, void *userdata)
{
        struct config_sections *sections = userdata;
        int r = 0;

        for (size_t i = 0; i < ini->n_lines && r >= 0; i++) {
                const struct ini_line *line = &ini->lines[i];
                struct config_section *section;
                struct text name;
                const char *kind;

                if (line->kind == INI_BLANK || line->kind == INI_COMMENT)
                        continue;
                kind = config_section_kind(line->section, &name);
                if (!kind)
                        continue;
                section = find_section(sections, kind, name, path, (unsigned) line->number);
                if (!section)
                        return sections->n >= CONFIG_SECTIONS_MAX ? 0 : -ENOMEM;
                if (line->kind == INI_ASSIGNMENT)
                        r = take_setting(section, path, line);
                else if (line->kind == INI_INVALID)
                        r = take_fault(section, path, line);
        }

        return r;
}

/* Only what cannot be read is none of the business of who reads [Agent] alone. */
static char *describe_unreadable(const char *file, const struct warnings *warnings)
{
        _cleanup_buffer_ struct buffer line = { 0 };

        for (size_t i = 0; i < warnings->n; i++)
                if (warnings->items[i].line == 0) {
                        warning_print(&warnings->items[i], &line);
                        return line.data ? strdup(line.data) : NULL;
                }

        return string_format("%s: there is no such file", file ? file : CONFIG_FILE);
}

int config_read_sections(struct root *root, const char *file, struct config_sections *ret)
{
        _cleanup_config_sections_ struct config_sections sections = { 0 };
        struct warnings warnings = { 0 }; /* who reads [Agent] says them */
        _cleanup_ini_ struct ini *ini = NULL;
        int r, result;

        result = conf_file_read(root, file ? file : CONFIG_FILE, &warnings, &ini);
        r = result;
        if (ini)
                r = take_file(file ? file : CONFIG_FILE, ini, &sections);
        else if (file && r >= 0)
                r = result = -EIO;
        if (!file && (r >= 0 || r == -EIO))
                r = conf_directory_read(root, CONFIG_DIRECTORY, &warnings, take_file, &sections);
        if (result == -EIO || r == -EIO) {
                sections.unreadable = describe_unreadable(file, &warnings);
                r = sections.unreadable ? 0 : -ENOMEM;
        }
        warnings_done(&warnings);
        if (r < 0)
                return r;

        *ret = sections;
        sections = (struct config_sections){ 0 };
        return 0;
}

int config_read_own_sections(const char *file, struct config_sections *ret)
{
        _cleanup_root_ struct root *root = NULL;
        int r = root_open("/", ROOT_LIVE, &root);

        return r < 0 ? r : config_read_sections(root, file, ret);
}
