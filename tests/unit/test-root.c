/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/syscalls.h"
#include "tree.h"

#include <limits.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>

/* Both ways are tested only where the kernel has both; this fails rather than testing the walk twice. A host
 * without openat2() says so with ENOSYS, and is named in the output. */
TEST(kernel_has_openat2)
{
        int fd = sys_openat2(AT_FDCWD, "/", O_PATH | O_CLOEXEC, 0);

        if (fd == -ENOSYS || fd == -EPERM)
                printf("# no openat2() here: every case below tests the walk\n");
        else
                CHECK(fd >= 0);
        if (fd >= 0)
                close(fd);
}

/* The content of a file says where it lies. */
static const char *const files[] = { "a/f",          "a/b/f",     "etc/hosts", "run/stub",
                                     "proc/version", "sys/power", "dev/shm" };
static const char *const directories[] = { "a",   "a/b", "etc", "run",    "proc",
                                           "sys", "dev", "usr", "proc/1", "empty" };

static const struct {
        const char *path, *target;
} links[] = {
        { "relative", "a/f" },
        { "absolute", "/a/b/f" },
        { "climbing", "../../../../a/f" },
        { "a/b/up", "../../etc/hosts" },
        { "dir", "/a/b" },
        { "dir-slash", "a/b/" },
        { "through", "dir/up" },
        { "escape", "/etc/passwd" },
        { "escape-relative", "../../../../../../../../../../etc/passwd" },
        { "resolv", "/run/stub" },
        { "dangling", "/run/missing/x/../y" },
        { "loop", "loop" },
        { "loop-a", "loop-b" },
        { "loop-b", "/loop-a" },
        { "magic", "/proc/self/root/etc/passwd" },
        { "to-proc", "/proc/version" },
        { "to-proc-climbing", "a/../proc/version" },
        { "to-absent-proc", "/proc/absent" },
        { "to-sys", "../sys/power" },
        { "to-dev", "/dev/shm" },
        { "proc/back", "/a/f" },
        { "to-proc-back", "/proc/back" },
        { "long", "./././a/././f" },
        { "top", "/" },
        { "file-slash", "a/f/" },
};

static void make_tree(struct tree *tree)
{
        tree_new(tree);
        for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
                tree_directory(tree, directories[i]);
        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                tree_file(tree, files[i], text_from_string(files[i]));
        for (size_t i = 0; i < ARRAY_SIZE(links); i++)
                tree_link(tree, links[i].path, links[i].target);
}

/* What reading gives: a content, or an error. A root that is not live may differ. */
static const struct read_case {
        const char *path, *content;
        int error, offline_error;
} read_cases[] = {
        { "/a/f", "a/f" },
        { "a/f", "a/f" },
        { "//a/.//./f", "a/f" },
        { "/a/../a/b/../f", "a/f" },
        { "/..", NULL, -EISDIR },
        { "/../../../a/f", "a/f" },
        { "/relative", "a/f" },
        { "/absolute", "a/b/f" },
        { "/climbing", "a/f" },
        { "/a/b/up", "etc/hosts" },
        { "/dir/f", "a/b/f" },
        { "/dir/../f", "a/f" },
        { "/dir-slash/f", "a/b/f" },
        { "/through", "etc/hosts" },
        { "/top/top/a/f", "a/f" },
        { "/long", "a/f" },
        { "/resolv", "run/stub" },
        { "/escape", NULL, -ENOENT },
        { "/escape-relative", NULL, -ENOENT },
        { "/dangling", NULL, -ENOENT },
        { "/missing", NULL, -ENOENT },
        { "/missing/../a/f", NULL, -ENOENT },
        { "", NULL, -ENOENT },
        { "/", NULL, -EISDIR },
        { "/a", NULL, -EISDIR },
        { "/a/", NULL, -EISDIR },
        { "/dir", NULL, -EISDIR },
        { "/loop", NULL, -ELOOP },
        { "/loop-a", NULL, -ELOOP },
        { "/loop/x", NULL, -ELOOP },
        { "/a/f/", NULL, -ENOTDIR },
        { "/a/f/.", NULL, -ENOTDIR },
        { "/a/f/x", NULL, -ENOTDIR },
        { "/a/f/..", NULL, -ENOTDIR },
        { "/relative/", NULL, -ENOTDIR },
        { "/file-slash", NULL, -ENOTDIR },
        { "/magic", NULL, -ENOENT, -ENOMEDIUM },
        { "/proc/version", "proc/version", 0, -ENOMEDIUM },
        { "/proc/absent", NULL, -ENOENT, -ENOMEDIUM },
        { "/a/../proc/version", "proc/version", 0, -ENOMEDIUM },
        { "/proc/../a/f", "a/f" },
        { "/proc", NULL, -EISDIR },
        { "/to-proc", "proc/version", 0, -ENOMEDIUM },
        { "/to-proc-climbing", "proc/version", 0, -ENOMEDIUM },
        { "/to-absent-proc", NULL, -ENOENT, -ENOMEDIUM },
        { "/to-proc-back", "a/f", 0, -ENOMEDIUM },
        { "/to-sys", "sys/power", 0, -ENOMEDIUM },
        { "/sys/power", "sys/power", 0, -ENOMEDIUM },
        { "/to-dev", "dev/shm", 0, -ENOMEDIUM },
        { "/dev/shm", "dev/shm", 0, -ENOMEDIUM },
};

