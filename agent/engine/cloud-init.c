/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/cloud-init.h"
#include "base/text.h"
#include "engine/context.h"
#include "engine/root.h"

#include <string.h>

static bool is_missing(int error)
{
        return error == -ENOENT || error == -ENOTDIR;
}

int cloud_init_is_active(struct context *context)
{
        struct root *root = context_root(context);
        int r;

        r = root_exists(root, CLOUD_INIT_FILE);
        if (r <= 0)
                return r;
        r = root_exists(root, "/etc/cloud/cloud-init.disabled");
        return r < 0 ? r : !r;
}

/* The names of the drop-ins that are read, in their order; NULL-terminated by n. */
static int list(struct root *root, const char *const **ret_names, size_t *ret_n)
{
        int r;

        r = root_list(root, CLOUD_INIT_DIRECTORY, ret_names, ret_n);
        if (!is_missing(r))
                return r;

        *ret_names = NULL;
        *ret_n = 0;
        return 0;
}

static bool is_read(const char *name)
{
        return text_ends(text_from_string(name), ".cfg");
}

static bool has_key(struct text content, const char *key)
{
        struct text line, name, value;

        while (text_next_line(&content, &line))
                if (text_split(text_chomp(line), ':', &name, &value) && text_equal(name, key))
                        return true;

        return false;
}

static int look(struct root *root, const char *path, const char *key, char **ret_path)
{
        const struct root_file *file;
        char *copy;
        int r;

        r = root_read(root, path, &file);
        if (r < 0)
                return is_missing(r) ? 0 : r;
        if (!has_key(file->content, key))
                return 0;

        copy = strdup(path);
        if (!copy)
                return -ENOMEM;
        free(*ret_path);
        *ret_path = copy;
        return 0;
}

int cloud_init_has_key(struct context *context, const char *key, char **ret_path)
{
        _cleanup_free_ char *found = NULL;
        struct root *root = context_root(context);
        const char *const *names;
        size_t n;
        int r;

        r = look(root, CLOUD_INIT_FILE, key, &found);
        if (r >= 0)
                r = list(root, &names, &n);
        for (size_t i = 0; r >= 0 && i < n; i++) {
                _cleanup_free_ char *path = string_format("%s/%s", CLOUD_INIT_DIRECTORY, names[i]);

                if (!path)
                        return -ENOMEM;
                if (is_read(names[i]))
                        r = look(root, path, key, &found);
        }
        if (r < 0 || !found)
                return r < 0 ? r : 0;

        *ret_path = take_ptr(found);
        return 1;
}

int cloud_init_reads_after(struct context *context, const char *name, char **ret_path)
{
        const char *const *names;
        size_t n;
        int r;

        r = list(context_root(context), &names, &n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                if (!is_read(names[i]) || strcmp(names[i], name) <= 0)
                        continue;
                *ret_path = string_format("%s/%s", CLOUD_INIT_DIRECTORY, names[i]);
                return *ret_path ? 1 : -ENOMEM;
        }

        return 0;
}
