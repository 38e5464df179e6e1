/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"
#include "roots.h"

#include <fcntl.h>
#include <ftw.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

enum { CONTENT_LIMIT = 4 * 1024 * 1024, NAMES_LIMIT = 65536, VALUE_LIMIT = 65536 };

/* nftw() passes no argument. */
static struct tree *reading;
static size_t reading_prefix;

static char *read_content(const char *path, const struct stat *st)
{
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *data = NULL;
        char hex[DIGEST_HEX_SIZE];
        ssize_t n;

        /* Larger ones are holes, or a line again and again: their size says enough. */
        if (st->st_size > CONTENT_LIMIT)
                return strdup("large");
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOATIME);
        /* Only the owner may leave no trace. */
        if (fd < 0 && errno == EPERM)
                fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        data = malloc(st->st_size > 0 ? (size_t) st->st_size : 1);
        n = fd >= 0 && data ? read(fd, data, (size_t) st->st_size) : -1;
        if (n != st->st_size || digest_text((struct text){ data, (size_t) n }, hex) < 0)
                return strdup("unreadable");

        return strdup(hex);
}

static char *read_target(const char *path)
{
        char target[4097];
        ssize_t n = readlink(path, target, sizeof(target) - 1);

        return n < 0 ? NULL : text_dup((struct text){ target, (size_t) n });
}

static int compare_strings(const void *a, const void *b)
{
        return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void add_attribute(struct buffer *buffer, const char *path, const char *name)
{
        static char value[VALUE_LIMIT];
        ssize_t n = lgetxattr(path, name, value, sizeof(value));

        buffer_addf(buffer, "%s=", name);
        for (ssize_t i = 0; i < n; i++)
                buffer_addf(buffer, "%02x", (unsigned char) value[i]);
        buffer_add_char(buffer, ' ');
}

static char *read_attributes(const char *path)
{
        static char names[NAMES_LIMIT];
        const char *sorted[256];
        _cleanup_buffer_ struct buffer buffer = { 0 };
        ssize_t len = llistxattr(path, names, sizeof(names));
        size_t n = 0;
        char *result;

        for (const char *name = names; len > 0 && name < names + len && n < ARRAY_SIZE(sorted);
             name += strlen(name) + 1)
                sorted[n++] = name;
        qsort(sorted, n, sizeof(*sorted), compare_strings);
        for (size_t i = 0; i < n; i++)
                add_attribute(&buffer, path, sorted[i]);
        buffer_add_string(&buffer, "");

        return buffer_finish(&buffer, &result, NULL) < 0 ? NULL : result;
}

static unsigned read_flags(const char *path, mode_t mode)
{
        _cleanup_close_ int fd = -EBADF;
        int flags = 0;

        if (!S_ISREG(mode) && !S_ISDIR(mode))
                return 0;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
                return 0;

        return (unsigned) flags & (FS_IMMUTABLE_FL | FS_APPEND_FL);
}

static int read_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
        struct tree_entry *entry;

        if (array_grow(&reading->entries, reading->n, sizeof(*reading->entries)) < 0)
                return -1;
        entry = &reading->entries[reading->n];
        *entry = (struct tree_entry){ .path = strdup(path + reading_prefix), .st = *st };
        entry->attributes = read_attributes(path);
        entry->flags = read_flags(path, st->st_mode);
        reading->n++;
        if (S_ISLNK(st->st_mode))
                entry->content = read_target(path);
        else if (S_ISREG(st->st_mode))
                entry->content = read_content(path, st);
        else
                return entry->path && entry->attributes ? 0 : -1;

        return entry->path && entry->attributes && entry->content ? 0 : -1;
}

static int compare_entries(const void *a, const void *b)
{
        return strcmp(((const struct tree_entry *) a)->path, ((const struct tree_entry *) b)->path);
}

int tree_read(const char *path, struct tree *ret)
{
        struct tree tree = { 0 };

        reading = &tree;
        reading_prefix = strlen(path);
        if (nftw(path, read_one, 16, FTW_PHYS) != 0) {
                tree_done(&tree);
                return -EIO;
        }
        qsort(tree.entries, tree.n, sizeof(*tree.entries), compare_entries);

        *ret = tree;
        return 0;
}