static void check_read(struct root *root, const struct read_case *test, const char *way)
{
        int expected = !root_is_live(root) && test->offline_error ? test->offline_error : test->error;
        const struct root_file *file = NULL;
        int r = root_read(root, test->path, &file);

        if (r != expected)
                test_failed(__FILE__, __LINE__, "%s: '%s' gives %d, not %d", way, test->path, r, expected);
        else if (r < 0)
                CHECK_INT(root_diag(root)->error, r);
        else if (!text_equal(file->content, test->content))
                test_failed(__FILE__, __LINE__, "%s: '%s' gives '%.*s'", way, test->path,
                            TEXT_ARGS(file->content));
}

TEST(read)
{
        _cleanup_tree_ struct tree tree;

        make_tree(&tree);
        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);

                /* Twice: the second answer is the kept one. */
                for (size_t i = 0; i < 2 * ARRAY_SIZE(read_cases); i++)
                        check_read(root, &read_cases[i % ARRAY_SIZE(read_cases)], way->name);
        }
}

/* V1: where a link leads, also when nothing is there. */
static const struct {
        const char *path, *resolved;
        bool exists;
        int error, offline_error;
} resolve_cases[] = {
        { "/", "/", true },
        { "/..", "/", true },
        { "/a/./f", "/a/f", true },
        { "/a/b/", "/a/b", true },
        { "/relative", "/a/f", true },
        { "/absolute", "/a/b/f", true },
        { "/through", "/etc/hosts", true },
        { "/resolv", "/run/stub", true },
        { "/dir/../../etc", "/etc", true },
        { "/escape", "/etc/passwd", false },
        { "/escape-relative", "/etc/passwd", false },
        { "/dangling", "/run/missing/y", false },
        { "/missing", "/missing", false },
        { "/dir/no/../../such/", "/a/such", false },
        { "/loop", NULL, false, -ELOOP },
        { "/a/f/x", NULL, false, -ENOTDIR },
        { "/proc", "/proc", true },
        { "/dev/shm", "/dev/shm", true },
        { "/to-proc", "/proc/version", true, 0, -ENOMEDIUM },
        { "/to-absent-proc", "/proc/absent", false, 0, -ENOMEDIUM },
};

TEST(resolve)
{
        _cleanup_tree_ struct tree tree;

        make_tree(&tree);
        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);

                for (size_t i = 0; i < ARRAY_SIZE(resolve_cases); i++) {
                        bool offline = !root_is_live(root) && resolve_cases[i].offline_error;
                        int expected = offline ? resolve_cases[i].offline_error : resolve_cases[i].error;
                        const char *resolved = NULL;
                        bool exists = false;

                        CHECK_INT(root_resolve(root, resolve_cases[i].path, &resolved, &exists), expected);
                        CHECK_STRING(resolved, expected < 0 ? NULL : resolve_cases[i].resolved);
                        CHECK_INT(exists, expected < 0 ? false : resolve_cases[i].exists);
                }
        }
}

