/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/boot-edit-internal.h"
#include "formats/bls.h"
#include "formats/grub-legacy.h"
#include "formats/grubenv.h"

#include <string.h>

/* Formats in which the words of the command line stand as the kernel gets them. grub.cfg and
 * /etc/default/grub have files of their own. */

static int refuse_edit(struct boot_edit_source *source, int error)
{
        if (error >= 0 || error == -ENOMEM)
                return error;
        if (error == -EINVAL)
                return boot_edit_refuse_source(source, "nothing would be left of it");

        return boot_edit_refuse_source(source, "%s", strerror(-error));
}

static int parse_grubenv(struct text content, void **ret)
{
        struct grubenv *env;
        int r = grubenv_parse(content.data, content.len, &env);

        if (r >= 0)
                *ret = env;
        return r;
}

static void free_grubenv(void *parsed)
{
        (void) grubenv_free(parsed);
}

static void print_grubenv(const void *parsed, struct buffer *out)
{
        grubenv_print(parsed, out);
}

/* Whether the value stands as GRUB's own tool would write it. */
static bool is_canonical(const struct grubenv_line *line)
{
        size_t n_escaped = 0;

        for (size_t i = 0; i < line->value.len; i++)
                n_escaped += line->value.data[i] == '\\' || line->value.data[i] == '\n';
        return line->raw_value.len == line->value.len + n_escaped;
}

static int edit_grubenv(void *parsed, struct boot_edit_source *source)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct grubenv *env = parsed;
        struct text name = text_from_string(source->variable);
        const struct grubenv_line *line = grubenv_find(env, name);
        int r;

        if (env->fault != GRUBENV_OK)
                return boot_edit_refuse_source(source, "grubenv is corrupt: %s",
                                               grubenv_fault_cause(env->fault));
        if (!line || !is_canonical(line))
                return boot_edit_refuse_source(
                        source, "the variable %s is escaped in a way that is not edited", source->variable);

        r = boot_edit_splice_plain(source, line->value, false, &out);
        if (r < 0)
                return r;
        r = grubenv_set(env, name, (struct text){ out.data ? out.data : "", out.len });
        if (r == -ENOSPC)
                return boot_edit_refuse_source(source, "grubenv has %zu bytes left, and %zu are needed",
                                               env->free, out.len - line->value.len);
        return refuse_edit(source, r);
}

const struct boot_edit_format boot_edit_format_grubenv = {
        .parse = parse_grubenv,
        .free = free_grubenv,
        .print = print_grubenv,
        .edit = edit_grubenv,
};

static int parse_bls(struct text content, void **ret)
{
        struct bls *bls;
        int r = bls_parse(content.data, content.len, &bls);

        if (r >= 0)
                *ret = bls;
        return r;
}

static void free_bls(void *parsed)
{
        (void) bls_free(parsed);
}

static void print_bls(const void *parsed, struct buffer *out)
{
        bls_print(parsed, out);
}

static int edit_bls(void *parsed, struct boot_edit_source *source)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        const struct bls_line *line = NULL;
        struct bls *bls = parsed;
        int r;

        do
                line = bls_next(bls, "options", line);
        while (line && line->line != source->line);
        if (!line)
                return boot_edit_refuse_source(source, "the entry has no options there");

        r = boot_edit_splice_plain(source, line->value, true, &out);
        if (r < 0)
                return r;
        return refuse_edit(source,
                           bls_set_value(bls, line, (struct text){ out.data ? out.data : "", out.len }));
}

const struct boot_edit_format boot_edit_format_bls = {
        .parse = parse_bls,
        .free = free_bls,
        .print = print_bls,
        .edit = edit_bls,
};

/* New arguments have to outlive what is parsed. */
struct legacy {
        struct grub_legacy *parsed;
        char **edits;
        size_t n_edits;
};

static void free_legacy(void *parsed)
{
        struct legacy *legacy = parsed;

        if (!legacy)
                return;

        (void) grub_legacy_free(legacy->parsed);
        for (size_t i = 0; i < legacy->n_edits; i++)
                free(legacy->edits[i]);
        free(legacy->edits);
        free(legacy);
}

static int parse_legacy(struct text content, void **ret)
{
        struct legacy *legacy = calloc(1, sizeof(*legacy));
        int r = legacy ? grub_legacy_parse(content, &legacy->parsed) : -ENOMEM;

        if (r < 0) {
                free(legacy);
                return r;
        }

        *ret = legacy;
        return 0;
}