void tree_done(struct tree *tree)
{
        for (size_t i = 0; i < tree->n; i++) {
                free(tree->entries[i].path);
                free(tree->entries[i].content);
                free(tree->entries[i].attributes);
        }
        free(tree->entries);
        *tree = (struct tree){ 0 };
}

const struct tree_entry *tree_find(const struct tree *tree, struct text path)
{
        for (size_t i = 0; i < tree->n; i++)
                if (text_equal(path, tree->entries[i].path))
                        return &tree->entries[i];

        return NULL;
}

/* What is different between two entries of one name, in a word; NULL for nothing. */
static const char *meta_difference(const struct tree_entry *a, const struct tree_entry *b, unsigned pass)
{
        bool directory = S_ISDIR(a->st.st_mode);

        if (a->st.st_mode != b->st.st_mode)
                return "mode";
        if (a->st.st_uid != b->st.st_uid || a->st.st_gid != b->st.st_gid)
                return "owner";
        if (!string_equal(a->attributes, b->attributes))
                return "extended attributes";
        if (a->flags != b->flags)
                return "flags";
        if (a->st.st_rdev != b->st.st_rdev)
                return "device";
        if (!directory && a->st.st_nlink != b->st.st_nlink)
                return "number of links";
        if (!(pass & TREE_PASS_INODES) && a->st.st_ino != b->st.st_ino)
                return "inode";
        if (!(pass & (directory ? TREE_PASS_DIRECTORY_TIMES : TREE_PASS_TIMES)) &&
            (a->st.st_mtim.tv_sec != b->st.st_mtim.tv_sec || a->st.st_mtim.tv_nsec != b->st.st_mtim.tv_nsec))
                return "time of change";

        return NULL;
}

static const char *difference(const struct tree_entry *a, const struct tree_entry *b, unsigned pass)
{
        if ((a->st.st_mode & S_IFMT) != (b->st.st_mode & S_IFMT))
                return "type";
        if (S_ISREG(a->st.st_mode) && a->st.st_size != b->st.st_size)
                return "size";
        if (a->content && b->content && !string_equal(a->content, b->content))
                return S_ISLNK(a->st.st_mode) ? "target" : "content";

        return (pass & TREE_PASS_META) ? NULL : meta_difference(a, b, pass);
}

static bool is_state(const char *path, bool both)
{
        struct text text = text_from_string(path);

        if (text_equal(text, "/var/lib/ecs-guest-agent") || text_starts(text, "/var/lib/ecs-guest-agent/"))
                return true;

        return !both && (text_equal(text, "/var") || text_equal(text, "/var/lib"));
}

/* Whether the path is listed, or a directory above something that is. */
static bool is_listed(const struct tree_entry *entry, bool both, struct json_object *list)
{
        size_t len = strlen(entry->path);

        for (size_t i = 0; i < json_array_size(list); i++) {
                struct text path = json_item_text(list, i);

                if (text_equal(path, entry->path))
                        return true;
                if (!both && S_ISDIR(entry->st.st_mode) && text_starts(path, entry->path) &&
                    path.data[len] == '/')
                        return true;
        }

        return false;
}

static void compare_one(struct run *run, const char *what, const struct tree_entry *a,
                        const struct tree_entry *b, unsigned pass, struct json_object *but)
{
        const struct tree_entry *one = a ? a : b;
        const char *how = a && b ? difference(a, b, pass) : a ? "removed" : "new";

        if (!how || is_listed(one, a && b, but))
                return;
        if ((pass & TREE_PASS_STATE) && is_state(one->path, a && b))
                return;
        if ((pass & TREE_PASS_DIRECTORIES) && !(a && b) && S_ISDIR(one->st.st_mode))
                return;
        complain(run, "%s changed '%s': %s", what, one->path[0] ? one->path : "/", how);
}

void tree_compare(struct run *run, const char *what, const struct tree *before, const struct tree *after,
                  unsigned pass, struct json_object *but)
{
        size_t i = 0, k = 0;

        while (i < before->n || k < after->n) {
                const struct tree_entry *a = i < before->n ? &before->entries[i] : NULL;
                const struct tree_entry *b = k < after->n ? &after->entries[k] : NULL;
                int order = !a ? 1 : !b ? -1 : strcmp(a->path, b->path);

                compare_one(run, what, order <= 0 ? a : NULL, order >= 0 ? b : NULL, pass, but);
                i += order <= 0;
                k += order >= 0;
        }
}