TEST(links_and_stat)
{
        _cleanup_tree_ struct tree tree;

        make_tree(&tree);
        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                struct root_stat st;
                const char *target;

                CHECK_INT(root_readlink(root, "/relative", &target), 0);
                CHECK_STRING(target, "a/f");
                CHECK_INT(root_readlink(root, "/dir/up", &target), 0);
                CHECK_STRING(target, "../../etc/hosts");
                CHECK_INT(root_readlink(root, "/loop", &target), 0);
                CHECK_INT(root_readlink(root, "/a/f", &target), -EINVAL);
                CHECK_STRING(root_diag(root)->message, "is a regular file, not a symbolic link");
                CHECK_INT(root_readlink(root, "/dir/", &target), -EINVAL);

                CHECK_INT(root_lstat(root, "/relative", &st), 0);
                CHECK(S_ISLNK(st.mode));
                CHECK_INT(root_stat(root, "/relative", &st), 0);
                CHECK(S_ISREG(st.mode));
                CHECK_INT(st.size, 3);
                CHECK_INT(st.mode & 07777, 0644);
                CHECK_INT(root_lstat(root, "/dir/", &st), 0);
                CHECK(S_ISDIR(st.mode));
                CHECK_INT(root_stat(root, "/dangling", &st), -ENOENT);
                CHECK_INT(root_lstat(root, "/dangling", &st), 0);

                CHECK_INT(root_exists(root, "/relative"), 1);
                CHECK_INT(root_exists(root, "/dangling"), 0);
                CHECK_INT(root_exists(root, "/a/f/x"), 0);
                CHECK_INT(root_exists(root, "/proc"), 1);
                CHECK_INT(root_exists(root, "/dev/shm"), 1);
                CHECK_INT(root_exists(root, "/loop"), -ELOOP);
                CHECK_INT(root_exists(root, "/proc/version"), root_is_live(root) ? 1 : -ENOMEDIUM);
        }
}

/* Links below a real /proc/PID are refused, whoever resolves; the ordinary ones of /proc are not. */
TEST(magic_links)
{
        for (size_t i = 2; i < ARRAY_SIZE(tree_ways); i++) {
                static const struct tree top = { .name = "/" };
                _cleanup_root_ struct root *root = tree_open(&top, &tree_ways[i]);
                const struct root_file *file;
                const char *target;
                char path[64];

                (void) snprintf(path, sizeof(path), "/proc/%d/root/etc/passwd", (int) getpid());
                CHECK_INT(root_read(root, path, &file), -ELOOP);
                CHECK_INT(root_read(root, "/proc/self/root/etc/passwd", &file), -ELOOP);
                CHECK_INT(root_read(root, "/proc/self/cwd", &file), -ELOOP);
                CHECK_INT(root_read(root, "/proc/self/exe", &file), -ELOOP);
                CHECK_INT(root_read(root, "/proc/thread-self/exe", &file), -ELOOP);
                CHECK_INT(root_read(root, "/proc/self/status", &file), 0);
                CHECK_INT(root_read(root, "/proc/mounts", &file), 0);
                CHECK(file->content.len > 0);
                CHECK_INT(file->stat.size, 0);
                CHECK_INT(root_readlink(root, "/proc/self/root", &target), 0);
                CHECK_STRING(target, "/");
        }
}

static void make_socket(const struct tree *tree)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        (void) snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", tree->name);
        tree_need(fd >= 0 && bind(fd, (struct sockaddr *) &address, sizeof(address)) == 0, "socket");
}