static void print_legacy(const void *parsed, struct buffer *out)
{
        grub_legacy_print(((const struct legacy *) parsed)->parsed, out);
}

static int edit_legacy(void *parsed, struct boot_edit_source *source)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct legacy *legacy = parsed;
        struct grub_legacy_entry *entry = NULL;
        size_t len;
        int r;

        for (size_t i = 0; i < legacy->parsed->n_entries && !entry; i++)
                if (legacy->parsed->entries[i].line == source->line)
                        entry = &legacy->parsed->entries[i];
        if (!entry)
                return boot_edit_refuse_source(source, "there is no entry there");

        r = boot_edit_splice_plain(source, entry->arguments, false, &out);
        if (r >= 0)
                r = array_grow(&legacy->edits, legacy->n_edits, sizeof(*legacy->edits));
        if (r >= 0)
                r = buffer_finish(&out, &legacy->edits[legacy->n_edits], &len);
        if (r < 0)
                return r;

        r = grub_legacy_set_arguments(entry, (struct text){ legacy->edits[legacy->n_edits++], len });
        return refuse_edit(source, r);
}

const struct boot_edit_format boot_edit_format_legacy = {
        .parse = parse_legacy,
        .free = free_legacy,
        .print = print_legacy,
        .edit = edit_legacy,
};

/* /etc/kernel/cmdline: nothing but the words. */
struct lines {
        struct text *items; /* endings included */
        size_t n;
        char **edits;
        size_t n_edits;
};

static void free_lines(void *parsed)
{
        struct lines *lines = parsed;

        if (!lines)
                return;

        for (size_t i = 0; i < lines->n_edits; i++)
                free(lines->edits[i]);
        free(lines->edits);
        free(lines->items);
        free(lines);
}

static int parse_lines(struct text content, void **ret)
{
        struct lines *lines = calloc(1, sizeof(*lines));
        struct text line;

        if (!lines)
                return -ENOMEM;
        while (text_next_line(&content, &line)) {
                if (array_grow(&lines->items, lines->n, sizeof(*lines->items)) < 0) {
                        free_lines(lines);
                        return -ENOMEM;
                }
                lines->items[lines->n++] = line;
        }

        *ret = lines;
        return 0;
}

static void print_lines(const void *parsed, struct buffer *out)
{
        const struct lines *lines = parsed;

        for (size_t i = 0; i < lines->n; i++)
                buffer_add_text(out, lines->items[i]);
}

static int edit_lines(void *parsed, struct boot_edit_source *source)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        struct lines *lines = parsed;
        struct text *line, old;
        size_t len;
        int r;

        if (source->line == 0 || source->line > lines->n)
                return boot_edit_refuse_source(source, "there is no such line");

        line = &lines->items[source->line - 1];
        old = text_chomp(*line);
        r = boot_edit_splice_plain(source, old, false, &out);
        buffer_add(&out, old.data + old.len, line->len - old.len);
        if (r >= 0)
                r = array_grow(&lines->edits, lines->n_edits, sizeof(*lines->edits));
        if (r >= 0)
                r = buffer_finish(&out, &lines->edits[lines->n_edits], &len);
        if (r < 0)
                return r;

        *line = (struct text){ lines->edits[lines->n_edits++], len };
        return 0;
}

const struct boot_edit_format boot_edit_format_lines = {
        .parse = parse_lines,
        .free = free_lines,
        .print = print_lines,
        .edit = edit_lines,
};

static bool is_bls(const char *path)
{
        return text_contains(text_from_string(path), "/loader/entries/") &&
               text_ends(text_from_string(path), ".conf");
}

const struct boot_edit_format *boot_edit_format(const struct boot *boot, const char *path,
                                                const char *variable)
{
        const char *slash = strrchr(path, '/');
        const char *name = slash ? slash + 1 : path;

        if (string_equal(name, "grubenv"))
                return variable ? &boot_edit_format_grubenv : NULL;
        if (string_equal(name, "grub.cfg"))
                return &boot_edit_format_grub_cfg;
        if (text_starts(text_from_string(path), "/etc/default/"))
                return &boot_edit_format_default;
        if (variable)
                return NULL;
        if (is_bls(path))
                return &boot_edit_format_bls;
        if (string_equal(path, "/etc/kernel/cmdline"))
                return &boot_edit_format_lines;
        return string_equal(boot->loader, "grub-legacy") ? &boot_edit_format_legacy : NULL;
}
