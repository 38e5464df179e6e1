/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root-internal.h"

#include "base/syscalls.h"

#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

/* Resolves a path as text, and has the kernel say for each text that no link is in it: then the text is the
 * place. That takes one call where there is no link and three more for a link at the end or at the top, which
 * is where nearly all are (/etc/os-release, /lib). Whatever is not that simple is left to the walk. */

#define LINKS_MAX 8

bool root_has_dot_dot(const char *path)
{
        for (const char *at = path; (at = strchr(at, '/')); at++)
                if (at[1] == '.' && at[2] == '.' && (at[3] == '/' || at[3] == '\0'))
                        return true;

        return false;
}

/* Whether a link's target may be put behind the directory that it lies in, which has no links: ".." behind a
 * name goes back from wherever that name leads, and a slash at the end asks for a directory. */
static bool is_text(const char *target)
{
        size_t len = strlen(target);

        for (;;) {
                size_t component = strcspn(target, "/");

                if (component > 2 || strncmp(target, "..", component) != 0)
                        break;
                if (target[component] == '\0')
                        return true;
                target += component + 1;
                len -= component + 1;
        }

        return !root_has_dot_dot(target) && target[len - 1] != '/' &&
               !(len > 1 && string_equal(target + len - 2, "/."));
}

/* 1 with the text of where a link leads; 0 when that cannot be told from its target. */
static int join(struct text directory, const char *target, char **ret)
{
        _cleanup_free_ char *joined = NULL;
        int r;

        if (!is_text(target))
                return 0;

        joined = string_format("%.*s/%s", target[0] == '/' ? 0 : (int) directory.len, directory.data, target);
        if (!joined)
                return -ENOMEM;

        r = root_normalize_text(joined, ret);
        return r < 0 ? (r == -ENOMEM ? r : 0) : 1;
}

static int read_target(int directory, const char *name, char target[PATH_MAX])
{
        ssize_t n = readlinkat(directory, name, target, PATH_MAX);

        if (n <= 0 || n == PATH_MAX)
                return 0;

        target[n] = '\0';
        return 1;
}

/* 1 with the path to go on with. Links of a /proc are not text (see is_magic_link() of the walk), and an
 * offline root's are not followed. */
static int follow(const char *path, const struct place *place, char **ret)
{
        char target[PATH_MAX];
        struct statfs fs;

        if (root_is_kernels(path) || fstatfs(place->fd, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC ||
            !read_target(place->fd, "", target))
                return 0;

        return join((struct text){ path, (size_t) (strrchr(path, '/') - path) }, target, ret);
}

static const struct alias *find_alias(const struct root *root, struct text top)
{
        for (size_t i = 0; i < root->n_aliases; i++)
                if (text_equal(top, root->aliases[i].from))
                        return &root->aliases[i];

        return NULL;
}

static int learn_alias(struct root *root, struct text top, const struct alias **ret)
{
        _cleanup_free_ char *from = text_dup(top);
        char target[PATH_MAX], *to = NULL;

        if (!from || array_grow(&root->aliases, root->n_aliases, sizeof(*root->aliases)) < 0)
                return -ENOMEM;
        if (!root_is_kernels(from) && read_target(root->fd, from + 1, target) &&
            join((struct text){ "", 0 }, target, &to) < 0)
                return -ENOMEM;

        root->aliases[root->n_aliases] = (struct alias){ take_ptr(from), to };
        *ret = &root->aliases[root->n_aliases++];
        return 0;
}

/* Merged systems have /lib, /bin and their kin as links: each is read once, not at every path below it. 1
 * with the path that has the target at its top; 0 when there is nothing to replace, or it is not known and
 * not to be learned. */
static int replace_top(struct root *root, const char *path, bool learn, char **ret)
{
        const char *slash = strchr(path + 1, '/');
        const struct alias *alias;
        struct text top;
        int r;

        if (!slash)
                return 0;

        top = (struct text){ path, (size_t) (slash - path) };
        alias = find_alias(root, top);
        if (!alias == !learn)
                return 0;
        if (learn) {
                r = learn_alias(root, top, &alias);
                if (r < 0)
                        return r;
        }
        if (!alias->to)
                return 0;

        *ret = string_format("%s%s", string_equal(alias->to, "/") ? "" : alias->to, slash);
        return *ret ? 1 : -ENOMEM;
}

/* The kernel's word on a path that is to have no link but perhaps the last: that one is opened itself. */
static int open_text(struct root *root, const char *path, struct place *place)
{
        int fd = root_openat2(root, path, O_NOFOLLOW, OPENAT2_NO_SYMLINKS);

        if (fd < 0)
                return fd;

        place->fd = fd;
        return fstat(fd, &place->stat) < 0 ? -errno : 0;
}

/* What was found before may be what is asked for now, under this or another name. */
static int reuse_or_open(struct root *root, const char *path, unsigned flags, struct place *place)
{
        struct place *last = &root->found.place;
        int r;

        if (!(flags & PLACE_KEPT))
                return open_text(root, path, place);
        if (last->fd >= 0 && last->resolved && string_equal(last->resolved, path)) {
                *place = *last;
                *last = (struct place) PLACE_INIT;
                return 0;
        }

        if (root_is_missing(root, path))
                return -ENOENT;

        r = open_text(root, path, place);
        if (r == -ENOENT)
                root_remember_missing(root, text_from_string(path));

        return r;
}

/* One text: 1 with the next one to try, 0 or an error when place says where the path leads. */
static int try_text(struct root *root, const char *path, unsigned flags, struct place *place, char **ret)
{
        int r;

        if (!root_is_live(root) && root_is_below_kernels(path))
                return -EAGAIN;
        r = replace_top(root, path, false, ret);
        if (r != 0)
                return r;

        r = reuse_or_open(root, path, flags, place);
        if (r == -ELOOP) {
                r = replace_top(root, path, true, ret);
                return r == 0 ? -EAGAIN : r;
        }
        if (r < 0 || !S_ISLNK(place->stat.st_mode) || (flags & PLACE_NOFOLLOW))
                return r;

        r = follow(path, place, ret);
        place_done(place);
        return r == 0 ? -EAGAIN : r;
}

static int name_place(const char *text, struct place *place)
{
        size_t len = strlen(text);

        /* All that a text may have beyond a place is a slash at its end. */
        free(place->resolved);
        place->resolved = text_dup((struct text){ text, len > 1 && text[len - 1] == '/' ? len - 1 : len });
        return place->resolved ? 0 : -ENOMEM;
}

/* The path itself is no text where ".." may come behind a link. */
int root_find_text(struct root *root, const char *path, unsigned flags, struct place *place)
{
        _cleanup_free_ char *followed = NULL;

        if (root_has_dot_dot(path))
                return -EAGAIN;

        for (unsigned n = 0; n < LINKS_MAX; n++) {
                const char *text = followed ? followed : path;
                char *next = NULL;
                int r = try_text(root, text, flags, place, &next);

                if (r == 0 || (r == -ENOENT && (flags & PLACE_RESOLVED)))
                        return name_place(text, place) < 0 ? -ENOMEM : r;
                if (r < 0)
                        return r;

                free(followed);
                followed = next;
        }

        return -EAGAIN;
}