/* None of these is opened: a FIFO would wait for a writer, a device would act. */
TEST(not_a_regular_file)
{
        _cleanup_tree_ struct tree tree;
        /* Needs rights that a container's root may lack. */
        bool device;

        make_tree(&tree);
        tree_need(mkfifoat(tree.fd, "fifo", 0644) == 0, "mkfifo");
        make_socket(&tree);
        device = mknodat(tree.fd, "device", S_IFCHR | 0644, makedev(1, 5)) == 0;
        if (!device)
                printf("# no rights to make a device: that case is not tested\n");

        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                const struct root_file *file;
                const char *const *names;
                unsigned flags;
                size_t n;

                CHECK_INT(root_read(root, "/fifo", &file), -EBADFD);
                CHECK_STRING(root_diag(root)->message, "is a FIFO, not a regular file");
                CHECK_STRING(root_diag(root)->path, "/fifo");
                CHECK_INT(root_read(root, "/socket", &file), -EBADFD);
                CHECK_STRING(root_diag(root)->message, "is a socket, not a regular file");
                if (device) {
                        CHECK_INT(root_read(root, "/device", &file), -EBADFD);
                        CHECK_STRING(root_diag(root)->message, "is a character device, not a regular file");
                }
                CHECK_INT(root_read(root, "/a", &file), -EISDIR);
                CHECK_STRING(root_diag(root)->message, "is a directory, not a regular file");
                CHECK_INT(root_list(root, "/a/f", &names, &n), -ENOTDIR);
                CHECK_INT(root_list(root, "/fifo", &names, &n), -ENOTDIR);
                CHECK_INT(root_flags(root, "/fifo", &flags), -EOPNOTSUPP);
        }
}

/* Runs as somebody to whom files can be closed. The number of the first failed check is the answer. */
static int look_without_rights(const struct tree *tree, const struct tree_way *way)
{
        _cleanup_root_ struct root *root = tree_open(tree, way);
        const struct root_file *file;
        const char *const *names;
        struct root_stat st;
        size_t n;

        if (root_read(root, "/secret", &file) != -EACCES)
                return 1;
        if (root_diag(root)->error != -EACCES)
                return 2;
        if (root_stat(root, "/secret", &st) != 0)
                return 3;
        if (root_exists(root, "/closed/file") != -EACCES)
                return 4;
        if (root_list(root, "/closed", &names, &n) != -EACCES)
                return 5;
        /* Somebody else's file: its access time cannot be spared, but it can be read. */
        return root_read(root, "/a/f", &file) != 0 ? 6 : 0;
}

TEST(without_rights)
{
        _cleanup_tree_ struct tree tree;

        make_tree(&tree);
        tree_file(&tree, "secret", TEXT("s"));
        tree_directory(&tree, "closed");
        tree_file(&tree, "closed/file", TEXT("s"));
        tree_need(fchmodat(tree.fd, "secret", 0, 0) == 0 && fchmodat(tree.fd, "closed", 0, 0) == 0, "chmod");

        for (EACH_WAY(way)) {
                int status = -1;
                pid_t pid = fork();

                if (pid == 0) {
                        tree_need(geteuid() != 0 || setuid(65534) == 0, "setuid");
                        _exit(look_without_rights(&tree, way));
                }
                tree_need(pid > 0 && waitpid(pid, &status, 0) == pid, "fork");
                CHECK_INT(status, 0);
        }
        tree_need(fchmodat(tree.fd, "closed", 0755, 0) == 0, "chmod");
}

TEST(sizes)
{
        static char zeros[ROOT_READ_CAP];
        _cleanup_tree_ struct tree tree;
        _cleanup_close_ int fd = -EBADF;

        tree_new(&tree);
        tree_file(&tree, "cap", (struct text){ zeros, sizeof(zeros) });
        tree_file(&tree, "empty", TEXT(""));
        tree_file(&tree, "nul", TEXT("a\0b\0"));
        fd = openat(tree.fd, "sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        tree_need(fd >= 0 && ftruncate(fd, 100 * 1024 * 1024) == 0, "sparse");

        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                const struct root_file *file;

                CHECK_INT(root_read(root, "/sparse", &file), -EFBIG);
                CHECK_STRING(root_diag(root)->message, "is larger than 1048576 bytes");
                CHECK_INT(root_read_flags(root, "/sparse", SIZE_MAX, 0, &file), -EFBIG);
                CHECK_STRING(root_diag(root)->message, "goes beyond 33554432 bytes of files read");

                CHECK_INT(root_read(root, "/cap", &file), 0);
                CHECK_INT(file->content.len, sizeof(zeros));
                CHECK_INT(root_read_flags(root, "/cap", sizeof(zeros) - 1, 0, &file), -EFBIG);
                CHECK_INT(root_read_flags(root, "/nul", 3, 0, &file), -EFBIG);
                CHECK_INT(root_read_flags(root, "/nul", 4, 0, &file), 0);
                CHECK_TEXT(file->content, "a\0b\0");
                CHECK_INT(root_read(root, "/empty", &file), 0);
                CHECK_TEXT(file->content, "");
                CHECK_INT(file->content.data[0], 0);

                /* Volatile reads count too: nothing that a loop does grows without limit. */
                for (unsigned i = 0; i < 30; i++)
                        CHECK_INT(root_read_flags(root, "/cap", 0, ROOT_VOLATILE, &file), 0);
                CHECK_INT(root_read_flags(root, "/cap", 0, ROOT_VOLATILE, &file), -EFBIG);
        }
}

