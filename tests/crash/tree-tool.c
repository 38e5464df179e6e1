/* SPDX-License-Identifier: Apache-2.0 */

/* What shell tests need of trees beyond ls(1), without packages of their own.
 * use: tree-tool list DIRECTORY [--times] [--state]  all that there is to it, a line an entry
 *      tree-tool xattr FILE NAME HEX                 sets an extended attribute
 *      tree-tool flags FILE i|a|-                    makes it immutable, append-only, or neither */

#include "roots.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

static bool is_state(const char *path)
{
        struct text text = text_from_string(path);

        return text_equal(text, "/var/lib/ecs-guest-agent") || text_starts(text, "/var/lib/ecs-guest-agent/");
}

static void print_entry(const struct tree_entry *entry, bool times)
{
        const struct stat *st = &entry->st;

        printf("%s %o %u:%u", entry->path[0] ? entry->path : "/", st->st_mode, st->st_uid, st->st_gid);
        if (!S_ISDIR(st->st_mode))
                printf(" links=%lu", (unsigned long) st->st_nlink);
        if (entry->flags)
                printf(" flags=%x", entry->flags);
        if (times && !S_ISDIR(st->st_mode))
                printf(" %lld.%09ld", (long long) st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
        printf(" %s%s\n", entry->attributes, entry->content ? entry->content : "");
}

static int list(int argc, char *argv[])
{
        _cleanup_tree_ struct tree tree = { 0 };
        bool times = false, state = false;

        for (int i = 3; i < argc; i++) {
                times = times || string_equal(argv[i], "--times");
                state = state || string_equal(argv[i], "--state");
        }
        if (tree_read(argv[2], &tree) < 0)
                return 1;
        for (size_t i = 0; i < tree.n; i++)
                if (state || !is_state(tree.entries[i].path))
                        print_entry(&tree.entries[i], times);

        return 0;
}

static int set_attribute(const char *path, const char *name, const char *hex)
{
        unsigned char value[1024];
        size_t n = 0;

        for (; hex[0] && hex[1] && n < sizeof(value); hex += 2) {
                unsigned byte;

                if (sscanf(hex, "%2x", &byte) != 1)
                        return 2;
                value[n++] = (unsigned char) byte;
        }
        if (lsetxattr(path, name, value, n, 0) < 0) {
                perror(path);
                return 1;
        }

        return 0;
}

static int set_flags(const char *path, const char *what)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
        int flags = 0;

        if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0) {
                perror(path);
                return 1;
        }
        flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
        flags |= what[0] == 'i' ? FS_IMMUTABLE_FL : what[0] == 'a' ? FS_APPEND_FL : 0;
        if (ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0) {
                perror(path);
                return 1;
        }

        return 0;
}

int main(int argc, char *argv[])
{
        if (argc >= 3 && string_equal(argv[1], "list"))
                return list(argc, argv);
        if (argc == 5 && string_equal(argv[1], "xattr"))
                return set_attribute(argv[2], argv[3], argv[4]);
        if (argc == 4 && string_equal(argv[1], "flags"))
                return set_flags(argv[2], argv[3]);
        fprintf(stderr, "use: tree-tool list|xattr|flags ...\n");
        return 2;
}
