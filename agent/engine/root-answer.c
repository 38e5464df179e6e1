/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/root-internal.h"

#include "base/syscalls.h"

#include <limits.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

/* How each kind of question is answered from the file that was found: a row in the table at the end. */

static struct root_stat stat_from(const struct stat *st)
{
        return (struct root_stat){
                .mode = st->st_mode,
                .uid = st->st_uid,
                .gid = st->st_gid,
                .size = st->st_size,
                .n_links = st->st_nlink,
                .device = st->st_dev,
                .inode = st->st_ino,
                .mtime = st->st_mtim,
        };
}

static const char *type_name(mode_t mode)
{
        switch (mode & S_IFMT) {
        case S_IFDIR:
                return "a directory";
        case S_IFIFO:
                return "a FIFO";
        case S_IFSOCK:
                return "a socket";
        case S_IFBLK:
                return "a block device";
        case S_IFCHR:
                return "a character device";
        default:
                return "something else";
        }
}

static int answer_stat(struct root *root, struct entry *entry, struct place *place)
{
        entry->stat = stat_from(&place->stat);
        return 0;
}

static int answer_exists(struct root *root, struct entry *entry, struct place *place)
{
        entry->exists = true;
        return 0;
}

static int missing_exists(struct entry *entry, struct place *place, int error)
{
        return 0;
}

static int answer_link(struct root *root, struct entry *entry, struct place *place)
{
        char target[PATH_MAX];
        ssize_t n;

        if (!S_ISLNK(place->stat.st_mode)) {
                entry->message = string_format("is %s, not a symbolic link",
                                               S_ISREG(place->stat.st_mode) ? "a regular file"
                                                                            : type_name(place->stat.st_mode));
                return -EINVAL;
        }

        n = readlinkat(place->fd, "", target, sizeof(target));
        if (n < 0)
                return -errno;
        if ((size_t) n == sizeof(target))
                return -ENAMETOOLONG;

        entry->string = text_dup((struct text){ target, (size_t) n });
        return entry->string ? 0 : -ENOMEM;
}

static int answer_resolve(struct root *root, struct entry *entry, struct place *place)
{
        entry->string = strdup(place->resolved);
        entry->exists = true;
        return entry->string ? 0 : -ENOMEM;
}

static int missing_resolve(struct entry *entry, struct place *place, int error)
{
        if (error != -ENOENT)
                return error;

        entry->string = strdup(place->resolved);
        return entry->string ? 0 : -ENOMEM;
}

static int answer_flags(struct root *root, struct entry *entry, struct place *place)
{
        _cleanup_close_ int fd = -EBADF;
        /* The number says long, the kernel writes an int; what a big-endian one leaves of a long is wrong. */
        int flags = 0;

        if (!S_ISREG(place->stat.st_mode) && !S_ISDIR(place->stat.st_mode))
                return -EOPNOTSUPP;

        fd = root_reopen(root, entry->path, place);
        if (fd < 0)
                return fd;
        if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
                /* File systems without these flags disagree on how to say so. */
                return errno == ENOTTY || errno == EINVAL || errno == ENOSYS ? -EOPNOTSUPP : -errno;

        entry->flags = (unsigned) flags;
        return 0;
}

static int too_large(struct root *root, struct entry *entry, size_t size)
{
        if (size > entry->cap)
                entry->message = string_format("is larger than %zu bytes", entry->cap);
        else if (size > ROOT_CACHE_CAP - root->cached)
                entry->message = string_format("goes beyond %zu bytes of files read", ROOT_CACHE_CAP);
        else
                return 0;

        return -EFBIG;
}

/* Reads to the end, and stops at the first byte beyond the limit. The size is what fstat() said: 0 for files
 * of /proc, and a file may grow meanwhile. */