/* Whoever gives back what was read can go on without end; a volatile listing is asked for anew. */
TEST(volatile_input_is_given_back)
{
        static char zeros[ROOT_READ_CAP];
        _cleanup_tree_ struct tree tree;
        _cleanup_root_ struct root *root = NULL;
        const struct root_file *file, *kept;
        const char *const *names;
        struct root_trace trace;
        size_t n;

        tree_new(&tree);
        tree_file(&tree, "cap", (struct text){ zeros, sizeof(zeros) });
        tree_file(&tree, "kept", TEXT("kept"));
        root = tree_open(&tree, &tree_ways[0]);

        CHECK_INT(root_read_flags(root, "/kept", 0, ROOT_VOLATILE, &kept), 0);
        for (unsigned i = 0; i < 100; i++) {
                CHECK_INT(root_read_flags(root, "/cap", 0, ROOT_VOLATILE, &file), 0);
                root_release(root, file);
        }
        CHECK_TEXT(kept->content, "kept");

        CHECK_INT(root_list_flags(root, "/", ROOT_VOLATILE, &names, &n), 0);
        CHECK_INT(n, 2);
        tree_file(&tree, "new", TEXT(""));
        CHECK_INT(root_list_flags(root, "/", ROOT_VOLATILE, &names, &n), 0);
        CHECK_INT(n, 3);
        CHECK(!root_trace(root, 0, &trace));
}

/* Size 0 to fstat(), more than one page to read(). */
TEST(proc_files_have_no_size)
{
        static const struct tree top = { .name = "/" };
        _cleanup_root_ struct root *root = tree_open(&top, &tree_ways[2]);
        const struct root_file *file;

        CHECK_INT(root_read_flags(root, "/proc/self/smaps", 0, ROOT_VOLATILE, &file), 0);
        CHECK(file->content.len > 4096);
        CHECK(text_contains(file->content, "[stack]"));
        CHECK_INT(root_read_flags(root, "/proc/self/smaps", 4096, ROOT_VOLATILE, &file), -EFBIG);
}

TEST(list)
{
        enum { N = 10000 };
        _cleanup_tree_ struct tree tree;
        char name[32];

        make_tree(&tree);
        tree_directory(&tree, "many");
        for (unsigned i = 0; i < N; i++) {
                (void) snprintf(name, sizeof(name), "many/%05u", (i * 7919) % N);
                tree_need(symlinkat("x", tree.fd, name) == 0, name);
        }
        tree_file(&tree, "empty/\xc3\xa4", TEXT(""));
        tree_file(&tree, "empty/Z", TEXT(""));
        tree_file(&tree, "empty/a", TEXT(""));

        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                const char *const *names;
                size_t n;

                CHECK_INT(root_list(root, "/many", &names, &n), 0);
                CHECK_INT(n, N);
                for (unsigned i = 0; i < n; i++) {
                        (void) snprintf(name, sizeof(name), "%05u", i);
                        if (strcmp(names[i], name) != 0)
                                test_failed(__FILE__, __LINE__, "name %u is %s", i, names[i]);
                }

                CHECK_INT(root_list(root, "/empty/", &names, &n), 0);
                CHECK_INT(n, 3);
                CHECK_STRING(names[0], "Z");
                CHECK_STRING(names[1], "a");
                CHECK_STRING(names[2], "\xc3\xa4");
                CHECK_INT(root_list(root, "/usr", &names, &n), 0);
                CHECK_INT(n, 0);
                CHECK_INT(root_list(root, "/missing", &names, &n), -ENOENT);
                CHECK_INT(root_list(root, "/proc", &names, &n), root_is_live(root) ? 0 : -ENOMEDIUM);
        }
}

