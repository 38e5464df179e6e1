/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver-internal.h"

#include <string.h>

/* Where $RES_OPTIONS may come from; see resolv.conf(5), systemd-system.conf(5), pam_env(8). */

#define VARIABLE "RES_OPTIONS="

/* The value behind the variable's name, without the quotes of whoever wrote it. */
static bool find_value(struct text line, struct text *ret)
{
        const char *at = line.len > 0 ? memmem(line.data, line.len, VARIABLE, strlen(VARIABLE)) : NULL;
        struct text value, word;

        if (!at || text_starts(text_trim(line), "#"))
                return false;

        value.data = at + strlen(VARIABLE);
        value.len = line.len - (size_t) (value.data - line.data);
        if (value.len > 0 && (value.data[0] == '"' || value.data[0] == '\'')) {
                const char quote[] = { value.data[0], '\0' };

                value.data++;
                value.len--;
                *ret = TEXT("");
                return text_next_word(&value, quote, ret);
        }

        /* DefaultEnvironment="RES_OPTIONS=a b" quotes the whole assignment. */
        if (at > line.data && (at[-1] == '"' || at[-1] == '\'')) {
                const char quote[] = { at[-1], '\0' };

                return text_next_word(&value, quote, ret);
        }

        word = TEXT("");
        (void) text_next_word(&value, " \t;", &word);
        *ret = word;
        return true;
}

static int look_in(struct context *context, const char *path, struct text content, enum resolv_flag flag,
                   const char *only, struct resolver_place *ret)
{
        unsigned glibc = context_host(context)->glibc_minor;
        struct text line, value;

        for (unsigned number = 1; text_next_line(&content, &line); number++) {
                _cleanup_free_ char *copy = NULL;
                struct resolv_options options;

                line = text_chomp(line);
                if ((only && !text_starts(text_trim(line), only)) || !find_value(line, &value))
                        continue;
                resolv_options_init(&options);
                resolv_options_apply(&options, value, 0, glibc > 0 ? glibc : GLIBC_MINOR_NEWEST);
                if (!resolv_options_have(&options, flag))
                        continue;

                copy = text_dup(value);
                if (!copy)
                        return -ENOMEM;
                return resolver_set_place(ret, path, number, copy) < 0 ? -ENOMEM : 1;
        }

        return 0;
}

static int look_in_file(struct context *context, const char *path, enum resolv_flag flag, const char *only,
                        struct resolver_place *ret)
{
        const struct root_file *file;
        int r;

        r = resolver_read(context, path, &file);
        if (r == -ENOMEM || r == 0)
                return r;

        return r < 0 ? 0 : look_in(context, path, file->content, flag, only, ret);
}

static int look_in_directory(struct context *context, const char *directory, const char *ending,
                             enum resolv_flag flag, const char *only, struct resolver_place *ret)
{
        const char *const *names;
        size_t n;
        int r;

        r = resolver_list(context, directory, &names, &n);
        if (r < 0)
                return r == -ENOMEM ? r : 0;

        r = 0;
        for (size_t i = 0; r == 0 && i < n; i++) {
                _cleanup_free_ char *path = string_format("%s/%s", directory, names[i]);

                if (!path)
                        return -ENOMEM;
                if (text_ends(text_from_string(names[i]), ending))
                        r = look_in_file(context, path, flag, only, ret);
        }

        return r;
}

/* Process 1 hands its environment to every service; NUL bytes end its entries. */
static int look_in_init(struct context *context, enum resolv_flag flag, struct resolver_place *ret)
{
        static const char path[] = "/proc/1/environ";
        _cleanup_free_ char *lines = NULL;
        const struct root_file *file;
        int r;

        if (!context_host(context)->live)
                return 0;
        r = root_read(context_root(context), path, &file);
        if (r < 0 || file->content.len == 0)
                return r == -ENOMEM ? r : 0;

        lines = malloc(file->content.len);
        if (!lines)
                return -ENOMEM;
        for (size_t i = 0; i < file->content.len; i++)
                lines[i] = file->content.data[i] != '\0' ? file->content.data[i] : '\n';
        r = look_in(context, path, (struct text){ lines, file->content.len }, flag, VARIABLE, ret);
        ret->line = 0;
        return r;
}

int resolver_environment(struct context *context, enum resolv_flag flag, struct resolver_place *ret)
{
        static const char only[] = "DefaultEnvironment=";
        int r;

        r = look_in_file(context, "/etc/systemd/system.conf", flag, only, ret);
        if (r == 0)
                r = look_in_directory(context, "/etc/systemd/system.conf.d", ".conf", flag, only, ret);
        if (r == 0)
                r = look_in_file(context, "/etc/environment", flag, NULL, ret);
        if (r == 0)
                r = look_in_directory(context, "/etc/profile.d", ".sh", flag, NULL, ret);
        if (r == 0)
                r = look_in_init(context, flag, ret);

        diag_clear(context_diag(context));
        return r;
}
