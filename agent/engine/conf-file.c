/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/conf-file.h"
#include "engine/root.h"

#include <string.h>

void warnings_add(struct warnings *warnings, const char *path, unsigned line, const char *format, ...)
{
        struct warning warning = { .line = line };
        va_list arguments;

        if (warnings->n == WARNINGS_MAX) {
                warnings->n_more++;
                return;
        }

        va_start(arguments, format);
        warning.message = string_formatv(format, arguments);
        va_end(arguments);
        warning.path = strdup(path);
        if (!warning.message || !warning.path ||
            array_grow(&warnings->items, warnings->n, sizeof(*warnings->items)) < 0) {
                free(warning.message);
                free(warning.path);
                warnings->failed = true;
                return;
        }
        warnings->items[warnings->n++] = warning;
}

void warning_print(const struct warning *warning, struct buffer *out)
{
        buffer_add_string(out, warning->path);
        if (warning->line > 0)
                buffer_addf(out, ":%u", warning->line);
        buffer_addf(out, ": %s", warning->message);
}

void warnings_done(struct warnings *warnings)
{
        for (size_t i = 0; i < warnings->n; i++) {
                free(warnings->items[i].path);
                free(warnings->items[i].message);
        }
        free(warnings->items);
        *warnings = (struct warnings){ 0 };
}

struct text conf_shown(struct text text)
{
        text.len = text.len > CONF_SHOWN_MAX ? CONF_SHOWN_MAX : text.len;
        return text;
}

static int unreadable(struct warnings *warnings, const char *path, int error)
{
        if (error == -ENOMEM)
                return error;

        warnings_add(warnings, path, 0, "cannot be read, and is left out: %s",
                     error == -EBADFD ? "it is not a regular file" : strerror(-error));
        return warnings->failed ? -ENOMEM : -EIO;
}

int conf_file_read(struct root *root, const char *path, struct warnings *warnings, struct ini **ret)
{
        _cleanup_ini_ struct ini *ini = NULL;
        const struct root_file *file;
        int r;

        r = root_read_flags(root, path, CONF_FILE_CAP, ROOT_VOLATILE, &file);
        if (r == -ENOENT) {
                *ret = NULL;
                return 0;
        }
        if (r >= 0) {
                r = ini_parse(file->content.data, file->content.len, INI_UNIT, &ini);
                root_release(root, file);
        }
        if (r < 0)
                return unreadable(warnings, path, r);

        for (size_t i = 0; i < ini->n_lines; i++)
                if (ini->lines[i].kind == INI_INVALID)
                        warnings_add(warnings, path, (unsigned) ini->lines[i].number, "%s",
                                     ini->lines[i].error);

        *ret = take_ptr(ini);
        return warnings->failed ? -ENOMEM : 0;
}

static int read_and_take(struct root *root, const char *path, struct warnings *warnings, conf_file_take take,
                         void *userdata)
{
        _cleanup_ini_ struct ini *ini = NULL;
        int r;

        r = conf_file_read(root, path, warnings, &ini);
        if (r < 0)
                return r;
        if (!ini) {
                warnings_add(warnings, path, 0, "leads nowhere");
                return warnings->failed ? -ENOMEM : -EIO;
        }

        r = take(path, ini, userdata);
        return r < 0 ? r : 0;
}

int conf_directory_read(struct root *root, const char *directory, struct warnings *warnings,
                        conf_file_take take, void *userdata)
{
        const char *const *names;
        size_t n_names, n = 0;
        int r, result = 0;

        r = root_list_flags(root, directory, ROOT_VOLATILE, &names, &n_names);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return unreadable(warnings, directory, r);

        for (size_t i = 0; i < n_names; i++) {
                _cleanup_free_ char *path = NULL;

                if (names[i][0] == '.' || !text_ends(text_from_string(names[i]), ".conf"))
                        continue;
                if (n++ == CONF_FILES_MAX) {
                        warnings_add(warnings, directory, 0,
                                     "holds more than %zu files; the rest is left out", CONF_FILES_MAX);
                        return -EIO;
                }
                path = string_format("%s/%s", directory, names[i]);
                r = path ? read_and_take(root, path, warnings, take, userdata) : -ENOMEM;
                if (r < 0 && r != -EIO)
                        return r;
                result = r < 0 ? r : result;
        }

        return warnings->failed ? -ENOMEM : result;
}