TEST(long_names)
{
        _cleanup_tree_ struct tree tree;
        char name[257], path[PATH_MAX + 1];

        make_tree(&tree);
        memset(name, 'n', sizeof(name));
        name[255] = '\0';
        tree_file(&tree, name, TEXT("long"));
        memset(path, '/', sizeof(path));
        path[PATH_MAX] = '\0';

        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                const struct root_file *file;
                struct root_stat st;

                name[255] = '\0';
                CHECK_INT(root_read(root, name, &file), 0);
                name[255] = 'n';
                name[256] = '\0';
                CHECK_INT(root_read(root, name, &file), -ENAMETOOLONG);

                CHECK_INT(root_stat(root, path, &st), -ENAMETOOLONG);
                CHECK_INT(root_stat(root, path + 1, &st), 0);
                for (size_t i = 1; i + 2 < PATH_MAX; i += 2)
                        memcpy(path + i, "/a", 2);
                CHECK_INT(root_stat(root, path + 1, &st), -ENOENT);
                memset(path, '/', sizeof(path) - 1);
        }
}

/* Deeper than descriptors are kept for is an error, and neither a crash nor a wrong answer. */
TEST(deep)
{
        _cleanup_tree_ struct tree tree;
        _cleanup_free_ char *path = calloc(2 * 600 + 1, 1);
        _cleanup_close_ int fd = -EBADF;

        tree_new(&tree);
        fd = dup(tree.fd);
        for (unsigned i = 0; i < 600; i++) {
                int next;

                tree_need(path && mkdirat(fd, "d", 0755) == 0, "mkdir");
                next = openat(fd, "d", O_PATH | O_CLOEXEC);
                close(fd);
                fd = next;
                memcpy(path + 2 * i, "/d", 2);
        }
        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                struct root_stat st;

                CHECK_INT(root_stat(root, path, &st), way->method == ROOT_METHOD_WALK ? -ENAMETOOLONG : 0);
                CHECK_INT(root_stat(root, path + 300, &st), 0);
        }
}

TEST(forty_links)
{
        _cleanup_tree_ struct tree tree;

        tree_new(&tree);
        tree_file(&tree, "l0", TEXT("end"));
        for (unsigned i = 1; i <= 41; i++) {
                char name[16], target[16];

                (void) snprintf(name, sizeof(name), "l%u", i);
                (void) snprintf(target, sizeof(target), "l%u", i - 1);
                tree_link(&tree, name, target);
        }
        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                const struct root_file *file;

                CHECK_INT(root_read(root, "/l40", &file), 0);
                CHECK_INT(root_read(root, "/l41", &file), -ELOOP);
        }
}

TEST(one_snapshot)
{
        _cleanup_tree_ struct tree tree;
        const struct root_file *first, *second;
        _cleanup_root_ struct root *root = NULL;
        struct root_stat st;

        make_tree(&tree);
        root = tree_open(&tree, &tree_ways[0]);
        CHECK_INT(root_read(root, "/a/f", &first), 0);
        CHECK_INT(root_exists(root, "/new"), 0);
        CHECK_INT(root_stat(root, "/new", &st), -ENOENT);

        tree_file(&tree, "a/f", TEXT("changed"));
        tree_file(&tree, "new", TEXT("n"));
        CHECK_INT(root_read(root, "//a/./f", &second), 0);
        CHECK(first == second);
        CHECK_TEXT(second->content, "a/f");
        CHECK_INT(root_exists(root, "/new"), 0);
        diag_clear(root_diag(root));
        CHECK_INT(root_stat(root, "/new", &st), -ENOENT);
        CHECK_STRING(root_diag(root)->path, "/new");
        CHECK_STRING(root_diag(root)->message, strerror(ENOENT));

        CHECK_INT(root_read_flags(root, "/a/f", 0, ROOT_VOLATILE, &second), 0);
        CHECK_TEXT(second->content, "changed");
        CHECK_TEXT(first->content, "a/f");
}