static int read_to_end(int fd, size_t size, size_t limit, struct text *ret)
{
        size_t room = (size > 0 ? size : 4095) + 1, len = 0;
        _cleanup_free_ char *data = malloc(room + 1);

        while (data && len <= limit) {
                ssize_t n = read(fd, data + len, room - len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;

                len += (size_t) n;
                /* The size and not a byte more is the end; saves asking once again. */
                if (n == 0 || (len == size && len < room))
                        break;
                if (len == room) {
                        char *larger;

                        room *= 2;
                        larger = realloc(data, room + 1);
                        if (!larger)
                                return -ENOMEM;

                        data = larger;
                }
        }
        if (!data)
                return -ENOMEM;

        data[len] = '\0';
        *ret = (struct text){ take_ptr(data), len };
        return 0;
}

static int answer_read(struct root *root, struct entry *entry, struct place *place)
{
        _cleanup_close_ int fd = -EBADF;
        struct text content;
        int r;

        if (!S_ISREG(place->stat.st_mode)) {
                entry->message = string_format("is %s, not a regular file", type_name(place->stat.st_mode));
                return S_ISDIR(place->stat.st_mode) ? -EISDIR : -EBADFD;
        }

        r = too_large(root, entry, (size_t) place->stat.st_size);
        if (r < 0)
                return r;

        fd = root_reopen(root, entry->path, place);
        if (fd < 0)
                return fd;

        r = read_to_end(fd, (size_t) place->stat.st_size, entry->cap, &content);
        if (r < 0)
                return r;

        r = too_large(root, entry, content.len);
        if (r < 0) {
                free((void *) content.data);
                return r;
        }

        root->cached += content.len;
        entry->file = (struct root_file){ .path = entry->path,
                                          .content = content,
                                          .stat = stat_from(&place->stat) };
        return 0;
}

static int by_bytes(const void *a, const void *b)
{
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static int add_name(struct root *root, struct entry *entry, const char *name)
{
        if (entry->n_names == root->list_cap) {
                entry->message = string_format("has more than %zu entries", root->list_cap);
                return -E2BIG;
        }
        if (array_grow(&entry->names, entry->n_names, sizeof(*entry->names)) < 0)
                return -ENOMEM;

        entry->names[entry->n_names] = strdup(name);
        if (!entry->names[entry->n_names])
                return -ENOMEM;

        root->cached += strlen(name);
        entry->n_names++;
        return too_large(root, entry, 0);
}

static int add_names(struct root *root, struct entry *entry, const char *records, size_t size)
{
        for (size_t at = 0; at < size;) {
                const struct sys_dirent *record = (const struct sys_dirent *) (const void *) (records + at);
                int r = 0;

                if (strcmp(record->name, ".") != 0 && strcmp(record->name, "..") != 0)
                        r = add_name(root, entry, record->name);
                if (r < 0)
                        return r;

                at += record->size;
        }

        return 0;
}

/* By the call itself: readdir() allocates 32 KiB for each directory, and asks three times what it is. */
static int answer_list(struct root *root, struct entry *entry, struct place *place)
{
        uint64_t records[1024]; /* aligned as the records are */
        _cleanup_close_ int fd = -EBADF;
        ssize_t n;

        if (!S_ISDIR(place->stat.st_mode))
                return -ENOTDIR;

        fd = root_reopen(root, entry->path, place);
        if (fd < 0)
                return fd;

        while ((n = sys_getdents(fd, records, sizeof(records))) > 0) {
                int r = add_names(root, entry, (const char *) records, (size_t) n);

                if (r < 0)
                        return r;
        }
        if (n < 0)
                return (int) n;

        /* There is no array of no names, and qsort() may not be given NULL. */
        if (entry->n_names > 0)
                qsort(entry->names, entry->n_names, sizeof(*entry->names), by_bytes);
        return 0;
}

static const struct question questions[ROOT_TRACE_COUNT] = {
        [ROOT_TRACE_READ] = { 0, answer_read },
        [ROOT_TRACE_STAT] = { 0, answer_stat },
        [ROOT_TRACE_LSTAT] = { PLACE_NOFOLLOW, answer_stat },
        [ROOT_TRACE_EXISTS] = { 0, answer_exists, missing_exists },
        [ROOT_TRACE_LINK] = { PLACE_NOFOLLOW, answer_link },
        [ROOT_TRACE_RESOLVE] = { PLACE_RESOLVED, answer_resolve, missing_resolve },
        [ROOT_TRACE_LIST] = { 0, answer_list },
        [ROOT_TRACE_FLAGS] = { 0, answer_flags },
};

int entry_answer(struct root *root, struct entry *entry)
{
        const struct question *question = &questions[entry->kind];
        struct place *place;
        int r;

        entry->stale = false;
        if (root->planning)
                return entry_answer_planned(root, entry, question);

        r = root_find_kept(root, entry->path, question->find_flags, &place);
        if (r >= 0)
                return question->answer(root, entry, place);
        if (question->missing && (r == -ENOENT || r == -ENOTDIR))
                return question->missing(entry, place, r);

        return r;
}
