/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root-internal.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

/* Files are re-opened through the link of their descriptor. It is looked up below a /proc that is known to be
 * one, so that a directory of that name in a rescue shell cannot choose the file; and below "self" each time,
 * since a probe may fork. */
static int open_proc(void)
{
        _cleanup_close_ int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        struct statfs fs;

        if (fd < 0 || fstatfs(fd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
                return -EBADF;

        return take_fd(&fd);
}

int root_open_with(const char *directory, unsigned flags, enum root_method method, struct root **ret)
{
        _cleanup_root_ struct root *root = calloc(1, sizeof(*root));

        if (!root)
                return -ENOMEM;

        root->flags = flags;
        root->method = method;
        root->list_cap = ROOT_LIST_CAP;
        root->proc_fd = -EBADF;
        root->found = (struct found){ .place = PLACE_INIT };
        root->fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        /* One that we may not search is refused now: each file in it would be, one by one. */
        if (root->fd < 0 || faccessat(root->fd, ".", X_OK, 0) < 0)
                return -errno;

        root->name = strdup(directory);
        if (!root->name)
                return -ENOMEM;

        root->proc_fd = open_proc();
        *ret = take_ptr(root);
        return 0;
}

int root_open(const char *directory, unsigned flags, struct root **ret)
{
        return root_open_with(directory, flags, ROOT_METHOD_AUTO, ret);
}

static void free_entries(struct entry **entries, size_t n)
{
        for (size_t i = 0; i < n; i++)
                entry_free(entries[i]);
        free(entries);
}

struct root *root_free(struct root *root)
{
        if (!root)
                return NULL;

        free_entries(root->entries, root->n_entries);
        free_entries(root->volatiles, root->n_volatiles);
        for (size_t i = 0; i < root->n_aliases; i++) {
                free(root->aliases[i].from);
                free(root->aliases[i].to);
        }
        free(root->aliases);
        for (size_t i = 0; i < root->n_overlays; i++)
                free(root->overlays[i].path);
        free(root->overlays);
        root_forget(root);
        for (size_t i = 0; i < ROOT_MISSING; i++)
                free(root->missing[i].path);
        diag_done(&root->diag);
        close_pointer(&root->fd);
        close_pointer(&root->proc_fd);
        free(root->name);
        free(root);
        return NULL;
}

bool root_is_live(const struct root *root)
{
        return root->flags & ROOT_LIVE;
}

const char *root_name(const struct root *root)
{
        return root->name;
}

bool root_is_normal(const char *path)
{
        const char *at = path;

        while (*at == '/') {
                size_t component = strcspn(at + 1, "/");

                if (component == 1 && at[1] == '.')
                        return false;
                at += component + 1;
                /* Two slashes, unless there is nothing at all behind the last one. */
                if (component == 0 && *at)
                        return false;
        }

        return at > path && *at == '\0' && at - path < PATH_MAX;
}

int root_normalize(const char *path, char **ret)
{
        size_t len = strlen(path), n = 0;
        char *normal;

        if (len == 0)
                return -ENOENT;
        if (len >= PATH_MAX)
                return -ENAMETOOLONG;

        normal = malloc(len + 2);
        if (!normal)
                return -ENOMEM;

        normal[n++] = '/';
        while (*path) {
                size_t component = strcspn(path, "/");

                if (component > 0 && !(component == 1 && path[0] == '.')) {
                        memcpy(normal + n, path, component);
                        n += component;
                }
                path += component;
                /* Copies the slash that ends a component, and one only. */
                if (*path == '/' && normal[n - 1] != '/')
                        normal[n++] = '/';
                path += strspn(path, "/");
        }
        normal[n] = '\0';
        *ret = normal;
        return 0;
}

int root_normalize_text(const char *path, char **ret)
{
        char *text;
        size_t n = 0;
        int r;

        r = root_normalize(path, &text);
        if (r < 0)
                return r;

        /* In place: what is written never overtakes what is read. Each component is kept with its slash
         * before. */
        for (const char *from = text; *from;) {
                size_t component = strcspn(from + 1, "/");

                if (component == 2 && from[1] == '.' && from[2] == '.') {
                        while (n > 0 && text[--n] != '/')
                                ;
                } else if (component > 0) {
                        memmove(text + n, from, component + 1);
                        n += component + 1;
                }
                from += component + 1;
        }
        if (n == 0)
                text[n++] = '/';
        text[n] = '\0';
        *ret = text;
        return 0;
}

bool path_within(const char *path, const char *directory)
{
        size_t len = strlen(directory);

        return strncmp(path, directory, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

bool root_is_kernels(const char *resolved)
{
        switch (resolved[0] == '/' ? resolved[1] : '\0') {
        case 'p':
                return path_within(resolved, "/proc");
        case 's':
                return path_within(resolved, "/sys");
        default:
                return false;
        }
}

bool root_is_below_kernels(const char *resolved)
{
        const char *slash = strchr(resolved + 1, '/');

        return root_is_kernels(resolved) && slash && slash[1] != '\0';
}