TEST(access_time_stays)
{
        _cleanup_tree_ struct tree tree;
        struct timespec old[2] = { { 1000, 0 }, { 2000, 0 } };
        struct stat st;

        make_tree(&tree);
        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                const struct root_file *file;

                tree_need(utimensat(tree.fd, "a/f", old, 0) == 0, "utimensat");
                CHECK_INT(root_read(root, "/a/f", &file), 0);
                CHECK_INT(fstatat(tree.fd, "a/f", &st, 0), 0);
                CHECK_INT(st.st_atime, 1000);
                CHECK_INT(file->stat.mtime.tv_sec, 2000);
        }
}

/* A rescue shell may have no /proc of its own. */
TEST(without_proc)
{
        _cleanup_tree_ struct tree tree;

        make_tree(&tree);
        tree_need(mkfifoat(tree.fd, "fifo", 0644) == 0, "mkfifo");
        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                const struct root_file *file;
                const char *const *names;
                size_t n;

                close(root->proc_fd);
                root->proc_fd = -EBADF;
                CHECK_INT(root_read(root, "/through", &file), 0);
                CHECK_TEXT(file->content, "etc/hosts");
                CHECK_INT(root_read(root, "/fifo", &file), -EBADFD);
                CHECK_INT(root_list(root, "/dir", &names, &n), 0);
                CHECK_INT(n, 2);
        }
}

/* Then a file is opened by name, and what comes to lie there after the look is not taken for it. */
TEST(without_proc_and_replaced)
{
        _cleanup_tree_ struct tree tree;

        make_tree(&tree);
        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                _cleanup_place_ struct place place = PLACE_INIT;

                CHECK_INT(root_find(root, "/a/f", 0, &place), 0);
                tree_file(&tree, "new", TEXT("new"));
                tree_need(renameat(tree.fd, "new", tree.fd, "a/f") == 0, "rename");
                close(root->proc_fd);
                root->proc_fd = -EBADF;
                CHECK_INT(root_reopen(root, "/a/f", &place), -EAGAIN);
        }
}

/* An image may make its /proc a link; that is not a way to have it believed. */
TEST(proc_as_link)
{
        _cleanup_tree_ struct tree tree;

        tree_new(&tree);
        tree_directory(&tree, "a");
        tree_file(&tree, "a/f", TEXT("f"));
        tree_link(&tree, "proc", "a");
        tree_link(&tree, "sys", "/a");
        tree_link(&tree, "through", "/proc/f");
        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                int expected = root_is_live(root) ? 0 : -ENOMEDIUM;
                const struct root_file *file;

                CHECK_INT(root_read(root, "/proc/f", &file), expected);
                CHECK_INT(root_read(root, "/sys/f", &file), expected);
                CHECK_INT(root_read(root, "/through", &file), expected);
                CHECK_INT(root_read(root, "/a/../sys/f", &file), expected);
        }
}

/* A file that somebody holds a lease on would make an open wait for lease-break-time, 45 seconds. */
TEST(lease)
{
        _cleanup_tree_ struct tree tree;
        _cleanup_close_ int fd = -EBADF;

        make_tree(&tree);
        fd = openat(tree.fd, "a/f", O_RDONLY | O_CLOEXEC);
        tree_need(signal(SIGIO, SIG_IGN) != SIG_ERR && fcntl(fd, F_SETLEASE, F_WRLCK) == 0, "lease");
        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                const struct root_file *file;

                CHECK_INT(root_read(root, "/a/f", &file), -EAGAIN);
        }
}

/* As an older kernel, or a service manager's filter that does not know the call. */
static int refuse_openat2(int error)
{
        struct sock_filter filter[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYSCALL_OPENAT2, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned) error),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = { .len = ARRAY_SIZE(filter), .filter = filter };

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
                return -errno;

        return sys_openat2(AT_FDCWD, "/", O_PATH, 0) == -error ? 0 : -EINVAL;
}

static int look_without_openat2(const struct tree *tree, int error)
{
        _cleanup_root_ struct root *root = tree_open(tree, &tree_ways[2]);
        const struct root_file *file;

        tree_need(refuse_openat2(error) == 0, "seccomp");
        if (root_read(root, "/through", &file) < 0 || !text_equal(file->content, "etc/hosts"))
                return 2;
        if (root_read(root, "/escape", &file) != -ENOENT)
                return 3;
        /* Only what cannot change is remembered. */
        return (root->method == ROOT_METHOD_WALK) != (error == ENOSYS) ? 4 : 0;
}

TEST(openat2_refused)
{
        static const int errors[] = { ENOSYS, EPERM, EAGAIN };
        _cleanup_tree_ struct tree tree;

        make_tree(&tree);
        for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
                int status = -1;
                pid_t pid = fork();

                if (pid == 0)
                        _exit(look_without_openat2(&tree, errors[i]));
                tree_need(pid > 0 && waitpid(pid, &status, 0) == pid, "fork");
                CHECK_INT(status, 0);
        }
}

TEST(too_many_entries)
{
        _cleanup_tree_ struct tree tree;

        make_tree(&tree);
        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                const char *const *names;
                size_t n;

                CHECK_INT(root->list_cap, ROOT_LIST_CAP);
                root->list_cap = 2;
                CHECK_INT(root_list(root, "/a", &names, &n), 0);
                CHECK_INT(n, 2);
                CHECK_INT(root_list(root, "/", &names, &n), -E2BIG);
                CHECK_STRING(root_diag(root)->message, "has more than 2 entries");
        }
}

TEST(file_flags)
{
        _cleanup_tree_ struct tree tree;
        _cleanup_close_ int fd = -EBADF;
        int wanted = 0, none = 0;
        bool set;

        make_tree(&tree);
        fd = openat(tree.fd, "a/f", O_RDONLY | O_CLOEXEC);
        set = ioctl(fd, FS_IOC_GETFLAGS, &none) == 0;
        wanted = none | FS_APPEND_FL;
        set = set && ioctl(fd, FS_IOC_SETFLAGS, &wanted) == 0;
        if (!set)
                printf("# attributes cannot be set here: what is there is compared\n");

        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);
                unsigned flags = 0;
                int actual = 0;

                CHECK_INT(root_flags(root, "/relative", &flags),
                          ioctl(fd, FS_IOC_GETFLAGS, &actual) == 0 ? 0 : -EOPNOTSUPP);
                CHECK_INT(flags, actual);
                CHECK_INT(!!(flags & FS_APPEND_FL), set);
                CHECK_INT(root_flags(root, "/missing", &flags), -ENOENT);
        }
        if (set)
                CHECK_INT(ioctl(fd, FS_IOC_SETFLAGS, &none), 0);
}

TEST(file_system)
{
        _cleanup_tree_ struct tree tree;
        struct statvfs expected, actual;

        make_tree(&tree);
        tree_need(fstatvfs(tree.fd, &expected) == 0, "statvfs");
        for (EACH_WAY(way)) {
                _cleanup_root_ struct root *root = tree_open(&tree, way);

                CHECK_INT(root_statvfs(root, "/dir/f", &actual), 0);
                CHECK_INT(actual.f_blocks, expected.f_blocks);
                CHECK_INT(root_statvfs(root, "/missing", &actual), -ENOENT);
                CHECK_STRING(root_diag(root)->path, "/missing");
        }
}

TEST(opening)
{
        _cleanup_tree_ struct tree tree;
        struct root *root = NULL;
        char name[128];

        make_tree(&tree);
        CHECK_INT(root_open("/nonexistent", 0, &root), -ENOENT);
        (void) snprintf(name, sizeof(name), "%s/a/f", tree.name);
        CHECK_INT(root_open(name, 0, &root), -ENOTDIR);
        CHECK(root == NULL);
        CHECK(root_free(NULL) == NULL);

        CHECK_INT(root_open(tree.name, 0, &root), 0);
        CHECK_STRING(root_name(root), tree.name);
        CHECK(!root_is_live(root));
        root_free(root);
        CHECK_INT(root_open(tree.name, ROOT_LIVE, &root), 0);
        CHECK(root_is_live(root));
        root_free(root);
}
